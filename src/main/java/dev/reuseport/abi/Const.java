package dev.reuseport.abi;

import static dev.reuseport.abi.Cell.NO;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/**
 * The number of a C symbol on every platform: a row per symbol, a column per {@link Platform}.
 *
 * <p>A row is a C symbol and not a meaning: where two systems call one thing by two names there are two rows. A cell is
 * what the headers of that system say; {@code NO} means that they are known to lack the symbol, and a cell that nobody
 * has looked up does not compile. The headers gone by are those of Linux 7.2, macOS 26.4, FreeBSD 15, OpenBSD 7.8,
 * NetBSD 10.1, and of DragonFly and illumos as far as they could be read; an older kernel may refuse a symbol that its
 * column has. Sources, disagreements between them and how to add a row: {@code native-notes/numbers.md}.
 *
 * <p>A row of an option holds its name alone. The level at which the name means that option is the prefix of the group:
 * {@code SO_} at SOL_SOCKET, {@code IP_} and {@code MCAST_} at IPPROTO_IP, {@code IPV6_} and {@code MCAST_} at
 * IPPROTO_IPV6, {@code TCP_} at IPPROTO_TCP, {@code UDP_} at IPPROTO_UDP.
 */
public enum Const implements Symbol {
    // spotless:off
    // Address families
    //          LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    AF_UNSPEC (    0,    0,     0,     0,      0,       0,      0,       0,       0,      0,         0,       0),
    AF_UNIX   (    1,    1,     1,     1,      1,       1,      1,       1,       1,      1,         1,       1),
    AF_INET   (    2,    2,     2,     2,      2,       2,      2,       2,       2,      2,         2,       2),
    AF_INET6  (   10,   10,    10,    10,     10,      10,     30,      28,      24,     24,        28,      26),
    AF_NETLINK(   16,   16,    16,    16,     16,      16,     NO,      38,      NO,     NO,        NO,      NO), // FreeBSD 13.2, without NETLINK_SOCK_DIAG

    // Socket types, and the flags that socket and accept4 take with them
    //               LINUX     MIPS     SPARC       ALPHA      PARISC  POWERPC  DARWIN     FREEBSD  OPENBSD      NETBSD   DRAGONFLY   ILLUMOS
    SOCK_STREAM  (      1,       2,        1,          1,          1,       1,      1,          1,       1,          1,          1,        2), // 1 is a datagram socket on mips and illumos
    SOCK_DGRAM   (      2,       1,        2,          2,          2,       2,      2,          2,       2,          2,          2,        1),
    SOCK_RAW     (      3,       3,        3,          3,          3,       3,      3,          3,       3,          3,          3,        4),
    SOCK_NONBLOCK(  0x800,    0x80,   0x4000, 0x40000000, 0x40000000,   0x800,     NO, 0x20000000,  0x4000, 0x20000000, 0x20000000, 0x100000),
    SOCK_CLOEXEC (0x80000, 0x80000, 0x400000,   0x200000,   0x200000, 0x80000,     NO, 0x10000000,  0x8000, 0x10000000, 0x10000000,  0x80000),

    // Levels
    //            LINUX    MIPS   SPARC   ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    SOL_SOCKET  (    1, 0xffff, 0xffff, 0xffff, 0xffff,       1, 0xffff,  0xffff,  0xffff, 0xffff,    0xffff,  0xffff),
    IPPROTO_IP  (    0,      0,      0,      0,      0,       0,      0,       0,       0,      0,         0,       0),
    IPPROTO_IPV6(   41,     41,     41,     41,     41,      41,     41,      41,      41,     41,        41,      41),
    IPPROTO_TCP (    6,      6,      6,      6,      6,       6,      6,       6,       6,      6,         6,       6),
    IPPROTO_UDP (   17,     17,     17,     17,     17,      17,     17,      17,      17,     17,        17,      17),

    // Another protocol of SOCK_STREAM sockets that TCP's options are for
    //            LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    IPPROTO_MPTCP(  262,  262,   262,   262,    262,     262,     NO,      NO,      NO,     NO,        NO,      NO), // Linux 5.6; not a byte of an IP header

    // SOL_SOCKET: everywhere, or nearly
    //                LINUX    MIPS   SPARC   ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    SO_REUSEADDR    (    2,      4,      4,      4,      4,       2,      4,       4,       4,      4,         4,       4),
    SO_REUSEPORT    (   15,  0x200,  0x200,  0x200,  0x200,      15,  0x200,   0x200,   0x200,  0x200,     0x200,      NO),
    SO_REUSEPORT_LB (   NO,     NO,     NO,     NO,     NO,      NO,     NO, 0x10000,      NO,     NO,        NO,      NO), // FreeBSD 12
    SO_REUSESHAREUID(   NO,     NO,     NO,     NO,     NO,      NO, 0x1025,      NO,      NO,     NO,        NO,      NO),
    SO_EXCLBIND     (   NO,     NO,     NO,     NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,  0x1015), // illumos: the opposite wish, nobody may share the port
    SO_ACCEPTCONN   (   30, 0x1009, 0x8000, 0x1014, 0x401c,      30,      2,       2,       2,      2,         2,       2), // macOS, OpenBSD and DragonFly define it and refuse to read it: ENOPROTOOPT
    SO_BROADCAST    (    6,     32,     32,     32,     32,       6,     32,      32,      32,     32,        32,      32),
    SO_DEBUG        (    1,      1,      1,      1,      1,       1,      1,       1,       1,      1,         1,       1),
    SO_DOMAIN       (   39, 0x1029, 0x1029, 0x1029, 0x1029,      39,     NO,  0x1019,  0x1024,     NO,        NO,  0x100c),
    SO_DONTROUTE    (    5,     16,     16,     16,     16,       5,     16,      16,      16,     16,        16,      16),
    SO_ERROR        (    4, 0x1007, 0x1007, 0x1007, 0x1007,       4, 0x1007,  0x1007,  0x1007, 0x1007,    0x1007,  0x1007),
    SO_KEEPALIVE    (    9,      8,      8,      8,      8,       9,      8,       8,       8,      8,         8,       8),
    SO_LINGER       (   13,   0x80,   0x80,   0x80,   0x80,      13,   0x80,    0x80,    0x80,   0x80,      0x80,    0x80), // macOS counts ticks, all others seconds; seconds there: SO_LINGER_SEC
    SO_LINGER_SEC   (   NO,     NO,     NO,     NO,     NO,      NO, 0x1080,      NO,      NO,     NO,        NO,      NO),
    SO_NOSIGPIPE    (   NO,     NO,     NO,     NO,     NO,      NO, 0x1022,   0x800,      NO,  0x800,     0x800,      NO),
    SO_OOBINLINE    (   10,  0x100,  0x100,  0x100,  0x100,      10,  0x100,   0x100,   0x100,  0x100,     0x100,   0x100),
    SO_PROTOCOL     (   38, 0x1028, 0x1028, 0x1028, 0x1028,      38,     NO,  0x1016,  0x1025,     NO,        NO,      NO),
    SO_PROTOTYPE    (   NO,     NO,     NO,     NO,     NO,      NO,     NO,  0x1016,      NO,     NO,        NO,  0x1009), // the SunOS name of SO_PROTOCOL
    SO_RCVBUF       (    8, 0x1002, 0x1002, 0x1002, 0x1002,       8, 0x1002,  0x1002,  0x1002, 0x1002,    0x1002,  0x1002),
    SO_RCVLOWAT     (   18, 0x1004,  0x800, 0x1010, 0x1004,      16, 0x1004,  0x1004,  0x1004, 0x1004,    0x1004,  0x1004),
    SO_RCVTIMEO     (   20, 0x1006, 0x2000, 0x1012, 0x1006,      18, 0x1006,  0x1006,  0x1006, 0x100c,    0x1006,  0x1006), // Linux: the _OLD number, which goes with a timeval of two longs on every word size
    SO_SNDBUF       (    7, 0x1001, 0x1001, 0x1001, 0x1001,       7, 0x1001,  0x1001,  0x1001, 0x1001,    0x1001,  0x1001),
    SO_SNDLOWAT     (   19, 0x1003, 0x1000, 0x1011, 0x1003,      17, 0x1003,  0x1003,  0x1003, 0x1003,    0x1003,  0x1003),
    SO_SNDTIMEO     (   21, 0x1005, 0x4000, 0x1013, 0x1005,      19, 0x1005,  0x1005,  0x1005, 0x100b,    0x1005,  0x1005), // as SO_RCVTIMEO
    SO_TIMESTAMP    (   29,     29,     29,     29, 0x4012,      29,  0x400,   0x400,   0x800, 0x2000,     0x400,  0x1013),
    SO_TYPE         (    3, 0x1008, 0x1008, 0x1008, 0x1008,       3, 0x1008,  0x1008,  0x1008, 0x1008,    0x1008,  0x1008),
    SO_USELOOPBACK  (   NO,     NO,     NO,     NO,     NO,      NO,     64,      64,      64,     64,        64,      64),

    // SOL_SOCKET: Linux
    //                                LINUX  MIPS   SPARC   ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY     ILLUMOS
    SO_ATTACH_BPF                   (   50,   50,     52,     50, 0x402b,      50,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_ATTACH_FILTER                (   26,   26,     26,     26, 0x401a,      26,     NO,      NO,      NO,     NO,        NO, 0x40000001),
    SO_ATTACH_REUSEPORT_CBPF        (   51,   51,     53,     51, 0x402c,      51,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_ATTACH_REUSEPORT_EBPF        (   52,   52,     54,     52, 0x402d,      52,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BINDTODEVICE                 (   25,   25,     13,     25, 0x4019,      25, 0x1134,      NO,      NO,     NO,        NO,         NO), // macOS: not in older headers
    SO_BINDTOIFINDEX                (   62,   62,     65,     62, 0x4037,      62,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BPF_EXTENSIONS               (   48,   48,     50,     48, 0x4029,      48,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BSDCOMPAT                    (   14,   14,  0x400,     14, 0x400e,      14,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BUF_LOCK                     (   72,   72,     81,     72, 0x4046,      72,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BUSY_POLL                    (   46,   46,     48,     46, 0x4027,      46,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_BUSY_POLL_BUDGET             (   70,   70,     73,     70, 0x4044,      70,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_CNX_ADVICE                   (   53,   53,     55,     53, 0x402e,      53,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_COOKIE                       (   57,   57,     59,     57, 0x4032,      57,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_DETACH_BPF                   (   27,   27,     27,     27, 0x401b,      27,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_DETACH_FILTER                (   27,   27,     27,     27, 0x401b,      27,     NO,      NO,      NO,     NO,        NO, 0x40000002),
    SO_DETACH_REUSEPORT_BPF         (   68,   68,     71,     68, 0x4042,      68,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_DEVMEM_DMABUF                (   79,   79,     88,     79, 0x404f,      79,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_DEVMEM_DONTNEED              (   80,   80,     89,     80, 0x4050,      80,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_DEVMEM_LINEAR                (   78,   78,     87,     78, 0x404e,      78,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_GET_FILTER                   (   26,   26,     26,     26, 0x401a,      26,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_INCOMING_CPU                 (   49,   49,     51,     49, 0x402a,      49,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_INCOMING_NAPI_ID             (   56,   56,     58,     56, 0x4031,      56,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_INQ                          (   84,   84,     93,     84, 0x4052,      84,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_LOCK_FILTER                  (   44,   44,     40,     44, 0x4025,      44,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_MARK                         (   36,   36,     34,     36, 0x401f,      36,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_MAX_PACING_RATE              (   47,   47,     49,     47, 0x4028,      47,     NO,  0x1018,      NO,     NO,        NO,         NO),
    SO_MEMINFO                      (   55,   55,     57,     55, 0x4030,      55,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_NETNS_COOKIE                 (   71,   71,     80,     71, 0x4045,      71,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_NOFCS                        (   43,   43,     39,     43, 0x4024,      43,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_NO_CHECK                     (   11,   11,     11,     11, 0x400b,      11,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PASSCRED                     (   16,   17,      2,     17, 0x4010,      20,     NO,      NO,      NO,     NO,    0x4000,         NO),
    SO_PASSPIDFD                    (   76,   76,     85,     76, 0x404a,      76,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PASSRIGHTS                   (   83,   83,     92,     83, 0x4051,      83,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PASSSEC                      (   34,   34,     31,     34, 0x401e,      34,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PEEK_OFF                     (   42,   42,     38,     42, 0x4023,      42,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PEERCRED                     (   17,   18,     64,     18, 0x4011,      21,     NO,      NO,  0x1022,     NO,        NO,         NO),
    SO_PEERGROUPS                   (   59,   59,     61,     59, 0x4034,      59,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PEERNAME                     (   28,   28,     28,     28, 0x2000,      28,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PEERPIDFD                    (   77,   77,     86,     77, 0x404b,      77,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PEERSEC                      (   31,   30,     30,     30, 0x401d,      31,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PREFER_BUSY_POLL             (   69,   69,     72,     69, 0x4043,      69,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_PRIORITY                     (   12,   12,     12,     12, 0x400c,      12,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_RCVBUFFORCE                  (   33,   33, 0x100b, 0x100b, 0x100b,      33,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_RCVMARK                      (   75,   75,     84,     75, 0x4049,      75,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_RCVPRIORITY                  (   82,   82,     91,     82, 0x404d,      82,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_RCVTIMEO_NEW                 (   66,   66,     68,     66, 0x4040,      66,     NO,      NO,      NO,     NO,        NO,         NO), // a timeval of 8+8 bytes; socket(7), Linux 5.1
    SO_RESERVE_MEM                  (   73,   73,     82,     73, 0x4047,      73,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_RXQ_OVFL                     (   40,   40,     36,     40, 0x4021,      40,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SECURITY_AUTHENTICATION      (   22,   22, 0x5001,     19, 0x4016,      22,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SECURITY_ENCRYPTION_NETWORK  (   24,   24, 0x5004,     21, 0x4018,      24,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SECURITY_ENCRYPTION_TRANSPORT(   23,   23, 0x5002,     20, 0x4017,      23,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SELECT_ERR_QUEUE             (   45,   45,     41,     45, 0x4026,      45,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SNDBUFFORCE                  (   32,   31, 0x100a, 0x100a, 0x100a,      32,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_SNDTIMEO_NEW                 (   67,   67,     69,     67, 0x4041,      67,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TIMESTAMPING                 (   37,   37,     35,     37, 0x4020,      37,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TIMESTAMPING_NEW             (   65,   65,     67,     65, 0x403a,      65,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TIMESTAMPNS                  (   35,   35,     33,     35, 0x4013,      35,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TIMESTAMPNS_NEW              (   64,   64,     66,     64, 0x4039,      64,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TIMESTAMP_NEW                (   63,   63,     70,     63, 0x4038,      63,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TXREHASH                     (   74,   74,     83,     74, 0x4048,      74,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_TXTIME                       (   61,   61,     63,     61, 0x4036,      61,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_WIFI_STATUS                  (   41,   41,     37,     41, 0x4022,      41,     NO,      NO,      NO,     NO,        NO,         NO),
    SO_ZEROCOPY                     (   60,   60,     62,     60, 0x4035,      60,     NO,      NO,      NO,     NO,        NO,         NO),

    // SOL_SOCKET: macOS
    //                       LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    SO_DONTTRUNC           (   NO,   NO,    NO,    NO,     NO,      NO, 0x2000,      NO,      NO,     NO,        NO,      NO),
    SO_LABEL               (   NO,   NO,    NO,    NO,     NO,      NO, 0x1010,  0x1009,      NO,     NO,        NO,      NO),
    SO_NETSVC_MARKING_LEVEL(   NO,   NO,    NO,    NO,     NO,      NO, 0x1119,      NO,      NO,     NO,        NO,      NO),
    SO_NET_SERVICE_TYPE    (   NO,   NO,    NO,    NO,     NO,      NO, 0x1116,      NO,      NO,     NO,        NO,      NO),
    SO_NKE                 (   NO,   NO,    NO,    NO,     NO,      NO, 0x1021,      NO,      NO,     NO,        NO,      NO),
    SO_NOADDRERR           (   NO,   NO,    NO,    NO,     NO,      NO, 0x1023,      NO,      NO,     NO,        NO,      NO),
    SO_NOTIFYCONFLICT      (   NO,   NO,    NO,    NO,     NO,      NO, 0x1026,      NO,      NO,     NO,        NO,      NO),
    SO_NP_EXTENSIONS       (   NO,   NO,    NO,    NO,     NO,      NO, 0x1083,      NO,      NO,     NO,        NO,      NO),
    SO_NREAD               (   NO,   NO,    NO,    NO,     NO,      NO, 0x1020,      NO,      NO,     NO,        NO,      NO),
    SO_NUMRCVPKT           (   NO,   NO,    NO,    NO,     NO,      NO, 0x1112,      NO,      NO,     NO,        NO,      NO),
    SO_NWRITE              (   NO,   NO,    NO,    NO,     NO,      NO, 0x1024,      NO,      NO,     NO,        NO,      NO),
    SO_PEERLABEL           (   NO,   NO,    NO,    NO,     NO,      NO, 0x1011,  0x1010,      NO,     NO,        NO,      NO),
    SO_RANDOMPORT          (   NO,   NO,    NO,    NO,     NO,      NO, 0x1082,      NO,      NO,     NO,        NO,      NO),
    SO_RESOLVER_SIGNATURE  (   NO,   NO,    NO,    NO,     NO,      NO, 0x1131,      NO,      NO,     NO,        NO,      NO),
    SO_TIMESTAMP_MONOTONIC (   NO,   NO,    NO,    NO,     NO,      NO,  0x800,      NO,      NO,     NO,        NO,      NO),
    SO_UPCALLCLOSEWAIT     (   NO,   NO,    NO,    NO,     NO,      NO, 0x1027,      NO,      NO,     NO,        NO,      NO),
    SO_WANTMORE            (   NO,   NO,    NO,    NO,     NO,      NO, 0x4000,      NO,      NO,     NO,        NO,      NO),
    SO_WANTOOBFLAG         (   NO,   NO,    NO,    NO,     NO,      NO, 0x8000,      NO,      NO,     NO,        NO,      NO),

    // SOL_SOCKET: the BSDs and illumos
    //                LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    SO_ACCEPTFILTER (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1000,      NO, 0x1000,    0x1000,      NO),
    SO_BINDANY      (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,  0x1000,     NO,        NO,      NO),
    SO_BINTIME      (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x2000,      NO,     NO,        NO,      NO),
    SO_CPUHINT      (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,    0x1030,      NO),
    SO_LISTENINCQLEN(   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1013,      NO,     NO,        NO,      NO),
    SO_LISTENQLEN   (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1012,      NO,     NO,        NO,      NO),
    SO_LISTENQLIMIT (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1011,      NO,     NO,        NO,      NO),
    SO_NO_DDP       (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x8000,      NO,     NO,        NO,      NO),
    SO_NO_OFFLOAD   (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x4000,      NO,     NO,        NO,      NO),
    SO_RERROR       (   NO,   NO,    NO,    NO,     NO,      NO,     NO, 0x20000,      NO, 0x4000,    0x2000,      NO),
    SO_RTABLE       (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,  0x1021,     NO,        NO,      NO),
    SO_SETFIB       (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1014,      NO,     NO,        NO,      NO),
    SO_SNDSPACE     (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,    0x100a,      NO),
    SO_SPLICE       (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1023,  0x1023,     NO,        NO,      NO), // OpenBSD and FreeBSD 15: sockets joined in the kernel
    SO_TS_CLOCK     (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x1017,      NO,     NO,        NO,      NO),
    SO_ALLZONES     (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,  0x1014),
    SO_DGRAM_ERRIND (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,   0x200),
    SO_RCVPSH       (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,  0x100d),
    SO_RECVUCRED    (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,   0x400),

    // SOL_SOCKET: Windows, which has no column. Its number is ~SO_REUSEADDR, -5 (winsock2.h)
    //                   LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    SO_EXCLUSIVEADDRUSE(   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        NO,      NO), // so that a case can name it

    // IPPROTO_IP
    //                         LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    IP_TOS                   (    1,    1,     1,     1,      1,       1,      3,       3,       3,      3,         3,       3),
    IP_TTL                   (    2,    2,     2,     2,      2,       2,      4,       4,       4,      4,         4,       4),
    IP_HDRINCL               (    3,    3,     3,     3,      3,       3,      2,       2,       2,      2,         2,       2),
    IP_OPTIONS               (    4,    4,     4,     4,      4,       4,      1,       1,       1,      1,         1,       1),
    IP_RECVOPTS              (    6,    6,     6,     6,      6,       6,      5,       5,       5,      5,         5,       5),
    IP_RECVRETOPTS           (    7,    7,     7,     7,      7,       7,      6,       6,       6,      6,         6,       6),
    IP_RETOPTS               (    7,    7,     7,     7,      7,       7,      8,       8,       8,      8,         8,       8),
    IP_RECVTOS               (   13,   13,    13,    13,     13,      13,     27,      68,      NO,     NO,        68,      12),
    IP_RECVTTL               (   12,   12,    12,    12,     12,      12,     24,      65,      31,     23,        65,      11),
    IP_RECVIF                (   NO,   NO,    NO,    NO,     NO,      NO,     20,      20,      30,     20,        20,       9),
    IP_RECVDSTADDR           (   NO,   NO,    NO,    NO,     NO,      NO,      7,       7,       7,      7,         7,       7),
    IP_SENDSRCADDR           (   NO,   NO,    NO,    NO,     NO,      NO,     NO,       7,       7,      7,         7,      NO),
    IP_PKTINFO               (    8,    8,     8,     8,      8,       8,     26,      NO,      NO,     25,        NO,      26),
    IP_RECVPKTINFO           (   NO,   NO,    NO,    NO,     NO,      NO,     26,      NO,      NO,     26,        NO,      26),
    IP_PKTOPTIONS            (    9,    9,     9,     9,      9,       9,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_MINTTL                (   21,   21,    21,    21,     21,      21,     NO,      66,      32,     24,        66,      28),
    IP_DONTFRAG              (   NO,   NO,    NO,    NO,     NO,      NO,     28,      67,      NO,     NO,        NO,      27),
    IP_MTU                   (   14,   14,    14,    14,     14,      14,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_MTU_DISCOVER          (   10,   10,    10,    10,     10,      10,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_RECVERR               (   11,   11,    11,    11,     11,      11,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_RECVERR_RFC4884       (   26,   26,    26,    26,     26,      26,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_RECVFRAGSIZE          (   25,   25,    25,    25,     25,      25,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_ROUTER_ALERT          (    5,    5,     5,     5,      5,       5,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_BINDANY               (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      24,      NO,     27,        NO,      NO),
    IP_BIND_ADDRESS_NO_PORT  (   24,   24,    24,    24,     24,      24,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_BOUND_IF              (   NO,   NO,    NO,    NO,     NO,      NO,     25,      NO,      NO,     NO,        NO,      65),
    IP_CHECKSUM              (   23,   23,    23,    23,     23,      23,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_FREEBIND              (   15,   15,    15,    15,     15,      15,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_IPSEC_POLICY          (   16,   16,    16,    16,     16,      16,     21,      21,      NO,     22,        NO,      NO),
    IP_LOCAL_PORT_RANGE      (   51,   51,    51,    51,     51,      51,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_NODEFRAG              (   22,   22,    22,    22,     22,      22,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_ORIGDSTADDR           (   20,   20,    20,    20,     20,      20,     NO,      27,      NO,     NO,        NO,      NO),
    IP_PASSSEC               (   18,   18,    18,    18,     18,      18,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PORTRANGE             (   NO,   NO,    NO,    NO,     NO,      NO,     19,      19,      19,     19,        19,      NO),
    IP_PROTOCOL              (   52,   52,    52,    52,     52,      52,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_RECVORIGDSTADDR       (   20,   20,    20,    20,     20,      20,     NO,      27,      NO,     NO,        NO,      NO),
    IP_TRANSPARENT           (   19,   19,    19,    19,     19,      19,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_UNICAST_IF            (   50,   50,    50,    50,     50,      50,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_XFRM_POLICY           (   17,   17,    17,    17,     17,      17,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_FAITH                 (   NO,   NO,    NO,    NO,     NO,      NO,     22,      NO,      NO,     NO,        NO,      NO),
    IP_STRIPHDR              (   NO,   NO,    NO,    NO,     NO,      NO,     23,      NO,      NO,     NO,        NO,      NO),
    IP_TRAFFIC_MGT_BACKGROUND(   NO,   NO,    NO,    NO,     NO,      NO,     65,      NO,      NO,     NO,        NO,      NO),
    IP_RTABLE                (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,  0x1021,     NO,        NO,      NO),

    // IPPROTO_IP: values of IP_MTU_DISCOVER (and of IPV6_MTU_DISCOVER)
    //                     LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    IP_PMTUDISC_DONT     (    0,    0,     0,     0,      0,       0,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PMTUDISC_WANT     (    1,    1,     1,     1,      1,       1,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PMTUDISC_DO       (    2,    2,     2,     2,      2,       2,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PMTUDISC_PROBE    (    3,    3,     3,     3,      3,       3,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PMTUDISC_INTERFACE(    4,    4,     4,     4,      4,       4,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_PMTUDISC_OMIT     (    5,    5,     5,     5,      5,       5,     NO,      NO,      NO,     NO,        NO,      NO),

    // IPPROTO_IP: multicast. MCAST_* is for IPPROTO_IPV6 as well
    //                         LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    IP_MULTICAST_IF          (   32,   32,    32,    32,     32,      32,      9,       9,       9,      9,         9,      16),
    IP_MULTICAST_TTL         (   33,   33,    33,    33,     33,      33,     10,      10,      10,     10,        10,      17),
    IP_MULTICAST_LOOP        (   34,   34,    34,    34,     34,      34,     11,      11,      11,     11,        11,      18),
    IP_MULTICAST_ALL         (   49,   49,    49,    49,     49,      49,     NO,      NO,      NO,     NO,        NO,      NO),
    IP_MULTICAST_IFINDEX     (   NO,   NO,    NO,    NO,     NO,      NO,     66,      NO,      NO,     NO,        NO,      NO),
    IP_MULTICAST_VIF         (   NO,   NO,    NO,    NO,     NO,      NO,     14,      14,      NO,     NO,        14,      NO),
    IP_ADD_MEMBERSHIP        (   35,   35,    35,    35,     35,      35,     12,      12,      12,     12,        12,      19),
    IP_DROP_MEMBERSHIP       (   36,   36,    36,    36,     36,      36,     13,      13,      13,     13,        13,      20),
    IP_ADD_SOURCE_MEMBERSHIP (   39,   39,    39,    39,     39,      39,     70,      70,      NO,     NO,        NO,      23),
    IP_DROP_SOURCE_MEMBERSHIP(   40,   40,    40,    40,     40,      40,     71,      71,      NO,     NO,        NO,      24),
    IP_BLOCK_SOURCE          (   38,   38,    38,    38,     38,      38,     72,      72,      NO,     NO,        NO,      21),
    IP_UNBLOCK_SOURCE        (   37,   37,    37,    37,     37,      37,     73,      73,      NO,     NO,        NO,      22),
    IP_MSFILTER              (   41,   41,    41,    41,     41,      41,     74,      74,      NO,     NO,        NO,      NO),
    MCAST_JOIN_GROUP         (   42,   42,    42,    42,     42,      42,     80,      80,      NO,     NO,        NO,      41),
    MCAST_LEAVE_GROUP        (   45,   45,    45,    45,     45,      45,     81,      81,      NO,     NO,        NO,      42),
    MCAST_JOIN_SOURCE_GROUP  (   46,   46,    46,    46,     46,      46,     82,      82,      NO,     NO,        NO,      45),
    MCAST_LEAVE_SOURCE_GROUP (   47,   47,    47,    47,     47,      47,     83,      83,      NO,     NO,        NO,      46),
    MCAST_BLOCK_SOURCE       (   43,   43,    43,    43,     43,      43,     84,      84,      NO,     NO,        NO,      43),
    MCAST_UNBLOCK_SOURCE     (   44,   44,    44,    44,     44,      44,     85,      85,      NO,     NO,        NO,      44),
    MCAST_MSFILTER           (   48,   48,    48,    48,     48,      48,     NO,      NO,      NO,     NO,        NO,      NO),

    // IPPROTO_IPV6
    //                         LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    IPV6_V6ONLY              (   26,   26,    26,    26,     26,      26,     27,      27,      27,     27,        27,      39),
    IPV6_UNICAST_HOPS        (   16,   16,    16,    16,     16,      16,      4,       4,       4,      4,         4,       5),
    IPV6_MULTICAST_IF        (   17,   17,    17,    17,     17,      17,      9,       9,       9,      9,         9,       6),
    IPV6_MULTICAST_HOPS      (   18,   18,    18,    18,     18,      18,     10,      10,      10,     10,        10,       7),
    IPV6_MULTICAST_LOOP      (   19,   19,    19,    19,     19,      19,     11,      11,      11,     11,        11,       8),
    IPV6_MULTICAST_ALL       (   29,   29,    29,    29,     29,      29,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_JOIN_GROUP          (   20,   20,    20,    20,     20,      20,     12,      12,      12,     12,        12,       9),
    IPV6_LEAVE_GROUP         (   21,   21,    21,    21,     21,      21,     13,      13,      13,     13,        13,      10),
    IPV6_ADD_MEMBERSHIP      (   20,   20,    20,    20,     20,      20,     NO,      NO,      NO,     NO,        NO,       9),
    IPV6_DROP_MEMBERSHIP     (   21,   21,    21,    21,     21,      21,     NO,      NO,      NO,     NO,        NO,      10),
    IPV6_JOIN_ANYCAST        (   27,   27,    27,    27,     27,      27,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_LEAVE_ANYCAST       (   28,   28,    28,    28,     28,      28,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_ADDRFORM            (    1,    1,     1,     1,      1,       1,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_ADDR_PREFERENCES    (   72,   72,    72,    72,     72,      72,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_AUTHHDR             (   10,   10,    10,    10,     10,      10,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_AUTOFLOWLABEL       (   70,   70,    70,    70,     70,      70,     59,      59,      59,     NO,        59,      NO),
    IPV6_BINDV6ONLY          (   NO,   NO,    NO,    NO,     NO,      NO,     27,      27,      NO,     NO,        27,      NO),
    IPV6_BOUND_IF            (   NO,   NO,    NO,    NO,     NO,      NO,    125,      NO,      NO,     NO,        NO,      65),
    IPV6_CHECKSUM            (    7,    7,     7,     7,      7,       7,     26,      26,      26,     26,        26,      24),
    IPV6_DONTFRAG            (   62,   62,    62,    62,     62,      62,     62,      62,      62,     62,        62,      33),
    IPV6_DSTOPTS             (   59,   59,    59,    59,     59,      59,     50,      50,      50,     50,        50,      15),
    IPV6_FAITH               (   NO,   NO,    NO,    NO,     NO,      NO,     29,      NO,      NO,     29,        NO,      NO),
    IPV6_FLOWINFO            (   11,   11,    11,    11,     11,      11,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_FLOWINFO_SEND       (   33,   33,    33,    33,     33,      33,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_FLOWLABEL_MGR       (   32,   32,    32,    32,     32,      32,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_FREEBIND            (   78,   78,    78,    78,     78,      78,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_HDRINCL             (   36,   36,    36,    36,     36,      36,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_HOPLIMIT            (   52,   52,    52,    52,     52,      52,     47,      47,      47,     47,        47,      12),
    IPV6_HOPOPTS             (   54,   54,    54,    54,     54,      54,     49,      49,      49,     49,        49,      14),
    IPV6_IPSEC_POLICY        (   34,   34,    34,    34,     34,      34,     28,      28,      NO,     28,        NO,      NO),
    IPV6_MINHOPCOUNT         (   73,   73,    73,    73,     73,      73,     NO,      NO,      65,     NO,        NO,      47),
    IPV6_MTU                 (   24,   24,    24,    24,     24,      24,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_MTU_DISCOVER        (   23,   23,    23,    23,     23,      23,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_NEXTHOP             (    9,    9,     9,     9,      9,       9,     48,      48,      48,     48,        48,      13),
    IPV6_ORIGDSTADDR         (   74,   74,    74,    74,     74,      74,     NO,      72,      NO,     NO,        NO,      NO),
    IPV6_PATHMTU             (   61,   61,    61,    61,     61,      61,     44,      44,      44,     44,        44,      37),
    IPV6_PKTINFO             (   50,   50,    50,    50,     50,      50,     46,      46,      46,     46,        46,      11), // macOS: RFC 3542, so its headers show it under __APPLE_USE_RFC_3542 only; so are the other rows of that RFC
    IPV6_PORTRANGE           (   NO,   NO,    NO,    NO,     NO,      NO,     14,      14,      14,     14,        14,      NO),
    IPV6_PREFER_TEMPADDR     (   NO,   NO,    NO,    NO,     NO,      NO,     63,      63,      NO,     63,        63,      NO),
    IPV6_RECVDSTOPTS         (   58,   58,    58,    58,     58,      58,     40,      40,      40,     40,        40,      40),
    IPV6_RECVERR             (   25,   25,    25,    25,     25,      25,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_RECVERR_RFC4884     (   31,   31,    31,    31,     31,      31,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_RECVFRAGSIZE        (   77,   77,    77,    77,     77,      77,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_RECVHOPLIMIT        (   51,   51,    51,    51,     51,      51,     37,      37,      37,     37,        37,      19),
    IPV6_RECVHOPOPTS         (   53,   53,    53,    53,     53,      53,     39,      39,      39,     39,        39,      20),
    IPV6_RECVORIGDSTADDR     (   74,   74,    74,    74,     74,      74,     NO,      72,      NO,     NO,        NO,      NO),
    IPV6_RECVPATHMTU         (   60,   60,    60,    60,     60,      60,     43,      43,      43,     43,        43,      36),
    IPV6_RECVPKTINFO         (   49,   49,    49,    49,     49,      49,     61,      36,      36,     36,        36,      18),
    IPV6_RECVRTHDR           (   56,   56,    56,    56,     56,      56,     38,      38,      38,     38,        38,      22),
    IPV6_RECVTCLASS          (   66,   66,    66,    66,     66,      66,     35,      57,      57,     57,        57,      25),
    IPV6_ROUTER_ALERT        (   22,   22,    22,    22,     22,      22,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_ROUTER_ALERT_ISOLATE(   30,   30,    30,    30,     30,      30,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_RTHDR               (   57,   57,    57,    57,     57,      57,     51,      51,      51,     51,        51,      16),
    IPV6_RTHDRDSTOPTS        (   55,   55,    55,    55,     55,      55,     57,      35,      35,     35,        35,      17),
    IPV6_TCLASS              (   67,   67,    67,    67,     67,      67,     36,      61,      61,     61,        61,      38),
    IPV6_TRANSPARENT         (   75,   75,    75,    75,     75,      75,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_UNICAST_IF          (   76,   76,    76,    76,     76,      76,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_USE_MIN_MTU         (   NO,   NO,    NO,    NO,     NO,      NO,     42,      42,      42,     42,        42,      32),
    IPV6_XFRM_POLICY         (   35,   35,    35,    35,     35,      35,     NO,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292DSTOPTS         (    4,    4,     4,     4,      4,       4,     23,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292HOPLIMIT        (    8,    8,     8,     8,      8,       8,     20,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292HOPOPTS         (    3,    3,     3,     3,      3,       3,     22,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292NEXTHOP         (   NO,   NO,    NO,    NO,     NO,      NO,     21,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292PKTINFO         (    2,    2,     2,     2,      2,       2,     19,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292PKTOPTIONS      (    6,    6,     6,     6,      6,       6,     25,      NO,      NO,     NO,        NO,      NO),
    IPV6_2292RTHDR           (    5,    5,     5,     5,      5,       5,     24,      NO,      NO,     NO,        NO,      NO),

    // IPPROTO_TCP
    //                        LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    TCP_NODELAY             (    1,    1,     1,     1,      1,       1,      1,       1,       1,      1,         1,       1),
    TCP_MAXSEG              (    2,    2,     2,     2,      2,       2,      2,       2,       2,      2,         2,       2),
    TCP_CORK                (    3,    3,     3,     3,      3,       3,     NO,      NO,      NO,     NO,        NO,      24),
    TCP_NOPUSH              (   NO,   NO,    NO,    NO,     NO,      NO,      4,       4,      16,     NO,         4,      NO),
    TCP_NOOPT               (   NO,   NO,    NO,    NO,     NO,      NO,      8,       8,      NO,     NO,         8,      NO),
    TCP_KEEPALIVE           (   NO,   NO,    NO,    NO,     NO,      NO,     16,      NO,      NO,     NO,        NO,       8), // macOS has no TCP_KEEPIDLE: this is it
    TCP_KEEPIDLE            (    4,    4,     4,     4,      4,       4,     NO,   0x100,      NO,      3,     0x100,      34),
    TCP_KEEPINTVL           (    5,    5,     5,     5,      5,       5,  0x101,   0x200,      NO,      5,     0x200,      36),
    TCP_KEEPCNT             (    6,    6,     6,     6,      6,       6,  0x102,   0x400,      NO,      6,     0x400,      35),
    TCP_KEEPINIT            (   NO,   NO,    NO,    NO,     NO,      NO,     NO,    0x80,      NO,      7,        32,      NO),
    TCP_CONNECTIONTIMEOUT   (   NO,   NO,    NO,    NO,     NO,      NO,     32,      NO,      NO,     NO,        NO,      NO),
    TCP_USER_TIMEOUT        (   18,   18,    18,    18,     18,      18,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_RXT_CONNDROPTIME    (   NO,   NO,    NO,    NO,     NO,      NO,   0x80,      NO,      NO,     NO,        NO,      NO),
    TCP_RXT_FINDROP         (   NO,   NO,    NO,    NO,     NO,      NO,  0x100,      NO,      NO,     NO,        NO,      NO),
    TCP_SYNCNT              (    7,    7,     7,     7,      7,       7,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_LINGER2             (    8,    8,     8,     8,      8,       8,     NO,      NO,      NO,     NO,        NO,      28),
    TCP_DEFER_ACCEPT        (    9,    9,     9,     9,      9,       9,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_WINDOW_CLAMP        (   10,   10,    10,    10,     10,      10,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_INFO                (   11,   11,    11,    11,     11,      11,     NO,      32,       9,      9,        NO,      NO),
    TCP_CONNECTION_INFO     (   NO,   NO,    NO,    NO,     NO,      NO,  0x106,      NO,      NO,     NO,        NO,      NO),
    TCP_QUICKACK            (   12,   12,    12,    12,     12,      12,     NO,      NO,      NO,     NO,        NO,      38),
    TCP_CONGESTION          (   13,   13,    13,    13,     13,      13,     NO,      64,      NO,     NO,        NO,      37),
    TCP_CC_INFO             (   26,   26,    26,    26,     26,      26,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_MD5SIG              (   14,   14,    14,    14,     14,      14,     NO,      16,       4,     16,        NO,      39),
    TCP_MD5SIG_EXT          (   32,   32,    32,    32,     32,      32,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_AO_ADD_KEY          (   38,   38,    38,    38,     38,      38,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_AO_DEL_KEY          (   39,   39,    39,    39,     39,      39,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_AO_GET_KEYS         (   41,   41,    41,    41,     41,      41,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_AO_INFO             (   40,   40,    40,    40,     40,      40,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_AO_REPAIR           (   42,   42,    42,    42,     42,      42,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_THIN_LINEAR_TIMEOUTS(   16,   16,    16,    16,     16,      16,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_THIN_DUPACK         (   17,   17,    17,    17,     17,      17,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_REPAIR              (   19,   19,    19,    19,     19,      19,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_REPAIR_QUEUE        (   20,   20,    20,    20,     20,      20,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_REPAIR_OPTIONS      (   22,   22,    22,    22,     22,      22,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_REPAIR_WINDOW       (   29,   29,    29,    29,     29,      29,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_QUEUE_SEQ           (   21,   21,    21,    21,     21,      21,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_FASTOPEN            (   23,   23,    23,    23,     23,      23,  0x105,   0x401,      NO,     NO,        NO,      NO),
    TCP_FASTOPEN_CONNECT    (   30,   30,    30,    30,     30,      30,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_FASTOPEN_KEY        (   33,   33,    33,    33,     33,      33,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_FASTOPEN_NO_COOKIE  (   34,   34,    34,    34,     34,      34,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_TIMESTAMP           (   24,   24,    24,    24,     24,      24,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_NOTSENT_LOWAT       (   25,   25,    25,    25,     25,      25,  0x201,      NO,      NO,     NO,        NO,      NO),
    TCP_SAVE_SYN            (   27,   27,    27,    27,     27,      27,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_SAVED_SYN           (   28,   28,    28,    28,     28,      28,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_ULP                 (   31,   31,    31,    31,     31,      31,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_ZEROCOPY_RECEIVE    (   35,   35,    35,    35,     35,      35,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_INQ                 (   36,   36,    36,    36,     36,      36,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_CM_INQ              (   36,   36,    36,    36,     36,      36,     NO,      NO,      NO,     NO,        NO,      NO), // the control message that TCP_INQ asks for has its number
    TCP_TX_DELAY            (   37,   37,    37,    37,     37,      37,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_IS_MPTCP            (   43,   43,    43,    43,     43,      43,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_RTO_MAX_MS          (   44,   44,    44,    44,     44,      44,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_RTO_MIN_US          (   45,   45,    45,    45,     45,      45,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_DELACK_MAX_US       (   46,   46,    46,    46,     46,      46,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_ENABLE_ECN          (   NO,   NO,    NO,    NO,     NO,      NO,  0x104,      NO,      NO,     NO,        NO,      NO),
    TCP_SENDMOREACKS        (   NO,   NO,    NO,    NO,     NO,      NO,  0x103,      NO,      NO,     NO,        NO,      NO),
    TCP_DELACK              (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      72,      NO,     NO,        NO,      NO),
    TCP_MAXUNACKTIME        (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      68,      NO,     NO,        NO,      NO),
    TCP_FUNCTION_BLK        (   NO,   NO,    NO,    NO,     NO,      NO,     NO,  0x2000,      NO,     NO,        NO,      NO),
    TCP_REUSPORT_LB_NUMA    (   NO,   NO,    NO,    NO,     NO,      NO,     NO,   0x402,      NO,     NO,        NO,      NO), // FreeBSD spells it so
    TCP_CONGCTL             (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     32,        NO,      NO),
    TCP_SACK_ENABLE         (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,       8,     NO,        NO,      NO),
    TCP_SIGNATURE_ENABLE    (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,        16,      NO),
    TCP_FASTKEEP            (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      NO,     NO,      0x80,      NO),

    // IPPROTO_UDP
    //                LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    UDP_CORK        (    1,    1,     1,     1,      1,       1,     NO,      NO,      NO,     NO,        NO,      NO),
    UDP_ENCAP       (  100,  100,   100,   100,    100,     100,     NO,       1,      NO,    100,        NO,      NO),
    UDP_NO_CHECK6_TX(  101,  101,   101,   101,    101,     101,     NO,      NO,      NO,     NO,        NO,      NO),
    UDP_NO_CHECK6_RX(  102,  102,   102,   102,    102,     102,     NO,      NO,      NO,     NO,        NO,      NO),
    UDP_SEGMENT     (  103,  103,   103,   103,    103,     103,     NO,      NO,      NO,     NO,        NO,      NO),
    UDP_GRO         (  104,  104,   104,   104,    104,     104,     NO,      NO,      NO,     NO,        NO,      NO),
    UDP_NOCKSUM     (   NO,   NO,    NO,    NO,     NO,      NO,      1,      NO,      NO,     NO,        NO,      NO),

    // send, recv, shutdown, listen
    //             LINUX    MIPS   SPARC   ALPHA  PARISC  POWERPC   DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    MSG_PEEK    (     2,      2,      2,      2,      2,       2,       2,       2,       2,      2,         2,       2),
    MSG_DONTWAIT(    64,     64,     64,     64,     64,      64,    0x80,    0x80,    0x80,   0x80,      0x80,    0x80),
    MSG_NOSIGNAL(0x4000, 0x4000, 0x4000, 0x4000, 0x4000,  0x4000, 0x80000, 0x20000,   0x400,  0x400,     0x400,   0x200),
    MSG_WAITALL ( 0x100,  0x100,  0x100,  0x100,  0x100,   0x100,      64,      64,      64,     64,        64,      64),
    MSG_MORE    (0x8000, 0x8000, 0x8000, 0x8000, 0x8000,  0x8000,      NO,      NO,      NO,     NO,        NO,      NO),
    SHUT_RD     (     0,      0,      0,      0,      0,       0,       0,       0,       0,      0,         0,       0),
    SHUT_WR     (     1,      1,      1,      1,      1,       1,       1,       1,       1,      1,         1,       1),
    SHUT_RDWR   (     2,      2,      2,      2,      2,       2,       2,       2,       2,      2,         2,       2),
    SOMAXCONN   (  4096,   4096,   4096,   4096,   4096,    4096,     128,     128,     128,    128,       128,     128), // the macro; the kernel goes by a sysctl (net.core.somaxconn, kern.ipc.somaxconn)

    // fcntl, poll
    //          LINUX  MIPS   SPARC  ALPHA   PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    O_NONBLOCK(0x800, 0x80, 0x4000,     4, 0x10000,   0x800,      4,       4,       4,      4,         4,    0x80),
    F_GETFD   (    1,    1,      1,     1,       1,       1,      1,       1,       1,      1,         1,       1),
    F_SETFD   (    2,    2,      2,     2,       2,       2,      2,       2,       2,      2,         2,       2),
    F_GETFL   (    3,    3,      3,     3,       3,       3,      3,       3,       3,      3,         3,       3),
    F_SETFL   (    4,    4,      4,     4,       4,       4,      4,       4,       4,      4,         4,       4),
    FD_CLOEXEC(    1,    1,      1,     1,       1,       1,      1,       1,       1,      1,         1,       1),
    POLLIN    (    1,    1,      1,     1,       1,       1,      1,       1,       1,      1,         1,       1),
    POLLOUT   (    4,    4,      4,     4,       4,       4,      4,       4,       4,      4,         4,       4),
    POLLERR   (    8,    8,      8,     8,       8,       8,      8,       8,       8,      8,         8,       8),
    POLLHUP   (   16,   16,     16,    16,      16,      16,     16,      16,      16,     16,        16,      16),
    POLLNVAL  (   32,   32,     32,    32,      32,      32,     32,      32,      32,     32,        32,      32),

    // errno: POSIX
    //               LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    E2BIG          (    7,    7,     7,     7,      7,       7,      7,       7,       7,      7,         7,       7),
    EACCES         (   13,   13,    13,    13,     13,      13,     13,      13,      13,     13,        13,      13),
    EADDRINUSE     (   98,  125,    48,    48,    226,      98,     48,      48,      48,     48,        48,     125),
    EADDRNOTAVAIL  (   99,  126,    49,    49,    227,      99,     49,      49,      49,     49,        49,     126),
    EAFNOSUPPORT   (   97,  124,    47,    47,    225,      97,     47,      47,      47,     47,        47,     124),
    EAGAIN         (   11,   11,    11,    35,     11,      11,     35,      35,      35,     35,        35,      11),
    EALREADY       (  114,  149,    37,    37,    244,     114,     37,      37,      37,     37,        37,     149),
    EBADF          (    9,    9,     9,     9,      9,       9,      9,       9,       9,      9,         9,       9),
    EBADMSG        (   74,   77,    76,    84,     67,      74,     94,      89,      92,     88,        89,      77),
    EBUSY          (   16,   16,    16,    16,     16,      16,     16,      16,      16,     16,        16,      16),
    ECANCELED      (  125,  158,   127,   131,    253,     125,     89,      85,      88,     87,        85,      47),
    ECHILD         (   10,   10,    10,    10,     10,      10,     10,      10,      10,     10,        10,      10),
    ECONNABORTED   (  103,  130,    53,    53,    231,     103,     53,      53,      53,     53,        53,     130),
    ECONNREFUSED   (  111,  146,    61,    61,    239,     111,     61,      61,      61,     61,        61,     146),
    ECONNRESET     (  104,  131,    54,    54,    232,     104,     54,      54,      54,     54,        54,     131),
    EDEADLK        (   35,   45,    78,    11,     45,      35,     11,      11,      11,     11,        11,      45),
    EDESTADDRREQ   (   89,   96,    39,    39,    217,      89,     39,      39,      39,     39,        39,      96),
    EDOM           (   33,   33,    33,    33,     33,      33,     33,      33,      33,     33,        33,      33),
    EDQUOT         (  122, 1133,    69,    69,     69,     122,     69,      69,      69,     69,        69,      49),
    EEXIST         (   17,   17,    17,    17,     17,      17,     17,      17,      17,     17,        17,      17),
    EFAULT         (   14,   14,    14,    14,     14,      14,     14,      14,      14,     14,        14,      14),
    EFBIG          (   27,   27,    27,    27,     27,      27,     27,      27,      27,     27,        27,      27),
    EHOSTUNREACH   (  113,  148,    65,    65,    242,     113,     65,      65,      65,     65,        65,     148),
    EIDRM          (   43,   36,    77,    81,     36,      43,     90,      82,      89,     82,        82,      36),
    EILSEQ         (   84,   88,   122,   116,     47,      84,     92,      86,      84,     85,        86,      88),
    EINPROGRESS    (  115,  150,    36,    36,    245,     115,     36,      36,      36,     36,        36,     150),
    EINTR          (    4,    4,     4,     4,      4,       4,      4,       4,       4,      4,         4,       4),
    EINVAL         (   22,   22,    22,    22,     22,      22,     22,      22,      22,     22,        22,      22),
    EIO            (    5,    5,     5,     5,      5,       5,      5,       5,       5,      5,         5,       5),
    EISCONN        (  106,  133,    56,    56,    234,     106,     56,      56,      56,     56,        56,     133),
    EISDIR         (   21,   21,    21,    21,     21,      21,     21,      21,      21,     21,        21,      21),
    ELOOP          (   40,   90,    62,    62,    249,      40,     62,      62,      62,     62,        62,      90),
    EMFILE         (   24,   24,    24,    24,     24,      24,     24,      24,      24,     24,        24,      24),
    EMLINK         (   31,   31,    31,    31,     31,      31,     31,      31,      31,     31,        31,      31),
    EMSGSIZE       (   90,   97,    40,    40,    218,      90,     40,      40,      40,     40,        40,      97),
    EMULTIHOP      (   72,   74,    87,   110,     64,      72,     95,      90,      NO,     94,        90,      74),
    ENAMETOOLONG   (   36,   78,    63,    63,    248,      36,     63,      63,      63,     63,        63,      78),
    ENETDOWN       (  100,  127,    50,    50,    228,     100,     50,      50,      50,     50,        50,     127),
    ENETRESET      (  102,  129,    52,    52,    230,     102,     52,      52,      52,     52,        52,     129),
    ENETUNREACH    (  101,  128,    51,    51,    229,     101,     51,      51,      51,     51,        51,     128),
    ENFILE         (   23,   23,    23,    23,     23,      23,     23,      23,      23,     23,        23,      23),
    ENOBUFS        (  105,  132,    55,    55,    233,     105,     55,      55,      55,     55,        55,     132),
    ENODATA        (   61,   61,   111,    86,     51,      61,     96,      NO,      NO,     89,        NO,      61),
    ENODEV         (   19,   19,    19,    19,     19,      19,     19,      19,      19,     19,        19,      19),
    ENOENT         (    2,    2,     2,     2,      2,       2,      2,       2,       2,      2,         2,       2),
    ENOEXEC        (    8,    8,     8,     8,      8,       8,      8,       8,       8,      8,         8,       8),
    ENOLCK         (   37,   46,    79,    77,     46,      37,     77,      77,      77,     77,        77,      46),
    ENOLINK        (   67,   67,    82,   106,     57,      67,     97,      91,      NO,     95,        91,      67),
    ENOMEM         (   12,   12,    12,    12,     12,      12,     12,      12,      12,     12,        12,      12),
    ENOMSG         (   42,   35,    75,    80,     35,      42,     91,      83,      90,     83,        83,      35),
    ENOPROTOOPT    (   92,   99,    42,    42,    220,      92,     42,      42,      42,     42,        42,      99),
    ENOSPC         (   28,   28,    28,    28,     28,      28,     28,      28,      28,     28,        28,      28),
    ENOSR          (   63,   63,    74,    82,     53,      63,     98,      NO,      NO,     90,        NO,      63),
    ENOSTR         (   60,   60,    72,    87,     54,      60,     99,      NO,      NO,     91,        NO,      60),
    ENOSYS         (   38,   89,    90,    78,    251,      38,     78,      78,      78,     78,        78,      89),
    ENOTCONN       (  107,  134,    57,    57,    235,     107,     57,      57,      57,     57,        57,     134),
    ENOTDIR        (   20,   20,    20,    20,     20,      20,     20,      20,      20,     20,        20,      20),
    ENOTEMPTY      (   39,   93,    66,    66,    247,      39,     66,      66,      66,     66,        66,      93),
    ENOTRECOVERABLE(  131,  166,   133,   137,    255,     131,    104,      95,      93,     98,        94,      59),
    ENOTSOCK       (   88,   95,    38,    38,    216,      88,     38,      38,      38,     38,        38,      95),
    ENOTSUP        (   95,  122,    45,    45,    223,      95,     45,      45,      91,     86,        45,      48), // equal to EOPNOTSUPP on Linux, FreeBSD and DragonFly alone
    ENOTTY         (   25,   25,    25,    25,     25,      25,     25,      25,      25,     25,        25,      25),
    ENXIO          (    6,    6,     6,     6,      6,       6,      6,       6,       6,      6,         6,       6),
    EOPNOTSUPP     (   95,  122,    45,    45,    223,      95,    102,      45,      45,     45,        45,     122),
    EOVERFLOW      (   75,   79,    92,   112,     72,      75,     84,      84,      87,     84,        84,      79),
    EOWNERDEAD     (  130,  165,   132,   136,    254,     130,    105,      96,      94,     97,        95,      58),
    EPERM          (    1,    1,     1,     1,      1,       1,      1,       1,       1,      1,         1,       1),
    EPIPE          (   32,   32,    32,    32,     32,      32,     32,      32,      32,     32,        32,      32),
    EPROTO         (   71,   71,    86,    85,     61,      71,    100,      92,      95,     96,        92,      71),
    EPROTONOSUPPORT(   93,  120,    43,    43,    221,      93,     43,      43,      43,     43,        43,     120),
    EPROTOTYPE     (   91,   98,    41,    41,    219,      91,     41,      41,      41,     41,        41,      98),
    ERANGE         (   34,   34,    34,    34,     34,      34,     34,      34,      34,     34,        34,      34),
    EROFS          (   30,   30,    30,    30,     30,      30,     30,      30,      30,     30,        30,      30),
    ESOCKTNOSUPPORT(   94,  121,    44,    44,    222,      94,     44,      44,      44,     44,        44,     121),
    ESPIPE         (   29,   29,    29,    29,     29,      29,     29,      29,      29,     29,        29,      29),
    ESRCH          (    3,    3,     3,     3,      3,       3,      3,       3,       3,      3,         3,       3),
    ESTALE         (  116,  151,    70,    70,     70,     116,     70,      70,      70,     70,        70,     151),
    ETIME          (   62,   62,    73,    83,     52,      62,    101,      NO,      NO,     92,        NO,      62),
    ETIMEDOUT      (  110,  145,    60,    60,    238,     110,     60,      60,      60,     60,        60,     145),
    ETXTBSY        (   26,   26,    26,    26,     26,      26,     26,      26,      26,     26,        26,      26),
    EWOULDBLOCK    (   11,   11,    11,    35,     11,      11,     35,      35,      35,     35,        35,      11), // EAGAIN everywhere here
    EXDEV          (   18,   18,    18,    18,     18,      18,     18,      18,      18,     18,        18,      18),

    // errno: beyond POSIX
    //            LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    EBADFD      (   77,   81,    93,   114,    168,      77,     NO,      NO,      NO,     NO,        NO,      81),
    ECOMM       (   70,   70,    85,   109,     60,      70,     NO,      NO,      NO,     NO,        NO,      70),
    EHOSTDOWN   (  112,  147,    64,    64,    241,     112,     64,      64,      64,     64,        64,     147),
    EHWPOISON   (  133,  168,   135,   139,    257,     133,     NO,      NO,      NO,     NO,        NO,      NO),
    ENOKEY      (  126,  161,   128,   132,    184,     126,     NO,      NO,      NO,     NO,        NO,      NO),
    EKEYEXPIRED (  127,  162,   129,   133,    185,     127,     NO,      NO,      NO,     NO,        NO,      NO),
    EKEYREJECTED(  129,  164,   131,   135,    187,     129,     NO,      NO,      NO,     NO,        NO,      NO),
    EKEYREVOKED (  128,  163,   130,   134,    186,     128,     NO,      NO,      NO,     NO,        NO,      NO),
    ENONET      (   64,   64,    80,   105,     50,      64,     NO,      NO,      NO,     NO,        NO,      64),
    ENOPKG      (   65,   65,   113,    92,     55,      65,     NO,      NO,      NO,     NO,        NO,      65),
    ENOTBLK     (   15,   15,    15,    15,     15,      15,     15,      15,      15,     15,        15,      15),
    ENOTUNIQ    (   76,   80,   115,   113,    167,      76,     NO,      NO,      NO,     NO,        NO,      80),
    EPFNOSUPPORT(   96,  123,    46,    46,    224,      96,     46,      46,      46,     46,        46,     123),
    EREMCHG     (   78,   82,    89,   115,    169,      78,     NO,      NO,      NO,     NO,        NO,      82),
    EREMOTE     (   66,   66,    71,    71,     71,      66,     71,      71,      71,     71,        71,      66),
    EREMOTEIO   (  121,  140,   121,   121,    181,     121,     NO,      NO,      NO,     NO,        NO,      NO),
    ERESTART    (   85,   91,   116,   127,    175,      85,     NO,      NO,      NO,     NO,        NO,      91),
    ERFKILL     (  132,  167,   134,   138,    256,     132,     NO,      NO,      NO,     NO,        NO,      NO),
    ESHUTDOWN   (  108,  143,    58,    58,    236,     108,     58,      58,      58,     58,        58,     143),
    ESTRPIPE    (   86,   92,    91,   128,    176,      86,     NO,      NO,      NO,     NO,        NO,      92),
    ETOOMANYREFS(  109,  144,    59,    59,    237,     109,     59,      59,      59,     59,        59,     144),
    EUCLEAN     (  117,  135,   117,   117,    177,     117,     NO,      NO,      NO,     NO,        NO,      NO),
    EUNATCH     (   49,   42,    99,    94,     42,      49,     NO,      NO,      NO,     NO,        NO,      42),
    EUSERS      (   87,   94,    68,    68,     68,      87,     68,      68,      68,     68,        68,      94),
    EPROCLIM    (   NO,   NO,    67,    NO,     NO,      NO,     67,      67,      67,     67,        67,      NO),
    EAUTH       (   NO,   NO,    NO,    NO,     NO,      NO,     80,      80,      80,     80,        80,      NO),
    ENEEDAUTH   (   NO,   NO,    NO,    NO,     NO,      NO,     81,      81,      81,     81,        81,      NO),
    ENOATTR     (   NO,   NO,    NO,    NO,     NO,      NO,     93,      87,      83,     93,        87,      NO),
    EIPSEC      (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      NO,      82,     NO,        NO,      NO),
    ECAPMODE    (   NO,   NO,    NO,    NO,     NO,      NO,     NO,      94,      NO,     NO,        NO,      NO),
    ENOTCAPABLE (   NO,   NO,    NO,    NO,     NO,      NO,    107,      93,      NO,     NO,        NO,      NO),
    EQFULL      (   NO,   NO,    NO,    NO,     NO,      NO,    106,      NO,      NO,     NO,        NO,      NO),

    // States of a TCP socket as /proc/net/tcp prints them (linux/include/net/tcp_states.h)
    //                LINUX  MIPS  SPARC  ALPHA  PARISC  POWERPC  DARWIN  FREEBSD  OPENBSD  NETBSD  DRAGONFLY  ILLUMOS
    TCP_ESTABLISHED (    1,    1,     1,     1,      1,       1,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_SYN_SENT    (    2,    2,     2,     2,      2,       2,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_SYN_RECV    (    3,    3,     3,     3,      3,       3,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_FIN_WAIT1   (    4,    4,     4,     4,      4,       4,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_FIN_WAIT2   (    5,    5,     5,     5,      5,       5,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_TIME_WAIT   (    6,    6,     6,     6,      6,       6,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_CLOSE       (    7,    7,     7,     7,      7,       7,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_CLOSE_WAIT  (    8,    8,     8,     8,      8,       8,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_LAST_ACK    (    9,    9,     9,     9,      9,       9,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_LISTEN      (   10,   10,    10,    10,     10,      10,     NO,      NO,      NO,     NO,        NO,      NO), // 0A in /proc/net/tcp
    TCP_CLOSING     (   11,   11,    11,    11,     11,      11,     NO,      NO,      NO,     NO,        NO,      NO),
    TCP_NEW_SYN_RECV(   12,   12,    12,    12,     12,      12,     NO,      NO,      NO,     NO,        NO,      NO); // no header for programs has it; linux/bpf.h has BPF_TCP_NEW_SYN_RECV
    // spotless:on

    /** Hexadecimal from here on: the headers that use larger numbers than these for options are those that write hex. */
    private static final int FIRST_HEX = 0x80;

    private final int[] cells;

    Const(
            int linux,
            int mips,
            int sparc,
            int alpha,
            int parisc,
            int powerpc,
            int darwin,
            int freebsd,
            int openbsd,
            int netbsd,
            int dragonfly,
            int illumos) {
        cells = new int[] {
            linux, mips, sparc, alpha, parisc, powerpc, darwin, freebsd, openbsd, netbsd, dragonfly, illumos
        };
    }

    /** Whether the headers of a platform define this symbol. */
    @Override
    public boolean definedOn(Platform platform) {
        return cells[platform.ordinal()] != NO;
    }

    /**
     * The number of this symbol on a platform.
     *
     * @throws IllegalStateException if the platform does not define it
     */
    @Override
    public int on(Platform platform) {
        int number = cells[platform.ordinal()];
        if (number == NO) {
            throw new IllegalStateException(name() + " is not defined on " + platform.id());
        }
        return number;
    }

    /**
     * The errno name of a number on a platform. Of two names for one number the socket programmer's is taken: EAGAIN
     * before EWOULDBLOCK, EOPNOTSUPP before ENOTSUP.
     *
     * @return empty if no errno here has that number there
     */
    public static Optional<Const> errno(Platform platform, int number) {
        return Arrays.stream(values())
                .filter(row -> row.counted() && row.cells[platform.ordinal()] == number)
                .min(Comparator.comparing(row -> row == EWOULDBLOCK || row == ENOTSUP));
    }

    /** Whether this is an errno: those are counted in decimal everywhere, and nothing else here begins with an E. */
    private boolean counted() {
        return name().charAt(0) == 'E';
    }

    /**
     * A value of this symbol as the field writes it: {@code SO_REUSEPORT} is {@code 15} and {@code 0x200},
     * {@code EADDRINUSE} is {@code 98} and {@code 226}.
     */
    @Override
    public String text(int value) {
        return counted() || this == SOMAXCONN || value < FIRST_HEX
                ? Integer.toString(value)
                : "0x" + Integer.toHexString(value);
    }
}
