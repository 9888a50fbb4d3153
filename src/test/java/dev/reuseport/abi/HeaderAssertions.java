package dev.reuseport.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A C file that compiles where a system's own headers agree with {@link Const} and {@link Abi}, and nowhere else: an
 * assertion per defined cell, an error per NO cell whose symbol is a macro after all, and the layouts.
 */
final class HeaderAssertions {

    private HeaderAssertions() {}

    /** The C file for one ABI. */
    static String source(Abi abi) {
        List<String> lines = new ArrayList<>();
        lines.add(includes(abi.platform()));
        for (Const symbol : Const.values()) {
            if (abi.defines(symbol)) {
                String expression = expression(symbol, abi.platform());
                lines.add("_Static_assert(" + expression + " == " + abi.number(symbol) + ", \"" + symbol + "\");");
            } else {
                lines.add("#ifdef " + symbol + "\n#error \"" + symbol + " is defined\"\n#endif");
            }
        }
        layouts(abi)
                .forEach((expression, size) -> lines.add("_Static_assert(" + expression + " == " + size + ", \""
                        + expression.replace("\"", "") + "\");"));
        return String.join("\n", lines) + "\n";
    }

    /** What {@link Abi} says of sizes and places, as C expressions. */
    static SortedMap<String, Integer> layouts(Abi abi) {
        SortedMap<String, Integer> layouts = new TreeMap<>();
        layouts.put("sizeof(long)", abi.wordSize());
        layouts.put("sizeof(void *)", abi.wordSize());
        layouts.put("sizeof(struct sockaddr_in)", abi.sockaddrInSize());
        layouts.put("offsetof(struct sockaddr_in, sin_family)", abi.sockaddrHasLength() ? 1 : 0);
        layouts.put("sizeof(((struct sockaddr_in *)0)->sin_family)", abi.sockaddrHasLength() ? 1 : 2);
        layouts.put("offsetof(struct sockaddr_in, sin_port)", 2);
        layouts.put("offsetof(struct sockaddr_in, sin_addr)", 4);
        layouts.put("sizeof(struct sockaddr_in6)", abi.sockaddrIn6Size());
        layouts.put("offsetof(struct sockaddr_in6, sin6_family)", abi.sockaddrHasLength() ? 1 : 0);
        layouts.put("offsetof(struct sockaddr_in6, sin6_port)", 2);
        layouts.put("offsetof(struct sockaddr_in6, sin6_flowinfo)", 4);
        layouts.put("offsetof(struct sockaddr_in6, sin6_addr)", 8);
        layouts.put("offsetof(struct sockaddr_in6, sin6_scope_id)", 24);
        Datagram datagram = new Datagram(abi);
        layouts.put("offsetof(struct msghdr, msg_name)", 0);
        layouts.put("offsetof(struct msghdr, msg_namelen)", datagram.namelenAt());
        layouts.put("offsetof(struct msghdr, msg_iov)", datagram.iovAt());
        layouts.put("offsetof(struct msghdr, msg_iovlen)", datagram.iovlenAt());
        layouts.put("sizeof(((struct msghdr *)0)->msg_iovlen)", datagram.iovlenSize());
        layouts.put("sizeof(struct iovec)", datagram.iovecSize());
        layouts.put("sizeof(struct linger)", abi.lingerSize());
        layouts.put("offsetof(struct linger, l_linger)", 4);
        layouts.put("sizeof(struct timeval)", abi.timevalSize());
        layouts.put("sizeof(((struct timeval *)0)->tv_sec)", abi.timevalSecondsSize());
        layouts.put("sizeof(((struct timeval *)0)->tv_usec)", abi.timevalMicrosSize());
        layouts.put("offsetof(struct timeval, tv_usec)", abi.timevalSecondsSize());
        if (abi.platform().linux()) {
            layouts.put("SYS_pidfd_open", abi.syscallPidfdOpen());
            layouts.put("SYS_pidfd_getfd", abi.syscallPidfdGetfd());
            putDiag(layouts);
        }
        return layouts;
    }

    /** What {@link Netlink} and {@link InetDiag} say. */
    private static void putDiag(SortedMap<String, Integer> layouts) {
        layouts.put("NETLINK_SOCK_DIAG", Netlink.NETLINK_SOCK_DIAG);
        layouts.put("SOCK_DIAG_BY_FAMILY", Netlink.SOCK_DIAG_BY_FAMILY);
        layouts.put("NLMSG_ERROR", Netlink.NLMSG_ERROR);
        layouts.put("NLMSG_DONE", Netlink.NLMSG_DONE);
        layouts.put("NLM_F_REQUEST", Netlink.NLM_F_REQUEST);
        layouts.put("NLM_F_DUMP", Netlink.NLM_F_DUMP);
        layouts.put("sizeof(struct nlmsghdr)", Netlink.HEADER);
        layouts.put("sizeof(struct nlattr)", Netlink.ATTRIBUTE_HEADER);
        layouts.put("sizeof(struct inet_diag_req_v2)", InetDiag.REQUEST);
        layouts.put("offsetof(struct inet_diag_req_v2, idiag_ext)", InetDiag.EXTENSIONS_AT);
        layouts.put("offsetof(struct inet_diag_req_v2, idiag_states)", InetDiag.STATES_AT);
        layouts.put("offsetof(struct inet_diag_req_v2, id.idiag_sport)", InetDiag.REQUEST_SPORT_AT);
        layouts.put("sizeof(struct inet_diag_msg)", InetDiag.MESSAGE);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_sport)", InetDiag.SPORT_AT);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_dport)", InetDiag.DPORT_AT);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_src)", InetDiag.SRC_AT);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_dst)", InetDiag.DST_AT);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_if)", InetDiag.IF_AT);
        layouts.put("offsetof(struct inet_diag_msg, id.idiag_cookie)", InetDiag.COOKIE_AT);
        layouts.put("offsetof(struct inet_diag_msg, idiag_rqueue)", InetDiag.RQUEUE_AT);
        layouts.put("offsetof(struct inet_diag_msg, idiag_wqueue)", InetDiag.WQUEUE_AT);
        layouts.put("offsetof(struct inet_diag_msg, idiag_uid)", InetDiag.UID_AT);
        layouts.put("offsetof(struct inet_diag_msg, idiag_inode)", InetDiag.INODE_AT);
        layouts.put("INET_DIAG_INFO", InetDiag.INET_DIAG_INFO);
        layouts.put("INET_DIAG_CONG", InetDiag.INET_DIAG_CONG);
        layouts.put("INET_DIAG_TOS", InetDiag.INET_DIAG_TOS);
        layouts.put("INET_DIAG_TCLASS", InetDiag.INET_DIAG_TCLASS);
        layouts.put("INET_DIAG_SKMEMINFO", InetDiag.INET_DIAG_SKMEMINFO);
        layouts.put("INET_DIAG_SHUTDOWN", InetDiag.INET_DIAG_SHUTDOWN);
        layouts.put("INET_DIAG_SKV6ONLY", InetDiag.INET_DIAG_SKV6ONLY);
        layouts.put("INET_DIAG_MARK", InetDiag.INET_DIAG_MARK);
        layouts.put("INET_DIAG_CGROUP_ID", InetDiag.INET_DIAG_CGROUP_ID);
        layouts.put("INET_DIAG_SOCKOPT", InetDiag.INET_DIAG_SOCKOPT);
        layouts.put("SK_MEMINFO_RCVBUF", InetDiag.SK_MEMINFO_RCVBUF);
        layouts.put("SK_MEMINFO_SNDBUF", InetDiag.SK_MEMINFO_SNDBUF);
        layouts.put("SK_MEMINFO_DROPS", InetDiag.SK_MEMINFO_DROPS);
    }

    /**
     * The headers that show all rows. On Linux the C library's lag behind the kernel's, and netinet/tcp.h does not go
     * together with linux/tcp.h, which has more; on macOS the names of RFC 3542 are asked for.
     */
    static String includes(Platform platform) {
        String common = """
                #include <stddef.h>
                #include <sys/types.h>
                #include <sys/socket.h>
                #include <sys/uio.h>
                #include <sys/time.h>
                #include <netinet/in.h>
                #include <errno.h>
                #include <fcntl.h>
                #include <poll.h>
                """;
        if (platform.linux()) {
            return "#define _GNU_SOURCE\n" + common + """
                    #include <sys/syscall.h>
                    #include <linux/in.h>
                    #include <linux/in6.h>
                    #include <linux/tcp.h>
                    #include <linux/udp.h>
                    #include <linux/bpf.h>
                    #include <linux/netlink.h>
                    #include <linux/sock_diag.h>
                    #include <linux/inet_diag.h>
                    #include <asm/socket.h>
                    """;
        }
        return "#define __APPLE_USE_RFC_3542\n" + common + """
                #include <netinet/in_systm.h>
                #include <netinet/ip.h>
                #include <netinet/tcp.h>
                #include <netinet/udp.h>
                """;
    }

    /** The C expression whose value a row holds: almost always its name. */
    static String expression(Const symbol, Platform platform) {
        if (!platform.linux()) {
            return symbol.name();
        }
        return switch (symbol) {
            // The plain names mean _OLD or _NEW by the width of time_t; the rows hold _OLD.
            case SO_RCVTIMEO, SO_SNDTIMEO, SO_TIMESTAMP, SO_TIMESTAMPING, SO_TIMESTAMPNS -> symbol.name() + "_OLD";
            // Enumerators of netinet/tcp.h, which is not included, and of the kernel's own tcp_states.h.
            case TCP_ESTABLISHED,
                    TCP_SYN_SENT,
                    TCP_SYN_RECV,
                    TCP_FIN_WAIT1,
                    TCP_FIN_WAIT2,
                    TCP_TIME_WAIT,
                    TCP_CLOSE,
                    TCP_CLOSE_WAIT,
                    TCP_LAST_ACK,
                    TCP_LISTEN,
                    TCP_CLOSING,
                    TCP_NEW_SYN_RECV -> "BPF_" + symbol.name();
            default -> symbol.name();
        };
    }
}
