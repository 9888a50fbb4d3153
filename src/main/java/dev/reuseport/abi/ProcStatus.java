package dev.reuseport.abi;

/** How {@code /proc/PID/status} of Linux counts ({@code proc(5)}); the same on every CPU. */
public final class ProcStatus {
    /** The bit of CAP_SYS_PTRACE in {@code CapEff} and its like (linux/capability.h). */
    public static final int CAP_SYS_PTRACE = 19;

    /** What {@code Seccomp} says of a process that has a filter (linux/seccomp.h). */
    public static final int SECCOMP_MODE_FILTER = 2;

    private ProcStatus() {}
}
