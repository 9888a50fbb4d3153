package dev.reuseport.abi;

/** How files below {@code /proc} of Linux count ({@code proc(5)}); the same on every CPU. */
public final class LinuxBits {
    /** The bit of CAP_NET_BIND_SERVICE: ports below net.ipv4.ip_unprivileged_port_start. */
    public static final int CAP_NET_BIND_SERVICE = 10;

    /** The bit of CAP_NET_ADMIN, one of the two that IP_TRANSPARENT asks for. */
    public static final int CAP_NET_ADMIN = 12;

    /** The bit of CAP_NET_RAW: IP_TRANSPARENT, and SO_BINDTODEVICE on a socket that has a device. */
    public static final int CAP_NET_RAW = 13;

    /** The bit of CAP_SYS_PTRACE in {@code CapEff} and its like (linux/capability.h). */
    public static final int CAP_SYS_PTRACE = 19;

    /** How many ticks a second has in {@code /proc/PID/stat}; 1024 on Alpha alone, which no JVM runs on (asm/param.h). */
    public static final int USER_HZ = 100;

    /** The inode of the initial pid namespace (linux/proc_ns.h, {@code PROC_PID_INIT_INO}). */
    public static final long PID_INIT_INO = 0xEFFFFFFCL;

    /** What setns(2) is told of a network namespace (linux/sched.h). */
    public static final int CLONE_NEWNET = 0x40000000;

    /** The flag in {@code /proc/net/unix} of a socket that listens ({@code __SO_ACCEPTCON} of linux/net.h). */
    public static final int SO_ACCEPTCON = 0x10000;

    /** The state in {@code /proc/net/unix} of a socket that has a peer (linux/net.h). */
    public static final int SS_CONNECTED = 3;

    /** A type of sockets (linux/net.h); 5 on every architecture, where stream and datagram are not the same on all. */
    public static final int SOCK_SEQPACKET = 5;

    /** What {@code Seccomp} says of a process that has a filter (linux/seccomp.h). */
    public static final int SECCOMP_MODE_FILTER = 2;

    /** Flags of an IPv6 address in {@code /proc/net/if_inet6} (linux/if_addr.h). */
    private static final int IFA_F_OPTIMISTIC = 0x04;

    private static final int IFA_F_TENTATIVE = 0x40;

    private LinuxBits() {}

    /** Tells whether the flags of an IPv6 address keep bind away from it: {@code ipv6_chk_addr_and_flags}. */
    public static boolean tentative(int flags) {
        return (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    }
}
