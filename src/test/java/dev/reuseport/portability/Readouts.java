package dev.reuseport.portability;

import static dev.reuseport.abi.Platform.DARWIN;
import static dev.reuseport.abi.Platform.DRAGONFLY;
import static dev.reuseport.abi.Platform.FREEBSD;
import static dev.reuseport.abi.Platform.ILLUMOS;
import static dev.reuseport.abi.Platform.NETBSD;
import static dev.reuseport.abi.Platform.OPENBSD;
import static dev.reuseport.portability.Readout.but;
import static dev.reuseport.portability.Readout.row;
import static dev.reuseport.portability.SocketKind.LISTENER;
import static dev.reuseport.portability.SocketKind.TCP;
import static dev.reuseport.portability.SocketKind.TCP6;
import static dev.reuseport.portability.SocketKind.UDP;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Named;
import dev.reuseport.option.SockOpts;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What each system says about an option after it was set.
 *
 * <p>Times are multiples of half a second, which every clock tick divides, and of a second where the unit is one.
 * Buffer sizes lie above every system's least and below its default limit.
 */
final class Readouts {
    private static final Set<Platform> ALL = EnumSet.allOf(Platform.class);
    private static final Set<Platform> LINUX = Arrays.stream(Platform.values())
            .filter(Platform::linux)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Platform.class)));
    private static final Set<Platform> BSD = EnumSet.of(DARWIN, FREEBSD, OPENBSD, NETBSD, DRAGONFLY);

    private static final String POSIX = "POSIX asks for it, and no system is known to differ";

    private Readouts() {}

    /** Returns all rows, for a host whose numbers are those of {@code abi}. */
    static List<Readout<?>> on(Abi abi) {
        return List.of(
                row(TCP, SockOpts.SO_REUSEADDR, true, false).asSet(ALL, POSIX),
                row(TCP, SockOpts.SO_REUSEPORT, true, false)
                        .asSet(but(ALL, ILLUMOS), "Linux 3.9 and 4.4BSD; Linux lets it be set at any time")
                        .lacks(Set.of(ILLUMOS), "Solaris 11.4 has it, illumos does not"),
                row(TCP, SockOpts.SO_REUSEPORT_LB, true, false)
                        .asSet(Set.of(FREEBSD), "FreeBSD 12")
                        .lacks(but(ALL, FREEBSD), "Linux and DragonFly balance under SO_REUSEPORT itself"),
                row(TCP, SockOpts.SO_KEEPALIVE, true, false).asSet(ALL, POSIX),
                row(TCP, SockOpts.SO_OOBINLINE, true, false).asSet(ALL, POSIX),
                row(TCP, SockOpts.SO_DONTROUTE, true, false)
                        .asSet(but(ALL, OPENBSD), POSIX)
                        .reads(Set.of(OPENBSD), false, "OpenBSD 7 accepts it and ignores it"),
                row(UDP, SockOpts.SO_BROADCAST, true, false).asSet(ALL, POSIX),
                row(TCP, SockOpts.SO_LINGER, new LingerTime(true, Duration.ofSeconds(7)), LingerTime.OFF)
                        .asSet(ALL, "seconds, but ticks on macOS, which the codec converts"),
                row(TCP, SockOpts.SO_LINGER_SEC, new LingerTime(true, Duration.ofSeconds(7)), LingerTime.OFF)
                        .asSet(Set.of(DARWIN), "macOS's name for what SO_LINGER is elsewhere")
                        .lacks(but(ALL, DARWIN), "SO_LINGER counts seconds there"),
                row(TCP, SockOpts.SO_RCVTIMEO, Duration.ofMillis(1500), Duration.ZERO)
                        .asSet(ALL, "whole ticks are kept exactly"),
                row(TCP, SockOpts.SO_SNDTIMEO, Duration.ofMillis(2500), Duration.ZERO)
                        .asSet(ALL, "whole ticks are kept exactly"),
                row(TCP, SockOpts.SO_RCVBUF, 20_000, 24_000)
                        .changed(LINUX, set -> 2 * set, "socket(7): doubled, for the kernel's own bookkeeping")
                        .asSet(BSD, "sbreserve takes what it is given, up to kern.ipc.maxsockbuf"),
                row(TCP, SockOpts.SO_SNDBUF, 20_000, 24_000)
                        .changed(LINUX, set -> 2 * set, "socket(7): doubled, for the kernel's own bookkeeping")
                        .asSet(BSD, "sbreserve takes what it is given, up to kern.ipc.maxsockbuf"),
                row(TCP, SockOpts.SO_TYPE).reads(ALL, named(abi, Const.SOCK_STREAM), POSIX),
                row(UDP, SockOpts.SO_TYPE).reads(ALL, named(abi, Const.SOCK_DGRAM), POSIX),
                row(TCP6, SockOpts.SO_DOMAIN)
                        .reads(but(ALL, DARWIN, NETBSD, DRAGONFLY), named(abi, Const.AF_INET6), "socket(7)")
                        .lacks(Set.of(DARWIN, NETBSD, DRAGONFLY), "not in their sys/socket.h"),
                row(UDP, SockOpts.SO_PROTOCOL)
                        .reads(but(ALL, DARWIN, NETBSD, DRAGONFLY, ILLUMOS), named(abi, Const.IPPROTO_UDP), "socket(7)")
                        .lacks(Set.of(DARWIN, NETBSD, DRAGONFLY, ILLUMOS), "not in their sys/socket.h"),
                row(TCP, SockOpts.SO_ACCEPTCONN)
                        .reads(but(ALL, DARWIN, OPENBSD, DRAGONFLY), false, "the socket does not listen")
                        .refuses(
                                Set.of(DARWIN, OPENBSD, DRAGONFLY),
                                Const.ENOPROTOOPT,
                                "defined in sys/socket.h, no case in sogetopt"),
                row(LISTENER, SockOpts.SO_ACCEPTCONN)
                        .reads(but(ALL, DARWIN, OPENBSD, DRAGONFLY), true, "the socket listens")
                        .refuses(
                                Set.of(DARWIN, OPENBSD, DRAGONFLY),
                                Const.ENOPROTOOPT,
                                "defined in sys/socket.h, no case in sogetopt"),
                row(TCP, SockOpts.SO_ERROR).reads(ALL, 0, "nothing has gone wrong yet"),
                row(TCP, SockOpts.IP_TTL, 42, 43).asSet(ALL, "ip(7), ip(4)"),
                row(TCP, SockOpts.IP_TOS, 0x10, 0x08).asSet(ALL, "low delay, throughput; without the two bits of ECN"),
                row(TCP6, SockOpts.IPV6_UNICAST_HOPS, 42, 43).asSet(ALL, "RFC 3493"),
                row(TCP6, SockOpts.IPV6_V6ONLY, true, false)
                        .asSet(
                                but(ALL, OPENBSD),
                                "RFC 3493; the initial value is off on Linux and macOS, on on FreeBSD")
                        .refuses(Set.of(OPENBSD), Const.EINVAL, "always on; OpenBSD has no IPv4-mapped addresses"),
                row(TCP, SockOpts.TCP_NODELAY, true, false).asSet(ALL, POSIX),
                row(TCP, SockOpts.TCP_USER_TIMEOUT, 7000L, 8000L)
                        .asSet(LINUX, "milliseconds, in an unsigned int: eight bytes would set 0 on a big-endian CPU")
                        .lacks(but(ALL, LINUX.toArray(Platform[]::new)), "Linux alone has it"),
                row(TCP, SockOpts.TCP_NOTSENT_LOWAT, 20_000L, 24_000L)
                        .asSet(but(ALL, FREEBSD, OPENBSD, NETBSD, DRAGONFLY, ILLUMOS), "bytes, in an unsigned int")
                        .lacks(Set.of(FREEBSD, OPENBSD, NETBSD, DRAGONFLY, ILLUMOS), "Linux 3.12 and macOS alone"),
                row(TCP, SockOpts.TCP_KEEPINTVL, 7, 8)
                        .asSet(but(ALL, OPENBSD), "seconds")
                        .lacks(Set.of(OPENBSD), "one interval for the whole host: net.inet.tcp.keepintvl"),
                row(TCP, SockOpts.TCP_KEEPCNT, 3, 4)
                        .asSet(but(ALL, OPENBSD), "probes")
                        .lacks(Set.of(OPENBSD), "one count for the whole host"));
    }

    private static Named named(Abi abi, Const symbol) {
        return new Named(abi.number(symbol), Optional.of(symbol.name()));
    }
}
