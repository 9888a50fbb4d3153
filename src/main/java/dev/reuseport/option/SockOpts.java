package dev.reuseport.option;

import static dev.reuseport.abi.Const.IPPROTO_IP;
import static dev.reuseport.abi.Const.IPPROTO_IPV6;
import static dev.reuseport.abi.Const.IPPROTO_TCP;
import static dev.reuseport.abi.Const.IPPROTO_UDP;
import static dev.reuseport.abi.Const.SOL_SOCKET;
import static dev.reuseport.option.Access.READ_CLEARS;
import static dev.reuseport.option.Access.READ_ONLY;
import static dev.reuseport.option.Access.READ_WRITE;
import static dev.reuseport.option.Access.WRITE_ONLY;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Symbol;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;

/**
 * The option table: every option that this program knows, each once, under its C name.
 *
 * <p>Level by level, and at each level what most systems have first. Which system has an option, and under which number,
 * is {@link Const}'s to say. Units are the system's; SO_MAX_PACING_RATE is in bytes per second.
 *
 * <p>Behind the page stands the release of Linux that began to have the option, if 2.6.32 had it not: what the page says, in
 * its source too, or where no page does the release whose headers had it first. SO_ATTACH_REUSEPORT_CBPF and its like are
 * UDP's there, and TCP's since 4.6; tcp(7)'s 3.6 of TCP_FASTOPEN is the client's, who sets nothing.
 *
 * <p>Not here: what is an action rather than a setting (joining a group, adding a key), what exists on AF_UNIX or raw
 * sockets alone, and second names of one option. IP_RETOPTS is the options themselves on macOS and the BSDs, and on Linux
 * a second name of IP_RECVRETOPTS.
 */
public final class SockOpts {
    private static final List<SockOpt<?>> TABLE = new ArrayList<>();

    private static final Codec<Boolean> BOOL = Word.BOOL;
    private static final Codec<Integer> INT = Word.INT;
    private static final Codec<Integer> BYTES = Word.of("bytes");
    private static final Codec<Integer> SECONDS = Word.of("seconds");
    private static final Codec<Integer> MILLIS = Word.of("milliseconds");
    private static final Codec<Integer> MICROS = Word.of("microseconds");
    private static final Codec<Integer> HOPS = Word.of("hops");
    private static final Codec<Integer> INTERFACE = Word.of("the index of an interface");

    /** DragonFly: {@code tcp_ctloutput} in netinet/tcp_usrreq.c. */
    private static final Codec<Integer> KEEP_TIME = Word.of("seconds, on DragonFly milliseconds");

    private static final Codec<Integer> NETWORK_INT = Word.NETWORK_INT;
    private static final Codec<Long> UNSIGNED_INT = Word.UNSIGNED_INT;
    private static final Codec<Long> U_BYTES = Word.unsignedOf("bytes");
    private static final Codec<Long> U_MILLIS = Word.unsignedOf("milliseconds");
    private static final Codec<Long> UNSIGNED = new Codec.Unsigned();
    private static final Codec<Duration> TIMEVAL = new Codec.Timeval();
    private static final Codec<LingerTime> LINGER = new Codec.Linger(true);
    private static final Codec<LingerTime> LINGER_SEC = new Codec.Linger(false);
    private static final Codec<Named> TYPE = Word.symbol(List.of(Const.SOCK_STREAM, Const.SOCK_DGRAM, Const.SOCK_RAW));
    private static final Codec<Named> FAMILY =
            Word.symbol(List.of(Const.AF_UNSPEC, Const.AF_UNIX, Const.AF_INET, Const.AF_INET6));
    private static final Codec<Named> PROTOCOL =
            Word.symbol(List.of(IPPROTO_TCP, IPPROTO_UDP, Const.IPPROTO_MPTCP, IPPROTO_IP, IPPROTO_IPV6));
    private static final Codec<Named> PMTUDISC = Word.symbol(List.of(
            Const.IP_PMTUDISC_DONT,
            Const.IP_PMTUDISC_WANT,
            Const.IP_PMTUDISC_DO,
            Const.IP_PMTUDISC_PROBE,
            Const.IP_PMTUDISC_INTERFACE,
            Const.IP_PMTUDISC_OMIT));
    private static final Codec<String> IN_ADDR = new Codec.InAddr();
    private static final Codec<PortRange> PORTS = Word.PORTS;
    private static final Codec<TcpInfo> INFO = new Codec.Info();
    private static final Codec<SockFprog> FPROG = new Codec.Fprog();
    private static final Codec<Raw> STRUCT = new Codec.Opaque(256);

    /** IFNAMSIZ and TCP_CA_NAME_MAX, both with the NUL. */
    private static final Codec<String> DEVICE = new Codec.CString(16);

    private static final Codec<String> ALGORITHM = new Codec.CString(16);

    /** A security context; there is no limit to its length but the module's own. */
    private static final Codec<String> LABEL = new Codec.CString(256);

    /** {@code struct tcp_repair_window}: five u32, and the kernel takes no other length. */
    private static final Codec<Raw> REPAIR_WINDOW = new Codec.Opaque(20);

    // spotless:off
    // SOL_SOCKET. Everywhere, or nearly: POSIX, and UNP's checkopts
    public static final SockOpt<Boolean>    SO_REUSEADDR     = option(SOL_SOCKET, Const.SO_REUSEADDR,     BOOL,       READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_REUSEADDR);
    public static final SockOpt<Boolean>    SO_REUSEPORT     = option(SOL_SOCKET, Const.SO_REUSEPORT,     BOOL,       READ_WRITE,  "socket(7)", "3.9", StandardSocketOptions.SO_REUSEPORT);
    public static final SockOpt<Boolean>    SO_REUSEPORT_LB  = option(SOL_SOCKET, Const.SO_REUSEPORT_LB,  BOOL,       READ_WRITE,  "getsockopt(2) (FreeBSD)");
    public static final SockOpt<Boolean>    SO_REUSESHAREUID = option(SOL_SOCKET, Const.SO_REUSESHAREUID, BOOL,       READ_WRITE,  "sys/socket.h (XNU)");
    public static final SockOpt<Boolean>    SO_EXCLBIND      = option(SOL_SOCKET, Const.SO_EXCLBIND,      BOOL,       READ_WRITE,  "socket.h(3HEAD)");
    public static final SockOpt<Boolean>    SO_ACCEPTCONN    = option(SOL_SOCKET, Const.SO_ACCEPTCONN,    BOOL,       READ_ONLY,   "socket(7)");
    public static final SockOpt<Boolean>    SO_BROADCAST     = option(SOL_SOCKET, Const.SO_BROADCAST,     BOOL,       READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_BROADCAST);
    public static final SockOpt<Boolean>    SO_DEBUG         = option(SOL_SOCKET, Const.SO_DEBUG,         BOOL,       READ_WRITE,  "socket(7)");
    public static final SockOpt<Named>      SO_DOMAIN        = option(SOL_SOCKET, Const.SO_DOMAIN,        FAMILY,     READ_ONLY,   "socket(7)");
    public static final SockOpt<Boolean>    SO_DONTROUTE     = option(SOL_SOCKET, Const.SO_DONTROUTE,     BOOL,       READ_WRITE,  "socket(7)");
    public static final SockOpt<Integer>    SO_ERROR         = option(SOL_SOCKET, Const.SO_ERROR,         INT,        READ_CLEARS, "socket(7)");
    public static final SockOpt<Boolean>    SO_KEEPALIVE     = option(SOL_SOCKET, Const.SO_KEEPALIVE,     BOOL,       READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_KEEPALIVE);
    public static final SockOpt<LingerTime> SO_LINGER        = option(SOL_SOCKET, Const.SO_LINGER,        LINGER,     READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_LINGER);
    public static final SockOpt<LingerTime> SO_LINGER_SEC    = option(SOL_SOCKET, Const.SO_LINGER_SEC,    LINGER_SEC, READ_WRITE,  "getsockopt(2) (XNU)");
    public static final SockOpt<Boolean>    SO_NOSIGPIPE     = option(SOL_SOCKET, Const.SO_NOSIGPIPE,     BOOL,       READ_WRITE,  "getsockopt(2) (FreeBSD)");
    public static final SockOpt<Boolean>    SO_OOBINLINE     = option(SOL_SOCKET, Const.SO_OOBINLINE,     BOOL,       READ_WRITE,  "socket(7)");
    public static final SockOpt<Named>      SO_PROTOCOL      = option(SOL_SOCKET, Const.SO_PROTOCOL,      PROTOCOL,   READ_ONLY,   "socket(7)");
    public static final SockOpt<Integer>    SO_RCVBUF        = option(SOL_SOCKET, Const.SO_RCVBUF,        BYTES,      READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_RCVBUF);
    public static final SockOpt<Integer>    SO_RCVLOWAT      = option(SOL_SOCKET, Const.SO_RCVLOWAT,      BYTES,      READ_WRITE,  "socket(7)");
    public static final SockOpt<Duration>   SO_RCVTIMEO      = option(SOL_SOCKET, Const.SO_RCVTIMEO,      TIMEVAL,    READ_WRITE,  "socket(7)");
    public static final SockOpt<Integer>    SO_SNDBUF        = option(SOL_SOCKET, Const.SO_SNDBUF,        BYTES,      READ_WRITE,  "socket(7)",        StandardSocketOptions.SO_SNDBUF);
    public static final SockOpt<Integer>    SO_SNDLOWAT      = option(SOL_SOCKET, Const.SO_SNDLOWAT,      BYTES,      READ_WRITE,  "socket(7)");
    public static final SockOpt<Duration>   SO_SNDTIMEO      = option(SOL_SOCKET, Const.SO_SNDTIMEO,      TIMEVAL,    READ_WRITE,  "socket(7)");
    public static final SockOpt<Boolean>    SO_TIMESTAMP     = option(SOL_SOCKET, Const.SO_TIMESTAMP,     BOOL,       READ_WRITE,  "socket(7)");
    public static final SockOpt<Named>      SO_TYPE          = option(SOL_SOCKET, Const.SO_TYPE,          TYPE,       READ_ONLY,   "socket(7)");
    public static final SockOpt<Boolean>    SO_USELOOPBACK   = option(SOL_SOCKET, Const.SO_USELOOPBACK,   BOOL,       READ_WRITE,  "route(4) (FreeBSD)");

    // SOL_SOCKET. Linux
    public static final SockOpt<Integer>   SO_ATTACH_BPF            = option(SOL_SOCKET, Const.SO_ATTACH_BPF,            INT,          WRITE_ONLY, "socket(7)",                "3.19");
    public static final SockOpt<SockFprog> SO_ATTACH_FILTER         = option(SOL_SOCKET, Const.SO_ATTACH_FILTER,         FPROG,        WRITE_ONLY, "socket(7)");
    public static final SockOpt<SockFprog> SO_ATTACH_REUSEPORT_CBPF = option(SOL_SOCKET, Const.SO_ATTACH_REUSEPORT_CBPF, FPROG,        WRITE_ONLY, "socket(7)",                "4.5");
    public static final SockOpt<Integer>   SO_ATTACH_REUSEPORT_EBPF = option(SOL_SOCKET, Const.SO_ATTACH_REUSEPORT_EBPF, INT,          WRITE_ONLY, "socket(7)",                "4.5");
    public static final SockOpt<String>    SO_BINDTODEVICE          = option(SOL_SOCKET, Const.SO_BINDTODEVICE,          DEVICE,       READ_WRITE, "socket(7)");
    public static final SockOpt<Integer>   SO_BINDTOIFINDEX         = option(SOL_SOCKET, Const.SO_BINDTOIFINDEX,         INTERFACE,    READ_WRITE, "asm-generic/socket.h",     "5.1");
    public static final SockOpt<Integer>   SO_BPF_EXTENSIONS        = option(SOL_SOCKET, Const.SO_BPF_EXTENSIONS,        INT,          READ_ONLY,  "asm-generic/socket.h",     "3.14");
    public static final SockOpt<Integer>   SO_BUF_LOCK              = option(SOL_SOCKET, Const.SO_BUF_LOCK,              INT,          READ_WRITE, "asm-generic/socket.h",     "5.15");
    public static final SockOpt<Integer>   SO_BUSY_POLL             = option(SOL_SOCKET, Const.SO_BUSY_POLL,             MICROS,       READ_WRITE, "socket(7)",                "3.11");
    public static final SockOpt<Integer>   SO_BUSY_POLL_BUDGET      = option(SOL_SOCKET, Const.SO_BUSY_POLL_BUDGET,      INT,          WRITE_ONLY, "asm-generic/socket.h",     "5.11");
    public static final SockOpt<Integer>   SO_CNX_ADVICE            = option(SOL_SOCKET, Const.SO_CNX_ADVICE,            INT,          WRITE_ONLY, "asm-generic/socket.h",     "4.6");
    public static final SockOpt<Long>      SO_COOKIE                = option(SOL_SOCKET, Const.SO_COOKIE,                UNSIGNED,     READ_ONLY,  "asm-generic/socket.h",     "4.12");
    public static final SockOpt<Integer>   SO_DETACH_FILTER         = option(SOL_SOCKET, Const.SO_DETACH_FILTER,         INT,          WRITE_ONLY, "socket(7)");
    public static final SockOpt<Integer>   SO_DETACH_REUSEPORT_BPF  = option(SOL_SOCKET, Const.SO_DETACH_REUSEPORT_BPF,  INT,          WRITE_ONLY, "asm-generic/socket.h",     "5.3");
    public static final SockOpt<Integer>   SO_INCOMING_CPU          = option(SOL_SOCKET, Const.SO_INCOMING_CPU,          INT,          READ_WRITE, "socket(7)",                "3.19");
    public static final SockOpt<Integer>   SO_INCOMING_NAPI_ID      = option(SOL_SOCKET, Const.SO_INCOMING_NAPI_ID,      INT,          READ_ONLY,  "socket(7)",                "4.12",   ExtendedSocketOptions.SO_INCOMING_NAPI_ID);
    public static final SockOpt<Boolean>   SO_INQ                   = option(SOL_SOCKET, Const.SO_INQ,                   BOOL,         READ_WRITE, "asm-generic/socket.h",     "6.17");
    public static final SockOpt<Boolean>   SO_LOCK_FILTER           = option(SOL_SOCKET, Const.SO_LOCK_FILTER,           BOOL,         READ_WRITE, "socket(7)",                "3.9");
    public static final SockOpt<Long>      SO_MARK                  = option(SOL_SOCKET, Const.SO_MARK,                  UNSIGNED_INT, READ_WRITE, "socket(7)");
    public static final SockOpt<Long>      SO_MAX_PACING_RATE       = option(SOL_SOCKET, Const.SO_MAX_PACING_RATE,       UNSIGNED,     READ_WRITE, "asm-generic/socket.h",     "3.13");
    public static final SockOpt<Raw>       SO_MEMINFO               = option(SOL_SOCKET, Const.SO_MEMINFO,               STRUCT,       READ_ONLY,  "asm-generic/socket.h",     "4.12");
    public static final SockOpt<Long>      SO_NETNS_COOKIE          = option(SOL_SOCKET, Const.SO_NETNS_COOKIE,          UNSIGNED,     READ_ONLY,  "asm-generic/socket.h",     "5.14");
    public static final SockOpt<Boolean>   SO_NOFCS                 = option(SOL_SOCKET, Const.SO_NOFCS,                 BOOL,         READ_WRITE, "asm-generic/socket.h",     "3.4");
    public static final SockOpt<Boolean>   SO_NO_CHECK              = option(SOL_SOCKET, Const.SO_NO_CHECK,              BOOL,         READ_WRITE, "asm-generic/socket.h");
    public static final SockOpt<Integer>   SO_PEEK_OFF              = option(SOL_SOCKET, Const.SO_PEEK_OFF,              BYTES,        READ_WRITE, "socket(7)",                "3.4");
    public static final SockOpt<String>    SO_PEERSEC               = option(SOL_SOCKET, Const.SO_PEERSEC,               LABEL,        READ_ONLY,  "unix(7)");
    public static final SockOpt<Boolean>   SO_PREFER_BUSY_POLL      = option(SOL_SOCKET, Const.SO_PREFER_BUSY_POLL,      BOOL,         READ_WRITE, "asm-generic/socket.h",     "5.11");
    public static final SockOpt<Integer>   SO_PRIORITY              = option(SOL_SOCKET, Const.SO_PRIORITY,              INT,          READ_WRITE, "socket(7)");
    public static final SockOpt<Integer>   SO_RCVBUFFORCE           = option(SOL_SOCKET, Const.SO_RCVBUFFORCE,           BYTES,        WRITE_ONLY, "socket(7)");
    public static final SockOpt<Boolean>   SO_RCVMARK               = option(SOL_SOCKET, Const.SO_RCVMARK,               BOOL,         READ_WRITE, "asm-generic/socket.h",     "5.19");
    public static final SockOpt<Boolean>   SO_RCVPRIORITY           = option(SOL_SOCKET, Const.SO_RCVPRIORITY,           BOOL,         READ_WRITE, "asm-generic/socket.h",     "6.14");
    public static final SockOpt<Integer>   SO_RESERVE_MEM           = option(SOL_SOCKET, Const.SO_RESERVE_MEM,           BYTES,        READ_WRITE, "asm-generic/socket.h",     "5.16");
    public static final SockOpt<Boolean>   SO_RXQ_OVFL              = option(SOL_SOCKET, Const.SO_RXQ_OVFL,              BOOL,         READ_WRITE, "socket(7)",                "2.6.33");
    public static final SockOpt<Boolean>   SO_SELECT_ERR_QUEUE      = option(SOL_SOCKET, Const.SO_SELECT_ERR_QUEUE,      BOOL,         READ_WRITE, "socket(7)",                "3.10");
    public static final SockOpt<Integer>   SO_SNDBUFFORCE           = option(SOL_SOCKET, Const.SO_SNDBUFFORCE,           BYTES,        WRITE_ONLY, "socket(7)");
    public static final SockOpt<Raw>       SO_TIMESTAMPING          = option(SOL_SOCKET, Const.SO_TIMESTAMPING,          STRUCT,       READ_WRITE, "timestamping.rst (Linux)");
    public static final SockOpt<Boolean>   SO_TIMESTAMPNS           = option(SOL_SOCKET, Const.SO_TIMESTAMPNS,           BOOL,         READ_WRITE, "timestamping.rst (Linux)");
    public static final SockOpt<Integer>   SO_TXREHASH              = option(SOL_SOCKET, Const.SO_TXREHASH,              INT,          READ_WRITE, "asm-generic/socket.h",     "5.18");
    public static final SockOpt<Raw>       SO_TXTIME                = option(SOL_SOCKET, Const.SO_TXTIME,                STRUCT,       READ_WRITE, "asm-generic/socket.h",     "4.19");
    public static final SockOpt<Boolean>   SO_WIFI_STATUS           = option(SOL_SOCKET, Const.SO_WIFI_STATUS,           BOOL,         READ_WRITE, "asm-generic/socket.h",     "3.3");
    public static final SockOpt<Boolean>   SO_ZEROCOPY              = option(SOL_SOCKET, Const.SO_ZEROCOPY,              BOOL,         READ_WRITE, "msg_zerocopy.rst (Linux)", "4.14");

    // SOL_SOCKET. macOS
    public static final SockOpt<Boolean> SO_DONTTRUNC            = option(SOL_SOCKET, Const.SO_DONTTRUNC,            BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Integer> SO_NETSVC_MARKING_LEVEL = option(SOL_SOCKET, Const.SO_NETSVC_MARKING_LEVEL, INT,    READ_ONLY,  "sys/socket.h (XNU)");
    public static final SockOpt<Integer> SO_NET_SERVICE_TYPE     = option(SOL_SOCKET, Const.SO_NET_SERVICE_TYPE,     INT,    READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_NOADDRERR            = option(SOL_SOCKET, Const.SO_NOADDRERR,            BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_NOTIFYCONFLICT       = option(SOL_SOCKET, Const.SO_NOTIFYCONFLICT,       BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Raw>     SO_NP_EXTENSIONS        = option(SOL_SOCKET, Const.SO_NP_EXTENSIONS,        STRUCT, READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Integer> SO_NREAD                = option(SOL_SOCKET, Const.SO_NREAD,                BYTES,  READ_ONLY,  "getsockopt(2) (XNU)");
    public static final SockOpt<Integer> SO_NUMRCVPKT            = option(SOL_SOCKET, Const.SO_NUMRCVPKT,            INT,    READ_ONLY,  "sys/socket.h (XNU)");
    public static final SockOpt<Integer> SO_NWRITE               = option(SOL_SOCKET, Const.SO_NWRITE,               BYTES,  READ_ONLY,  "getsockopt(2) (XNU)");
    public static final SockOpt<Boolean> SO_RANDOMPORT           = option(SOL_SOCKET, Const.SO_RANDOMPORT,           BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_TIMESTAMP_MONOTONIC  = option(SOL_SOCKET, Const.SO_TIMESTAMP_MONOTONIC,  BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_UPCALLCLOSEWAIT      = option(SOL_SOCKET, Const.SO_UPCALLCLOSEWAIT,      BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_WANTMORE             = option(SOL_SOCKET, Const.SO_WANTMORE,             BOOL,   READ_WRITE, "sys/socket.h (XNU)");
    public static final SockOpt<Boolean> SO_WANTOOBFLAG          = option(SOL_SOCKET, Const.SO_WANTOOBFLAG,          BOOL,   READ_WRITE, "sys/socket.h (XNU)");

    // SOL_SOCKET. The BSDs
    public static final SockOpt<Boolean> SO_BINDANY       = option(SOL_SOCKET, Const.SO_BINDANY,       BOOL, READ_WRITE, "getsockopt(2) (OpenBSD)");
    public static final SockOpt<Integer> SO_LISTENINCQLEN = option(SOL_SOCKET, Const.SO_LISTENINCQLEN, INT,  READ_ONLY,  "getsockopt(2) (FreeBSD)");
    public static final SockOpt<Integer> SO_LISTENQLEN    = option(SOL_SOCKET, Const.SO_LISTENQLEN,    INT,  READ_ONLY,  "getsockopt(2) (FreeBSD)");
    public static final SockOpt<Integer> SO_LISTENQLIMIT  = option(SOL_SOCKET, Const.SO_LISTENQLIMIT,  INT,  READ_ONLY,  "getsockopt(2) (FreeBSD)");
    public static final SockOpt<Integer> SO_RTABLE        = option(SOL_SOCKET, Const.SO_RTABLE,        INT,  READ_WRITE, "getsockopt(2) (OpenBSD)");

    // SOL_SOCKET. Windows, where no case runs
    public static final SockOpt<Boolean> SO_EXCLUSIVEADDRUSE = option(SOL_SOCKET, Const.SO_EXCLUSIVEADDRUSE, BOOL, READ_WRITE, "winsock2.h (Windows)");

    // IPPROTO_IP. All systems
    public static final SockOpt<Integer>   IP_TOS                    = option(IPPROTO_IP, Const.IP_TOS,                    INT,         READ_WRITE, "ip(7)",                     StandardSocketOptions.IP_TOS);
    public static final SockOpt<Integer>   IP_TTL                    = option(IPPROTO_IP, Const.IP_TTL,                    HOPS,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_BINDANY                = option(IPPROTO_IP, Const.IP_BINDANY,                BOOL,        READ_WRITE, "ip(4) (FreeBSD)");
    public static final SockOpt<Boolean>   IP_BIND_ADDRESS_NO_PORT   = option(IPPROTO_IP, Const.IP_BIND_ADDRESS_NO_PORT,   BOOL,        READ_WRITE, "ip(7)",      "4.2");
    public static final SockOpt<Integer>   IP_BOUND_IF               = option(IPPROTO_IP, Const.IP_BOUND_IF,               INTERFACE,   READ_WRITE, "netinet/in.h (XNU)");
    public static final SockOpt<Boolean>   IP_CHECKSUM               = option(IPPROTO_IP, Const.IP_CHECKSUM,               BOOL,        READ_WRITE, "linux/in.h", "4.0");
    public static final SockOpt<Boolean>   IP_DONTFRAG               = option(IPPROTO_IP, Const.IP_DONTFRAG,               BOOL,        READ_WRITE, "ip(4) (FreeBSD)");
    public static final SockOpt<Boolean>   IP_FREEBIND               = option(IPPROTO_IP, Const.IP_FREEBIND,               BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_HDRINCL                = option(IPPROTO_IP, Const.IP_HDRINCL,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<PortRange> IP_LOCAL_PORT_RANGE       = option(IPPROTO_IP, Const.IP_LOCAL_PORT_RANGE,       PORTS,       READ_WRITE, "linux/in.h", "6.3, 6.1.32");
    public static final SockOpt<Integer>   IP_MINTTL                 = option(IPPROTO_IP, Const.IP_MINTTL,                 HOPS,        READ_WRITE, "ip(7)",      "2.6.34");
    public static final SockOpt<Integer>   IP_MTU                    = option(IPPROTO_IP, Const.IP_MTU,                    BYTES,       READ_ONLY,  "ip(7)");
    public static final SockOpt<Named>     IP_MTU_DISCOVER           = option(IPPROTO_IP, Const.IP_MTU_DISCOVER,           PMTUDISC,    READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_MULTICAST_ALL          = option(IPPROTO_IP, Const.IP_MULTICAST_ALL,          BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<String>    IP_MULTICAST_IF           = option(IPPROTO_IP, Const.IP_MULTICAST_IF,           IN_ADDR,     READ_WRITE, "ip(7)",                     StandardSocketOptions.IP_MULTICAST_IF);
    public static final SockOpt<Integer>   IP_MULTICAST_IFINDEX      = option(IPPROTO_IP, Const.IP_MULTICAST_IFINDEX,      INTERFACE,   READ_WRITE, "netinet/in.h (XNU)");
    public static final SockOpt<Boolean>   IP_MULTICAST_LOOP         = option(IPPROTO_IP, Const.IP_MULTICAST_LOOP,         BOOL,        READ_WRITE, "ip(7)",                     StandardSocketOptions.IP_MULTICAST_LOOP);
    public static final SockOpt<Integer>   IP_MULTICAST_TTL          = option(IPPROTO_IP, Const.IP_MULTICAST_TTL,          HOPS,        READ_WRITE, "ip(7)",                     StandardSocketOptions.IP_MULTICAST_TTL);
    public static final SockOpt<Boolean>   IP_NODEFRAG               = option(IPPROTO_IP, Const.IP_NODEFRAG,               BOOL,        READ_WRITE, "ip(7)",      "2.6.36");
    public static final SockOpt<Raw>       IP_OPTIONS                = option(IPPROTO_IP, Const.IP_OPTIONS,                STRUCT,      READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_PASSSEC                = option(IPPROTO_IP, Const.IP_PASSSEC,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_PKTINFO                = option(IPPROTO_IP, Const.IP_PKTINFO,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Integer>   IP_PORTRANGE              = option(IPPROTO_IP, Const.IP_PORTRANGE,              INT,         READ_WRITE, "ip(4) (FreeBSD)");
    public static final SockOpt<Integer>   IP_PROTOCOL               = option(IPPROTO_IP, Const.IP_PROTOCOL,               INT,         READ_ONLY,  "linux/in.h", "6.4");
    public static final SockOpt<Boolean>   IP_RECVDSTADDR            = option(IPPROTO_IP, Const.IP_RECVDSTADDR,            BOOL,        READ_WRITE, "ip(4) (FreeBSD)");
    public static final SockOpt<Boolean>   IP_RECVERR                = option(IPPROTO_IP, Const.IP_RECVERR,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_RECVERR_RFC4884        = option(IPPROTO_IP, Const.IP_RECVERR_RFC4884,        BOOL,        READ_WRITE, "linux/in.h", "5.9");
    public static final SockOpt<Boolean>   IP_RECVFRAGSIZE           = option(IPPROTO_IP, Const.IP_RECVFRAGSIZE,           BOOL,        READ_WRITE, "linux/in.h", "4.10");
    public static final SockOpt<Boolean>   IP_RECVIF                 = option(IPPROTO_IP, Const.IP_RECVIF,                 BOOL,        READ_WRITE, "ip(4) (FreeBSD)");
    public static final SockOpt<Boolean>   IP_RECVOPTS               = option(IPPROTO_IP, Const.IP_RECVOPTS,               BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_RECVORIGDSTADDR        = option(IPPROTO_IP, Const.IP_RECVORIGDSTADDR,        BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_RECVPKTINFO            = option(IPPROTO_IP, Const.IP_RECVPKTINFO,            BOOL,        READ_WRITE, "netinet/in.h (XNU)");
    public static final SockOpt<Boolean>   IP_RECVRETOPTS            = option(IPPROTO_IP, Const.IP_RECVRETOPTS,            BOOL,        READ_WRITE, "linux/in.h");
    public static final SockOpt<Boolean>   IP_RECVTOS                = option(IPPROTO_IP, Const.IP_RECVTOS,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_RECVTTL                = option(IPPROTO_IP, Const.IP_RECVTTL,                BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Raw>       IP_RETOPTS                = option(IPPROTO_IP, Const.IP_RETOPTS,                STRUCT,      READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_ROUTER_ALERT           = option(IPPROTO_IP, Const.IP_ROUTER_ALERT,           BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Boolean>   IP_TRAFFIC_MGT_BACKGROUND = option(IPPROTO_IP, Const.IP_TRAFFIC_MGT_BACKGROUND, BOOL,        READ_WRITE, "netinet/in.h (XNU)");
    public static final SockOpt<Boolean>   IP_TRANSPARENT            = option(IPPROTO_IP, Const.IP_TRANSPARENT,            BOOL,        READ_WRITE, "ip(7)");
    public static final SockOpt<Integer>   IP_UNICAST_IF             = option(IPPROTO_IP, Const.IP_UNICAST_IF,             NETWORK_INT, READ_WRITE, "ip(7)",      "3.4");

    // IPPROTO_IPV6. All systems
    public static final SockOpt<Boolean> IPV6_V6ONLY               = option(IPPROTO_IPV6, Const.IPV6_V6ONLY,               BOOL,        READ_WRITE, "ipv6(7)");
    public static final SockOpt<Integer> IPV6_UNICAST_HOPS         = option(IPPROTO_IPV6, Const.IPV6_UNICAST_HOPS,         HOPS,        READ_WRITE, "ipv6(7)");
    public static final SockOpt<Named>   IPV6_ADDRFORM             = option(IPPROTO_IPV6, Const.IPV6_ADDRFORM,             FAMILY,      READ_WRITE, "ipv6(7)");
    public static final SockOpt<Integer> IPV6_ADDR_PREFERENCES     = option(IPPROTO_IPV6, Const.IPV6_ADDR_PREFERENCES,     INT,         READ_WRITE, "linux/in6.h");
    public static final SockOpt<Boolean> IPV6_AUTOFLOWLABEL        = option(IPPROTO_IPV6, Const.IPV6_AUTOFLOWLABEL,        BOOL,        READ_WRITE, "linux/in6.h", "3.17");
    public static final SockOpt<Integer> IPV6_BOUND_IF             = option(IPPROTO_IPV6, Const.IPV6_BOUND_IF,             INTERFACE,   READ_WRITE, "netinet6/in6.h (XNU)");
    public static final SockOpt<Boolean> IPV6_DONTFRAG             = option(IPPROTO_IPV6, Const.IPV6_DONTFRAG,             BOOL,        READ_WRITE, "linux/in6.h", "2.6.35");
    public static final SockOpt<Raw>     IPV6_DSTOPTS              = option(IPPROTO_IPV6, Const.IPV6_DSTOPTS,              STRUCT,      READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_FLOWINFO             = option(IPPROTO_IPV6, Const.IPV6_FLOWINFO,             BOOL,        READ_WRITE, "ipv6(7)");
    public static final SockOpt<Boolean> IPV6_FLOWINFO_SEND        = option(IPPROTO_IPV6, Const.IPV6_FLOWINFO_SEND,        BOOL,        READ_WRITE, "linux/in6.h");
    public static final SockOpt<Boolean> IPV6_FREEBIND             = option(IPPROTO_IPV6, Const.IPV6_FREEBIND,             BOOL,        READ_WRITE, "linux/in6.h", "4.15");
    public static final SockOpt<Raw>     IPV6_HOPOPTS              = option(IPPROTO_IPV6, Const.IPV6_HOPOPTS,              STRUCT,      READ_WRITE, "rfc3542");
    public static final SockOpt<Integer> IPV6_MINHOPCOUNT          = option(IPPROTO_IPV6, Const.IPV6_MINHOPCOUNT,          HOPS,        READ_WRITE, "linux/in6.h", "2.6.35");
    public static final SockOpt<Integer> IPV6_MTU                  = option(IPPROTO_IPV6, Const.IPV6_MTU,                  BYTES,       READ_WRITE, "ipv6(7)");
    public static final SockOpt<Named>   IPV6_MTU_DISCOVER         = option(IPPROTO_IPV6, Const.IPV6_MTU_DISCOVER,         PMTUDISC,    READ_WRITE, "ipv6(7)");
    public static final SockOpt<Boolean> IPV6_MULTICAST_ALL        = option(IPPROTO_IPV6, Const.IPV6_MULTICAST_ALL,        BOOL,        READ_WRITE, "linux/in6.h", "4.20");
    public static final SockOpt<Integer> IPV6_MULTICAST_HOPS       = option(IPPROTO_IPV6, Const.IPV6_MULTICAST_HOPS,       HOPS,        READ_WRITE, "ipv6(7)",               StandardSocketOptions.IP_MULTICAST_TTL);
    public static final SockOpt<Integer> IPV6_MULTICAST_IF         = option(IPPROTO_IPV6, Const.IPV6_MULTICAST_IF,         INTERFACE,   READ_WRITE, "ipv6(7)",               StandardSocketOptions.IP_MULTICAST_IF);
    public static final SockOpt<Boolean> IPV6_MULTICAST_LOOP       = option(IPPROTO_IPV6, Const.IPV6_MULTICAST_LOOP,       BOOL,        READ_WRITE, "ipv6(7)",               StandardSocketOptions.IP_MULTICAST_LOOP);
    public static final SockOpt<Raw>     IPV6_PATHMTU              = option(IPPROTO_IPV6, Const.IPV6_PATHMTU,              STRUCT,      READ_ONLY,  "rfc3542",     "2.6.35");
    public static final SockOpt<Raw>     IPV6_PKTINFO              = option(IPPROTO_IPV6, Const.IPV6_PKTINFO,              STRUCT,      READ_WRITE, "rfc3542");
    public static final SockOpt<Integer> IPV6_PORTRANGE            = option(IPPROTO_IPV6, Const.IPV6_PORTRANGE,            INT,         READ_WRITE, "ip6(4) (FreeBSD)");
    public static final SockOpt<Integer> IPV6_PREFER_TEMPADDR      = option(IPPROTO_IPV6, Const.IPV6_PREFER_TEMPADDR,      INT,         READ_WRITE, "netinet6/in6.h (XNU)");
    public static final SockOpt<Boolean> IPV6_RECVDSTOPTS          = option(IPPROTO_IPV6, Const.IPV6_RECVDSTOPTS,          BOOL,        READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_RECVERR              = option(IPPROTO_IPV6, Const.IPV6_RECVERR,              BOOL,        READ_WRITE, "ipv6(7)");
    public static final SockOpt<Boolean> IPV6_RECVERR_RFC4884      = option(IPPROTO_IPV6, Const.IPV6_RECVERR_RFC4884,      BOOL,        READ_WRITE, "linux/in6.h", "5.9");
    public static final SockOpt<Boolean> IPV6_RECVFRAGSIZE         = option(IPPROTO_IPV6, Const.IPV6_RECVFRAGSIZE,         BOOL,        READ_WRITE, "linux/in6.h", "4.10");
    public static final SockOpt<Boolean> IPV6_RECVHOPLIMIT         = option(IPPROTO_IPV6, Const.IPV6_RECVHOPLIMIT,         BOOL,        READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_RECVHOPOPTS          = option(IPPROTO_IPV6, Const.IPV6_RECVHOPOPTS,          BOOL,        READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_RECVORIGDSTADDR      = option(IPPROTO_IPV6, Const.IPV6_RECVORIGDSTADDR,      BOOL,        READ_WRITE, "linux/in6.h", "2.6.37");
    public static final SockOpt<Boolean> IPV6_RECVPATHMTU          = option(IPPROTO_IPV6, Const.IPV6_RECVPATHMTU,          BOOL,        READ_WRITE, "rfc3542",     "2.6.35");
    public static final SockOpt<Boolean> IPV6_RECVPKTINFO          = option(IPPROTO_IPV6, Const.IPV6_RECVPKTINFO,          BOOL,        READ_WRITE, "ipv6(7)");
    public static final SockOpt<Boolean> IPV6_RECVRTHDR            = option(IPPROTO_IPV6, Const.IPV6_RECVRTHDR,            BOOL,        READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_RECVTCLASS           = option(IPPROTO_IPV6, Const.IPV6_RECVTCLASS,           BOOL,        READ_WRITE, "rfc3542");
    public static final SockOpt<Integer> IPV6_ROUTER_ALERT         = option(IPPROTO_IPV6, Const.IPV6_ROUTER_ALERT,         INT,         READ_WRITE, "ipv6(7)");
    public static final SockOpt<Boolean> IPV6_ROUTER_ALERT_ISOLATE = option(IPPROTO_IPV6, Const.IPV6_ROUTER_ALERT_ISOLATE, BOOL,        READ_WRITE, "linux/in6.h", "5.1");
    public static final SockOpt<Raw>     IPV6_RTHDR                = option(IPPROTO_IPV6, Const.IPV6_RTHDR,                STRUCT,      READ_WRITE, "rfc3542");
    public static final SockOpt<Raw>     IPV6_RTHDRDSTOPTS         = option(IPPROTO_IPV6, Const.IPV6_RTHDRDSTOPTS,         STRUCT,      READ_WRITE, "rfc3542");
    public static final SockOpt<Integer> IPV6_TCLASS               = option(IPPROTO_IPV6, Const.IPV6_TCLASS,               INT,         READ_WRITE, "rfc3542",               StandardSocketOptions.IP_TOS);
    public static final SockOpt<Boolean> IPV6_TRANSPARENT          = option(IPPROTO_IPV6, Const.IPV6_TRANSPARENT,          BOOL,        READ_WRITE, "linux/in6.h", "2.6.37");
    public static final SockOpt<Integer> IPV6_UNICAST_IF           = option(IPPROTO_IPV6, Const.IPV6_UNICAST_IF,           NETWORK_INT, READ_WRITE, "linux/in6.h", "3.4");
    public static final SockOpt<Integer> IPV6_USE_MIN_MTU          = option(IPPROTO_IPV6, Const.IPV6_USE_MIN_MTU,          INT,         READ_WRITE, "rfc3542");
    public static final SockOpt<Boolean> IPV6_2292DSTOPTS          = option(IPPROTO_IPV6, Const.IPV6_2292DSTOPTS,          BOOL,        READ_WRITE, "rfc2292");
    public static final SockOpt<Boolean> IPV6_2292HOPLIMIT         = option(IPPROTO_IPV6, Const.IPV6_2292HOPLIMIT,         BOOL,        READ_WRITE, "rfc2292");
    public static final SockOpt<Boolean> IPV6_2292HOPOPTS          = option(IPPROTO_IPV6, Const.IPV6_2292HOPOPTS,          BOOL,        READ_WRITE, "rfc2292");
    public static final SockOpt<Boolean> IPV6_2292PKTINFO          = option(IPPROTO_IPV6, Const.IPV6_2292PKTINFO,          BOOL,        READ_WRITE, "rfc2292");
    public static final SockOpt<Boolean> IPV6_2292RTHDR            = option(IPPROTO_IPV6, Const.IPV6_2292RTHDR,            BOOL,        READ_WRITE, "rfc2292");

    // IPPROTO_TCP. All systems
    public static final SockOpt<Boolean> TCP_NODELAY              = option(IPPROTO_TCP, Const.TCP_NODELAY,              BOOL,          READ_WRITE,  "tcp(7)",                StandardSocketOptions.TCP_NODELAY);
    public static final SockOpt<Integer> TCP_MAXSEG               = option(IPPROTO_TCP, Const.TCP_MAXSEG,               BYTES,         READ_WRITE,  "tcp(7)");
    public static final SockOpt<Raw>     TCP_CC_INFO              = option(IPPROTO_TCP, Const.TCP_CC_INFO,              STRUCT,        READ_ONLY,   "linux/tcp.h", "4.1");
    public static final SockOpt<String>  TCP_CONGESTION           = option(IPPROTO_TCP, Const.TCP_CONGESTION,           ALGORITHM,     READ_WRITE,  "tcp(7)");
    public static final SockOpt<Integer> TCP_CONNECTIONTIMEOUT    = option(IPPROTO_TCP, Const.TCP_CONNECTIONTIMEOUT,    SECONDS,       READ_WRITE,  "tcp(4) (XNU)");
    public static final SockOpt<Raw>     TCP_CONNECTION_INFO      = option(IPPROTO_TCP, Const.TCP_CONNECTION_INFO,      STRUCT,        READ_ONLY,   "netinet/tcp.h (XNU)");
    public static final SockOpt<Boolean> TCP_CORK                 = option(IPPROTO_TCP, Const.TCP_CORK,                 BOOL,          READ_WRITE,  "tcp(7)");
    public static final SockOpt<Integer> TCP_DEFER_ACCEPT         = option(IPPROTO_TCP, Const.TCP_DEFER_ACCEPT,         SECONDS,       READ_WRITE,  "tcp(7)");
    public static final SockOpt<Integer> TCP_DELACK_MAX_US        = option(IPPROTO_TCP, Const.TCP_DELACK_MAX_US,        MICROS,        READ_WRITE,  "linux/tcp.h", "6.15");
    public static final SockOpt<Integer> TCP_ENABLE_ECN           = option(IPPROTO_TCP, Const.TCP_ENABLE_ECN,           INT,           READ_WRITE,  "tcp(4) (XNU)");
    public static final SockOpt<Integer> TCP_FASTOPEN             = option(IPPROTO_TCP, Const.TCP_FASTOPEN,             INT,           READ_WRITE,  "tcp(7)",      "3.7");
    public static final SockOpt<Boolean> TCP_FASTOPEN_CONNECT     = option(IPPROTO_TCP, Const.TCP_FASTOPEN_CONNECT,     BOOL,          READ_WRITE,  "tcp(7)",      "4.11");
    public static final SockOpt<Raw>     TCP_FASTOPEN_KEY         = option(IPPROTO_TCP, Const.TCP_FASTOPEN_KEY,         STRUCT,        READ_WRITE,  "linux/tcp.h", "4.15");
    public static final SockOpt<Boolean> TCP_FASTOPEN_NO_COOKIE   = option(IPPROTO_TCP, Const.TCP_FASTOPEN_NO_COOKIE,   BOOL,          READ_WRITE,  "linux/tcp.h", "4.15");
    public static final SockOpt<TcpInfo> TCP_INFO                 = option(IPPROTO_TCP, Const.TCP_INFO,                 INFO,          READ_ONLY,   "tcp(7)");
    public static final SockOpt<Boolean> TCP_INQ                  = option(IPPROTO_TCP, Const.TCP_INQ,                  BOOL,          READ_WRITE,  "linux/tcp.h", "4.18");
    public static final SockOpt<Boolean> TCP_IS_MPTCP             = option(IPPROTO_TCP, Const.TCP_IS_MPTCP,             BOOL,          READ_ONLY,   "linux/tcp.h", "6.10");
    public static final SockOpt<Integer> TCP_KEEPALIVE            = option(IPPROTO_TCP, Const.TCP_KEEPALIVE,            SECONDS,       READ_WRITE,  "tcp(4) (XNU)");
    public static final SockOpt<Integer> TCP_KEEPCNT              = option(IPPROTO_TCP, Const.TCP_KEEPCNT,              INT,           READ_WRITE,  "tcp(7)",                ExtendedSocketOptions.TCP_KEEPCOUNT);
    public static final SockOpt<Integer> TCP_KEEPIDLE             = option(IPPROTO_TCP, Const.TCP_KEEPIDLE,             KEEP_TIME,     READ_WRITE,  "tcp(7)",                ExtendedSocketOptions.TCP_KEEPIDLE);
    public static final SockOpt<Integer> TCP_KEEPINIT             = option(IPPROTO_TCP, Const.TCP_KEEPINIT,             KEEP_TIME,     READ_WRITE,  "tcp(4) (FreeBSD)");
    public static final SockOpt<Integer> TCP_KEEPINTVL            = option(IPPROTO_TCP, Const.TCP_KEEPINTVL,            KEEP_TIME,     READ_WRITE,  "tcp(7)",                ExtendedSocketOptions.TCP_KEEPINTERVAL);
    public static final SockOpt<Integer> TCP_LINGER2              = option(IPPROTO_TCP, Const.TCP_LINGER2,              SECONDS,       READ_WRITE,  "tcp(7)");
    public static final SockOpt<Boolean> TCP_NOOPT                = option(IPPROTO_TCP, Const.TCP_NOOPT,                BOOL,          READ_WRITE,  "tcp(4) (FreeBSD)");
    public static final SockOpt<Boolean> TCP_NOPUSH               = option(IPPROTO_TCP, Const.TCP_NOPUSH,               BOOL,          READ_WRITE,  "tcp(4) (FreeBSD)");
    public static final SockOpt<Long>    TCP_NOTSENT_LOWAT        = option(IPPROTO_TCP, Const.TCP_NOTSENT_LOWAT,        U_BYTES,       READ_WRITE,  "linux/tcp.h", "3.12");
    public static final SockOpt<Boolean> TCP_QUICKACK             = option(IPPROTO_TCP, Const.TCP_QUICKACK,             BOOL,          READ_WRITE,  "tcp(7)",                ExtendedSocketOptions.TCP_QUICKACK);
    public static final SockOpt<Long>    TCP_QUEUE_SEQ            = option(IPPROTO_TCP, Const.TCP_QUEUE_SEQ,            UNSIGNED_INT,  READ_WRITE,  "linux/tcp.h", "3.5");
    public static final SockOpt<Integer> TCP_REPAIR               = option(IPPROTO_TCP, Const.TCP_REPAIR,               INT,           READ_WRITE,  "linux/tcp.h", "3.5");
    public static final SockOpt<Integer> TCP_REPAIR_QUEUE         = option(IPPROTO_TCP, Const.TCP_REPAIR_QUEUE,         INT,           READ_WRITE,  "linux/tcp.h", "3.5");
    public static final SockOpt<Raw>     TCP_REPAIR_WINDOW        = option(IPPROTO_TCP, Const.TCP_REPAIR_WINDOW,        REPAIR_WINDOW, READ_WRITE,  "linux/tcp.h", "4.8");
    public static final SockOpt<Integer> TCP_RTO_MAX_MS           = option(IPPROTO_TCP, Const.TCP_RTO_MAX_MS,           MILLIS,        READ_WRITE,  "linux/tcp.h", "6.15");
    public static final SockOpt<Integer> TCP_RTO_MIN_US           = option(IPPROTO_TCP, Const.TCP_RTO_MIN_US,           MICROS,        READ_WRITE,  "linux/tcp.h", "6.15");
    public static final SockOpt<Integer> TCP_RXT_CONNDROPTIME     = option(IPPROTO_TCP, Const.TCP_RXT_CONNDROPTIME,     SECONDS,       READ_WRITE,  "netinet/tcp.h (XNU)");
    public static final SockOpt<Boolean> TCP_RXT_FINDROP          = option(IPPROTO_TCP, Const.TCP_RXT_FINDROP,          BOOL,          READ_WRITE,  "netinet/tcp.h (XNU)");
    public static final SockOpt<Raw>     TCP_SAVED_SYN            = option(IPPROTO_TCP, Const.TCP_SAVED_SYN,            STRUCT,        READ_CLEARS, "tcp(7)",      "4.2");
    public static final SockOpt<Integer> TCP_SAVE_SYN             = option(IPPROTO_TCP, Const.TCP_SAVE_SYN,             INT,           READ_WRITE,  "tcp(7)",      "4.2");
    public static final SockOpt<Integer> TCP_SENDMOREACKS         = option(IPPROTO_TCP, Const.TCP_SENDMOREACKS,         INT,           READ_WRITE,  "tcp(4) (XNU)");
    public static final SockOpt<Integer> TCP_SYNCNT               = option(IPPROTO_TCP, Const.TCP_SYNCNT,               INT,           READ_WRITE,  "tcp(7)");
    public static final SockOpt<Boolean> TCP_THIN_DUPACK          = option(IPPROTO_TCP, Const.TCP_THIN_DUPACK,          BOOL,          READ_WRITE,  "linux/tcp.h", "2.6.34");
    public static final SockOpt<Boolean> TCP_THIN_LINEAR_TIMEOUTS = option(IPPROTO_TCP, Const.TCP_THIN_LINEAR_TIMEOUTS, BOOL,          READ_WRITE,  "linux/tcp.h", "2.6.34");
    public static final SockOpt<Long>    TCP_TIMESTAMP            = option(IPPROTO_TCP, Const.TCP_TIMESTAMP,            UNSIGNED_INT,  READ_WRITE,  "linux/tcp.h", "3.9");
    public static final SockOpt<Integer> TCP_TX_DELAY             = option(IPPROTO_TCP, Const.TCP_TX_DELAY,             MICROS,        READ_WRITE,  "linux/tcp.h", "5.3");
    public static final SockOpt<String>  TCP_ULP                  = option(IPPROTO_TCP, Const.TCP_ULP,                  ALGORITHM,     READ_WRITE,  "linux/tcp.h", "4.13");
    public static final SockOpt<Long>    TCP_USER_TIMEOUT         = option(IPPROTO_TCP, Const.TCP_USER_TIMEOUT,         U_MILLIS,      READ_WRITE,  "tcp(7)",      "2.6.37");
    public static final SockOpt<Integer> TCP_WINDOW_CLAMP         = option(IPPROTO_TCP, Const.TCP_WINDOW_CLAMP,         BYTES,         READ_WRITE,  "tcp(7)");

    // IPPROTO_UDP. All systems
    public static final SockOpt<Boolean> UDP_CORK         = option(IPPROTO_UDP, Const.UDP_CORK,         BOOL,  READ_WRITE, "udp(7)");
    public static final SockOpt<Integer> UDP_ENCAP        = option(IPPROTO_UDP, Const.UDP_ENCAP,        INT,   READ_WRITE, "linux/udp.h");
    public static final SockOpt<Boolean> UDP_GRO          = option(IPPROTO_UDP, Const.UDP_GRO,          BOOL,  READ_WRITE, "udp(7)",      "5.0");
    public static final SockOpt<Boolean> UDP_NOCKSUM      = option(IPPROTO_UDP, Const.UDP_NOCKSUM,      BOOL,  READ_WRITE, "netinet/udp.h (XNU)");
    public static final SockOpt<Boolean> UDP_NO_CHECK6_RX = option(IPPROTO_UDP, Const.UDP_NO_CHECK6_RX, BOOL,  READ_WRITE, "linux/udp.h", "3.16");
    public static final SockOpt<Boolean> UDP_NO_CHECK6_TX = option(IPPROTO_UDP, Const.UDP_NO_CHECK6_TX, BOOL,  READ_WRITE, "linux/udp.h", "3.16");
    public static final SockOpt<Integer> UDP_SEGMENT      = option(IPPROTO_UDP, Const.UDP_SEGMENT,      BYTES, READ_WRITE, "udp(7)",      "4.18");

    // spotless:on

    /** What setting one takes beside a socket, where anybody knows: socket(7), ip(7), tcp(7), and their systems' sources. */
    private static final class Privileges {
        static final Map<Const, String> BY_OPTION = Map.ofEntries(
                Map.entry(Const.SO_DEBUG, "CAP_NET_ADMIN on Linux, to switch it on"),
                Map.entry(Const.SO_MARK, "CAP_NET_ADMIN, or CAP_NET_RAW since Linux 5.17"),
                Map.entry(Const.SO_PRIORITY, "CAP_NET_ADMIN, or CAP_NET_RAW since Linux 5.17, outside of 0 to 6"),
                Map.entry(Const.SO_RCVBUFFORCE, "CAP_NET_ADMIN"),
                Map.entry(Const.SO_SNDBUFFORCE, "CAP_NET_ADMIN"),
                Map.entry(Const.SO_BUSY_POLL, "CAP_NET_ADMIN for more than it is, before Linux 6.4"),
                Map.entry(Const.SO_BUSY_POLL_BUDGET, "CAP_NET_ADMIN for more than it is"),
                Map.entry(Const.SO_PREFER_BUSY_POLL, "CAP_NET_ADMIN to switch it on"),
                Map.entry(
                        Const.SO_BINDTODEVICE,
                        "CAP_NET_RAW before Linux 5.7, and since then once the socket has a device"),
                Map.entry(
                        Const.SO_BINDTOIFINDEX,
                        "CAP_NET_RAW before Linux 5.7, and since then once the socket has a device"),
                Map.entry(Const.SO_ATTACH_FILTER, "CAP_NET_ADMIN on a TCP socket, in kernels since 2026"),
                Map.entry(Const.SO_TXTIME, "CAP_NET_ADMIN for another clock than CLOCK_MONOTONIC"),
                Map.entry(Const.IP_OPTIONS, "CAP_NET_RAW for a source route, in kernels of Linux since 2026"),
                Map.entry(Const.IP_TRANSPARENT, "CAP_NET_ADMIN or CAP_NET_RAW, to switch it on"),
                Map.entry(Const.IPV6_TRANSPARENT, "CAP_NET_ADMIN or CAP_NET_RAW, to switch it on"),
                Map.entry(Const.IPV6_HOPOPTS, "CAP_NET_RAW on Linux"),
                Map.entry(Const.IPV6_DSTOPTS, "CAP_NET_RAW on Linux"),
                Map.entry(Const.IPV6_RTHDRDSTOPTS, "CAP_NET_RAW on Linux"),
                Map.entry(Const.TCP_REPAIR, "CAP_NET_ADMIN"),
                Map.entry(
                        Const.TCP_CONGESTION,
                        "CAP_NET_ADMIN for what net.ipv4.tcp_allowed_congestion_control does not name"),
                Map.entry(Const.SO_BINDANY, "root"),
                Map.entry(Const.SO_RTABLE, "root, unless it is the process's own"),
                Map.entry(Const.IP_BINDANY, "PRIV_NETINET_BINDANY, as root has it"));
    }

    private SockOpts() {}

    /** Returns the whole table, in its order. */
    public static List<SockOpt<?>> all() {
        return Collections.unmodifiableList(TABLE);
    }

    /** Returns what setting an option takes beside a socket; empty if nothing, or if nobody has looked. */
    public static Optional<String> privilege(SockOpt<?> option) {
        return Optional.ofNullable(Privileges.BY_OPTION.get(option.option()));
    }

    /** Finds an option by its C name. */
    public static Optional<SockOpt<?>> named(String name) {
        return TABLE.stream().filter(option -> option.name().equals(name)).findFirst();
    }

    /** Finds an option by what it goes by on a platform: two numbers, or C names. */
    static Optional<SockOpt<?>> at(Platform platform, Symbol level, Symbol name) {
        return TABLE.stream()
                .filter(option -> same(platform, option.level(), level) && same(platform, option.option(), name))
                .findFirst();
    }

    private static boolean same(Platform platform, Symbol row, Symbol typed) {
        return row == typed
                || row.definedOn(platform) && typed.definedOn(platform) && row.on(platform) == typed.on(platform);
    }

    private static <T> SockOpt<T> option(Const level, Const name, Codec<T> codec, Access access, String page) {
        return option(level, name, codec, access, page, "");
    }

    private static <T> SockOpt<T> option(
            Const level, Const name, Codec<T> codec, Access access, String page, String since) {
        return add(new SockOpt<>(level, name, codec, access, page, since, Optional.empty()));
    }

    private static <T> SockOpt<T> option(
            Const level, Const name, Codec<T> codec, Access access, String page, SocketOption<?> twin) {
        return option(level, name, codec, access, page, "", twin);
    }

    private static <T> SockOpt<T> option(
            Const level, Const name, Codec<T> codec, Access access, String page, String since, SocketOption<?> twin) {
        return add(new SockOpt<>(level, name, codec, access, page, since, Optional.of(twin)));
    }

    private static <T> SockOpt<T> add(SockOpt<T> option) {
        TABLE.add(option);
        return option;
    }
}
