package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import java.lang.reflect.Field;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SockOptsTest {
    private static final Map<Const, String> PREFIXES = Map.of(
            Const.SOL_SOCKET, "SO_",
            Const.IPPROTO_IP, "IP_",
            Const.IPPROTO_IPV6, "IPV6_",
            Const.IPPROTO_TCP, "TCP_",
            Const.IPPROTO_UDP, "UDP_");

    @Test
    void theJavaNameIsTheCName() throws IllegalAccessException {
        int fields = 0;
        for (Field field : SockOpts.class.getFields()) {
            SockOpt<?> option = (SockOpt<?>) field.get(null);
            assertEquals(field.getName(), option.name());
            assertSame(option, SockOpts.named(field.getName()).orElseThrow());
            fields++;
        }
        assertEquals(fields, SockOpts.all().size());
    }

    @Test
    void noOptionStandsAtAnotherOptionsLevel() {
        for (SockOpt<?> option : SockOpts.all()) {
            String prefix = PREFIXES.get(option.level());
            assertTrue(option.name().startsWith(prefix), () -> option + " at " + option.level());
        }
    }

    @Test
    void eachNameStandsOnce() {
        Set<String> names = new HashSet<>();
        SockOpts.all().forEach(option -> assertTrue(names.add(option.name()), option::name));
    }

    /** Windows' own is nowhere that this program has numbers of. */
    @Test
    void eachOptionExistsSomewhere() {
        for (SockOpt<?> option : SockOpts.all()) {
            assertTrue(
                    option == SockOpts.SO_EXCLUSIVEADDRUSE
                            || Stream.of(Platform.values()).anyMatch(option.option()::definedOn),
                    () -> option + " exists nowhere");
        }
    }

    /**
     * All but two: IP_DONTFRAGMENT is no option of Linux's, and the class of
     * SO_OOBINLINE is private to sun.nio.ch.
     */
    @Test
    void everyOptionOfTheJdkHasItsPlace() throws Exception {
        Set<String> twins = SockOpts.all().stream()
                .flatMap(option -> option.twin().stream())
                .map(SocketOption::name)
                .collect(Collectors.toSet());
        Set<String> unreachable = Set.of("IP_DONTFRAGMENT", "SO_OOBINLINE");
        for (NetworkChannel channel :
                List.of(ServerSocketChannel.open(), SocketChannel.open(), DatagramChannel.open())) {
            try (channel) {
                for (SocketOption<?> option : channel.supportedOptions()) {
                    assertTrue(
                            twins.contains(option.name()) || unreachable.contains(option.name()),
                            () -> "the JDK's " + option.name() + " is nobody's twin");
                }
            }
        }
    }

    /** Rows of {@link Const} that are at an option's level and deliberately not in the table, by the reason. */
    private static final Map<String, String> EXCUSED = Map.ofEntries(
            Map.entry(
                    "a value of an option, not an option",
                    "IP_PMTUDISC_DONT IP_PMTUDISC_WANT IP_PMTUDISC_DO IP_PMTUDISC_PROBE IP_PMTUDISC_INTERFACE"
                            + " IP_PMTUDISC_OMIT"),
            Map.entry(
                    "a state of a connection",
                    "TCP_ESTABLISHED TCP_SYN_SENT TCP_SYN_RECV TCP_FIN_WAIT1 TCP_FIN_WAIT2 TCP_TIME_WAIT TCP_CLOSE"
                            + " TCP_CLOSE_WAIT TCP_LAST_ACK TCP_LISTEN TCP_CLOSING TCP_NEW_SYN_RECV"),
            Map.entry(
                    "a second name of an option that is in the table",
                    "SO_DETACH_BPF IP_ORIGDSTADDR IPV6_ORIGDSTADDR IPV6_BINDV6ONLY TCP_CM_INQ"),
            Map.entry(
                    "the same option with a timeval of 8+8 bytes, whatever the word size",
                    "SO_RCVTIMEO_NEW SO_SNDTIMEO_NEW SO_TIMESTAMP_NEW SO_TIMESTAMPNS_NEW SO_TIMESTAMPING_NEW"),
            Map.entry(
                    "AF_UNIX alone: ancillary data and credentials of a local peer",
                    "SO_PASSCRED SO_PASSPIDFD SO_PASSRIGHTS SO_PASSSEC SO_PEERCRED SO_PEERGROUPS SO_PEERPIDFD"),
            Map.entry("raw sockets alone", "IP_STRIPHDR IPV6_HDRINCL IPV6_CHECKSUM"),
            Map.entry(
                    "joins, leaves or filters a group: an action on a list of structures",
                    "IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP"
                            + " IP_BLOCK_SOURCE IP_UNBLOCK_SOURCE IP_MSFILTER MCAST_JOIN_GROUP MCAST_LEAVE_GROUP"
                            + " MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_BLOCK_SOURCE"
                            + " MCAST_UNBLOCK_SOURCE MCAST_MSFILTER IPV6_JOIN_GROUP IPV6_LEAVE_GROUP"
                            + " IPV6_ADD_MEMBERSHIP IPV6_DROP_MEMBERSHIP IPV6_JOIN_ANYCAST IPV6_LEAVE_ANYCAST"),
            Map.entry(
                    "adds, removes or lists keys of the connection's peers",
                    "TCP_MD5SIG TCP_MD5SIG_EXT TCP_AO_ADD_KEY TCP_AO_DEL_KEY TCP_AO_GET_KEYS TCP_AO_INFO"
                            + " TCP_AO_REPAIR"),
            Map.entry(
                    "a policy of IPsec, which its own tools set",
                    "IP_IPSEC_POLICY IP_XFRM_POLICY IPV6_IPSEC_POLICY IPV6_XFRM_POLICY"),
            Map.entry(
                    "getsockopt takes a request in the buffer, or counts in something other than bytes",
                    "SO_GET_FILTER SO_PEERNAME IPV6_FLOWLABEL_MGR TCP_ZEROCOPY_RECEIVE"),
            Map.entry(
                    "ancillary data: a control message, or a list of them",
                    "SO_DEVMEM_DMABUF SO_DEVMEM_DONTNEED SO_DEVMEM_LINEAR IP_PKTOPTIONS IPV6_HOPLIMIT"
                            + " IPV6_2292PKTOPTIONS IPV6_2292NEXTHOP"),
            Map.entry("a list of TCP options, set while a connection is restored", "TCP_REPAIR_OPTIONS"),
            Map.entry("of multicast routers", "IP_MULTICAST_VIF"),
            Map.entry("a socket address, for the superuser of macOS; Linux has the number alone", "IPV6_NEXTHOP"),
            Map.entry(
                    "a number without an option behind it any more: the kernel ignores or refuses it",
                    "SO_BSDCOMPAT SO_SECURITY_AUTHENTICATION SO_SECURITY_ENCRYPTION_NETWORK"
                            + " SO_SECURITY_ENCRYPTION_TRANSPORT SO_LABEL SO_PEERLABEL SO_NKE IP_FAITH IPV6_FAITH"
                            + " IPV6_AUTHHDR"),
            Map.entry("a signed blob that the system's own resolver passes", "SO_RESOLVER_SIGNATURE"));

    private static boolean atAnOptionsLevel(Const row) {
        return Stream.concat(PREFIXES.values().stream(), Stream.of("MCAST_")).anyMatch(row.name()::startsWith);
    }

    @Test
    void everyOptionRowOfLinuxAndDarwinIsInTheTableOrExcused() {
        Set<String> excused = EXCUSED.values().stream()
                .flatMap(names -> Stream.of(names.split(" ")))
                .collect(Collectors.toSet());
        for (Const row : Const.values()) {
            if (atAnOptionsLevel(row) && (row.definedOn(Platform.LINUX) || row.definedOn(Platform.DARWIN))) {
                boolean inTheTable = SockOpts.named(row.name()).isPresent();
                boolean isExcused = excused.remove(row.name());
                assertTrue(inTheTable || isExcused, () -> row + " is neither in the table nor excused");
                assertFalse(inTheTable && isExcused, () -> row + " is in the table and excused");
            }
        }
        assertEquals(Set.of(), excused, "excused, but no row of Linux or macOS");
    }

    @Test
    void noExcuseIsUsedTwice() {
        List<String> names = EXCUSED.values().stream()
                .flatMap(line -> Stream.of(line.split(" ")))
                .toList();
        assertEquals(names.size(), new HashSet<>(names).size());
    }

    @Test
    void theListOfCheckoptsIsThere() {
        Stream.of(
                        "SO_BROADCAST SO_DEBUG SO_DONTROUTE SO_ERROR SO_KEEPALIVE SO_LINGER SO_OOBINLINE SO_RCVBUF",
                        "SO_SNDBUF SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_REUSEADDR SO_REUSEPORT SO_TYPE",
                        "IP_TOS IP_TTL IPV6_V6ONLY IPV6_UNICAST_HOPS TCP_MAXSEG TCP_NODELAY")
                .flatMap(names -> Stream.of(names.split(" ")))
                .forEach(name -> assertTrue(SockOpts.named(name).isPresent(), name));
    }

    @Test
    void onlyWhatLinuxHasIsSinceARelease() {
        for (SockOpt<?> option : SockOpts.all()) {
            assertEquals(!option.linux().isEmpty(), option.since().isPresent(), option.name());
            assertTrue(option.linux().isEmpty() || option.definedOn(Platform.LINUX), option.name());
        }
    }

    /** Linux gives the next free number to a new option; at IPPROTO_IP and IPPROTO_IPV6 there are gaps that it filled later. */
    @Test
    void aHigherNumberIsNoOlder() {
        for (Const level : List.of(Const.SOL_SOCKET, Const.IPPROTO_TCP)) {
            List<SockOpt<?>> dated = SockOpts.all().stream()
                    .filter(option -> option.level() == level && option.since().isPresent())
                    .filter(option -> option != SockOpts.SO_REUSEPORT) // its number stood there since 2.2
                    .sorted(Comparator.comparing(option -> option.option().on(Platform.LINUX)))
                    .toList();
            for (int i = 1; i < dated.size(); i++) {
                LinuxRelease earlier = dated.get(i - 1).since().orElseThrow();
                LinuxRelease later = dated.get(i).since().orElseThrow();
                assertTrue(earlier.compareTo(later) <= 0, dated.get(i - 1) + " and " + dated.get(i));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SO_INQ,              6.16.9,        6.17",
        "SO_INQ,              6.17,          ",
        "SO_INQ,              6.18.44,       ",
        "TCP_USER_TIMEOUT,    2.6.32-754.el6, 2.6.37",
        "SO_REUSEADDR,        2.6.9,         ",
        "SO_USELOOPBACK,      6.18,          ",
        "IP_LOCAL_PORT_RANGE, 5.10.223,      6.3",
        "IP_LOCAL_PORT_RANGE, 6.1.31,        6.3",
        "IP_LOCAL_PORT_RANGE, 6.1.32,        ",
        "IP_LOCAL_PORT_RANGE, 6.1.0-50-amd64, ",
        "IP_LOCAL_PORT_RANGE, 6.2.16,        6.3",
        "IP_LOCAL_PORT_RANGE, 6.3,           "
    })
    void aKernelLacksWhatCameLater(String name, String kernel, String since) {
        Optional<LinuxRelease> release = SockOpts.named(name)
                .orElseThrow()
                .sinceAfter(LinuxRelease.parse(kernel).orElseThrow());
        assertEquals(Optional.ofNullable(since), release.map(LinuxRelease::toString));
    }
}
