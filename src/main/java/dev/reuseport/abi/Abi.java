package dev.reuseport.abi;

import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;

/**
 * What programs on a host must agree on with its kernel: the numbers of its platform, and how wide and in which order
 * values lie in memory. Sizes and offsets are in bytes; all are checked against the systems' own headers.
 *
 * @param platform the column of {@link Const}
 * @param wordSize bytes of a C {@code long} and of a pointer: 4 or 8
 * @param order the byte order of everything but ports and addresses, which are in network order
 */
public record Abi(Platform platform, int wordSize, ByteOrder order) {

    public Abi {
        Objects.requireNonNull(platform, "platform");
        Objects.requireNonNull(order, "order");
        if (wordSize != 4 && wordSize != 8) {
            throw new IllegalArgumentException("word size " + wordSize + "; a word has 4 or 8 bytes");
        }
    }

    /**
     * The ABI of a pair of {@code os.name} and {@code os.arch} as JVMs report them (make/autoconf/platform.m4 of OpenJDK
     * has the architectures; the name is uname's, but for {@code Mac OS X}).
     *
     * <p>Refused although a JVM could say so: {@code x32} (32-bit pointers over a kernel of 64-bit longs), {@code sh} (either
     * byte order), {@code riscv32} (timeval is wider than two words), {@code arm} on the BSDs (timeval is laid out unlike
     * i386's there), {@code s390}, {@code ia64} and 32-bit SunOS (no headers to check against).
     *
     * @throws UnsupportedAbiException for every pair that is not listed
     */
    public static Abi of(String osName, String osArch) {
        Abi abi = switch (osName) {
            case "Linux" -> linux(osArch);
            case "Mac OS X", "Darwin" -> darwin(osArch);
            case "FreeBSD" -> bsd(Platform.FREEBSD, osArch);
            case "OpenBSD" -> bsd(Platform.OPENBSD, osArch);
            case "NetBSD" -> bsd(Platform.NETBSD, osArch);
            case "DragonFly" -> dragonfly(osArch);
            case "SunOS" -> illumos(osArch);
            default -> null;
        };
        if (abi == null) {
            throw new UnsupportedAbiException(osName, osArch);
        }
        return abi;
    }

    /**
     * The ABI of the JVM that runs this, by its system properties.
     *
     * @throws UnsupportedAbiException if it is not known
     */
    public static Abi host() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    /** As above; empty if it is not known. */
    public static Optional<Abi> hostIfKnown() {
        return ifKnown(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    /** As {@link #of}; empty if it is not known. */
    public static Optional<Abi> ifKnown(String osName, String osArch) {
        try {
            return Optional.of(of(osName, osArch));
        } catch (UnsupportedAbiException e) {
            return Optional.empty();
        }
    }

    private static Abi linux(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64", "aarch64", "riscv64", "loongarch64" -> little(Platform.LINUX, 8);
            case "i386", "x86", "arm" -> little(Platform.LINUX, 4);
            case "s390x" -> big(Platform.LINUX, 8);
            case "m68k" -> big(Platform.LINUX, 4);
            case "mips" -> big(Platform.LINUX_MIPS, 4);
            case "mipsel" -> little(Platform.LINUX_MIPS, 4);
            case "mips64" -> big(Platform.LINUX_MIPS, 8);
            case "mips64el" -> little(Platform.LINUX_MIPS, 8);
            case "sparc" -> big(Platform.LINUX_SPARC, 4);
            case "sparcv9", "sparc64" -> big(Platform.LINUX_SPARC, 8);
            case "alpha" -> little(Platform.LINUX_ALPHA, 8);
            case "parisc", "hppa" -> big(Platform.LINUX_PARISC, 4);
            case "ppc" -> big(Platform.LINUX_POWERPC, 4);
            case "ppc64" -> big(Platform.LINUX_POWERPC, 8);
            case "ppc64le" -> little(Platform.LINUX_POWERPC, 8);
            default -> null;
        };
    }

    private static Abi darwin(String osArch) {
        return switch (osArch) {
            case "aarch64", "x86_64" -> little(Platform.DARWIN, 8);
            default -> null;
        };
    }

    private static Abi bsd(Platform platform, String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64", "aarch64", "riscv64", "ppc64le" -> little(platform, 8);
            case "i386", "x86" -> little(platform, 4);
            case "ppc64", "sparcv9", "sparc64" -> big(platform, 8);
            default -> null;
        };
    }

    private static Abi dragonfly(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64" -> little(Platform.DRAGONFLY, 8);
            default -> null;
        };
    }

    private static Abi illumos(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64" -> little(Platform.ILLUMOS, 8);
            case "sparcv9" -> big(Platform.ILLUMOS, 8);
            default -> null;
        };
    }

    private static Abi little(Platform platform, int wordSize) {
        return new Abi(platform, wordSize, ByteOrder.LITTLE_ENDIAN);
    }

    private static Abi big(Platform platform, int wordSize) {
        return new Abi(platform, wordSize, ByteOrder.BIG_ENDIAN);
    }

    /** Whether this platform defines a symbol. */
    public boolean defines(Symbol symbol) {
        return symbol.definedOn(platform);
    }

    /**
     * The number of a symbol here.
     *
     * @throws IllegalStateException if this platform does not define it
     */
    public int number(Symbol symbol) {
        return symbol.on(platform);
    }

    /**
     * Whether every {@code struct sockaddr} starts with a byte that holds its own length, before a family of one byte
     * (4.3BSD-Reno and its heirs). Else a family of two bytes, in the host's order, starts it.
     */
    public boolean sockaddrHasLength() {
        return switch (platform) {
            case DARWIN, FREEBSD, OPENBSD, NETBSD, DRAGONFLY -> true;
            default -> false;
        };
    }

    /** {@code sizeof(struct sockaddr_in)}: port at 2, address at 4, eight bytes of zeros. The same everywhere. */
    public int sockaddrInSize() {
        return 16;
    }

    /**
     * {@code sizeof(struct sockaddr_in6)}: port at 2, flow label at 4, address at 8, scope at 24; illumos appends
     * {@code __sin6_src_id}.
     */
    public int sockaddrIn6Size() {
        return platform == Platform.ILLUMOS ? 32 : 28;
    }

    /** {@code sizeof(sun_path)} of {@code struct sockaddr_un}, where it starts at 2. */
    public int sunPathSize() {
        return platform.linux() || platform == Platform.ILLUMOS ? 108 : 104;
    }

    /** {@code sizeof(struct linger)}: l_onoff, l_linger, two ints everywhere. */
    public int lingerSize() {
        return 8;
    }

    /** Milliseconds in one {@code l_linger} of SO_LINGER: a second, but a tick of 10 ms on macOS (kern/uipc_socket.c of xnu). */
    public int lingerTickMillis() {
        return platform == Platform.DARWIN ? 10 : 1000;
    }

    /** {@code sizeof(struct timeval)} as SO_RCVTIMEO and SO_SNDTIMEO take it, padding at its end included. */
    public int timevalSize() {
        int fields = timevalSecondsSize() + timevalMicrosSize();
        return (fields + wordSize - 1) / wordSize * wordSize;
    }

    /** Bytes of {@code tv_sec}, which is at 0: a word, and 8 on 32-bit OpenBSD and NetBSD too. */
    public int timevalSecondsSize() {
        return switch (platform) {
            case OPENBSD, NETBSD -> 8;
            default -> wordSize;
        };
    }

    /** Bytes of {@code tv_usec}, which follows at once: a word, but an int on macOS, NetBSD and 64-bit SPARC Linux. */
    public int timevalMicrosSize() {
        return switch (platform) {
            case DARWIN, NETBSD, LINUX_SPARC -> 4;
            default -> wordSize;
        };
    }

    /**
     * What getsockopt returns for a boolean option that is on; for SO_LINGER: what it returns in {@code l_onoff}.
     *
     * <p>Linux says 1. So does NetBSD, which folds its flags ({@code sogetopt1} in kern/uipc_socket.c). The other BSDs,
     * macOS and illumos return the very bit in which they keep the option: for most of SOL_SOCKET that is the option's
     * own number ({@code so_options & sopt_name}), elsewhere a private flag ({@code so_flags}, {@code t_flags}) that no
     * header for programs tells. At IPPROTO_IP and IPPROTO_IPV6 all say 1. So test {@code != 0}.
     *
     * <p>OpenBSD 7 accepts SO_DONTROUTE and always reads 0.
     *
     * @throws IllegalStateException if this platform does not define the option
     */
    public int setBoolean(Const option) {
        int number = number(option);
        return switch (platform) {
            case LINUX, LINUX_MIPS, LINUX_SPARC, LINUX_ALPHA, LINUX_PARISC, LINUX_POWERPC -> 1;
            case NETBSD -> option == Const.TCP_NODELAY ? 4 : 1;
            case DARWIN -> setOnDarwin(option, number);
            case FREEBSD, DRAGONFLY -> setOnFreebsd(option, number);
            case OPENBSD -> setOnOpenbsd(option, number);
            case ILLUMOS -> setOnIllumos(option, number);
        };
    }

    /**
     * xnu: bsd/kern/uipc_socket.c (sogetoptlock), bsd/netinet/tcp_usrreq.c, udp_usrreq.c; flags in bsd/sys/socketvar.h,
     * bsd/netinet/tcp_var.h, in_pcb.h.
     */
    private static int setOnDarwin(Const option, int number) {
        return switch (option) {
            case SO_BROADCAST,
                    SO_DEBUG,
                    SO_DONTROUTE,
                    SO_DONTTRUNC,
                    SO_KEEPALIVE,
                    SO_OOBINLINE,
                    SO_REUSEADDR,
                    SO_REUSEPORT,
                    SO_TIMESTAMP,
                    SO_TIMESTAMP_MONOTONIC,
                    SO_USELOOPBACK,
                    SO_WANTMORE,
                    SO_WANTOOBFLAG -> number;
            case SO_NOADDRERR -> 2;
            case SO_REUSESHAREUID -> 0x40;
            case SO_NOTIFYCONFLICT -> 0x400;
            case SO_UPCALLCLOSEWAIT -> 0x800;
            case SO_RANDOMPORT -> 0x1000;
            case TCP_NODELAY -> 4;
            case TCP_NOOPT -> 8;
            case TCP_NOPUSH -> 0x1000;
            case UDP_NOCKSUM -> 0x2000;
            default -> 1;
        };
    }

    /** FreeBSD, and DragonFly after it: sys/kern/uipc_socket.c (sogetopt), sys/netinet/tcp_usrreq.c, tcp_var.h. */
    private static int setOnFreebsd(Const option, int number) {
        return switch (option) {
            case SO_ACCEPTCONN,
                    SO_BINTIME,
                    SO_BROADCAST,
                    SO_DEBUG,
                    SO_DONTROUTE,
                    SO_KEEPALIVE,
                    SO_LINGER,
                    SO_NOSIGPIPE,
                    SO_NO_DDP,
                    SO_NO_OFFLOAD,
                    SO_OOBINLINE,
                    SO_PASSCRED,
                    SO_RERROR,
                    SO_REUSEADDR,
                    SO_REUSEPORT,
                    SO_REUSEPORT_LB,
                    SO_TIMESTAMP,
                    SO_USELOOPBACK -> number;
            case TCP_NODELAY -> 4;
            case TCP_NOOPT -> 8;
            case TCP_NOPUSH -> 0x1000;
            default -> 1;
        };
    }

    /** OpenBSD: sys/kern/uipc_socket.c (sogetopt), sys/netinet/tcp_usrreq.c, tcp_var.h. */
    private static int setOnOpenbsd(Const option, int number) {
        return switch (option) {
            case SO_BINDANY,
                    SO_BROADCAST,
                    SO_DEBUG,
                    SO_KEEPALIVE,
                    SO_LINGER,
                    SO_OOBINLINE,
                    SO_REUSEADDR,
                    SO_REUSEPORT,
                    SO_TIMESTAMP,
                    SO_USELOOPBACK -> number;
            case SO_DONTROUTE -> 0;
            case TCP_NODELAY -> 4;
            case TCP_NOPUSH -> 0x200_0000;
            default -> 1;
        };
    }

    /** illumos: usr/src/uts/common/inet/ip/conn_opt.c (conn_opt_get), fs/sockfs/sockcommon_subr.c. */
    private static int setOnIllumos(Const option, int number) {
        return switch (option) {
            case SO_ACCEPTCONN,
                    SO_BROADCAST,
                    SO_DEBUG,
                    SO_DGRAM_ERRIND,
                    SO_DONTROUTE,
                    SO_EXCLBIND,
                    SO_KEEPALIVE,
                    SO_LINGER,
                    SO_OOBINLINE,
                    SO_REUSEADDR,
                    SO_USELOOPBACK -> number;
            default -> 1;
        };
    }

    /**
     * The system call number of pidfd_open(2), Linux 5.3.
     *
     * @throws IllegalStateException on any other system
     */
    public int syscallPidfdOpen() {
        return syscall(434);
    }

    /**
     * The system call number of pidfd_getfd(2), Linux 5.6.
     *
     * @throws IllegalStateException on any other system
     */
    public int syscallPidfdGetfd() {
        return syscall(438);
    }

    /**
     * The request of ioctl(2) that fills in a {@code struct winsize}, TIOCGWINSZ: four unsigned shorts, of which the first two
     * are rows and columns. Of 4.4BSD's numbers it is {@code _IOR('t', 104, struct winsize)}, which the CPUs of Linux took
     * that had a Unix before; the others count (asm-generic/ioctls.h), and so does System V (sys/termios.h).
     */
    public int terminalSizeRequest() {
        return switch (platform) {
            case LINUX, LINUX_PARISC -> 0x5413;
            case ILLUMOS -> 0x5468;
            default -> 0x4008_7468;
        };
    }

    /** Since number 403 all Linux CPUs share one list; MIPS adds its ABI's base (o32, n64), Alpha the length of OSF/1's list. */
    private int syscall(int generic) {
        if (!platform.linux()) {
            throw new IllegalStateException("no Linux system calls on " + platform.id());
        }
        return switch (platform) {
            case LINUX_MIPS -> generic + (wordSize == 4 ? 4000 : 5000);
            case LINUX_ALPHA -> generic + 110;
            default -> generic;
        };
    }
}
