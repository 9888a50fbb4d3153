package dev.reuseport.sys;

/** Whether somebody looks at a descriptor. */
public final class Terminal {
    /** The descriptor of {@code stdout}. */
    public static final int STDOUT = 1;

    /** The descriptor of {@code stderr}. */
    public static final int STDERR = 2;

    private Terminal() {}

    /** {@code isatty(3)}. */
    public static boolean is(int fd) {
        return Posix.loaded().libc().isatty(fd) == 1;
    }
}
