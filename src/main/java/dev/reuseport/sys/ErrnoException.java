package dev.reuseport.sys;

import java.io.IOException;

/** A call of libc that failed: {@code bind: EADDRINUSE (98): Address already in use}. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final transient Errno errno;

    /** Says that {@code call}, a C name, failed with {@code errno}. */
    public ErrnoException(String call, Errno errno) {
        this(call, errno, "");
    }

    /** As above, and behind that what else is known of it. */
    public ErrnoException(String call, Errno errno, String more) {
        super(call + ": " + errno + more);
        this.call = call;
        this.errno = errno;
    }

    /** Returns the C name of the call. */
    public String call() {
        return call;
    }

    /** Returns why it failed. */
    public Errno errno() {
        return errno;
    }

    /**
     * Returns the result of a call that succeeded.
     *
     * @param call its C name
     * @throws ErrnoException if the result is negative, and so {@code -errno}
     */
    public static int check(Syscalls syscalls, String call, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, Errno.of(syscalls, result));
        }
        return result;
    }
}
