package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * What this process asks the host's libc about itself, through jnr-posix, loaded at first use: who it is, what an errno
 * means, whether a descriptor is a terminal.
 */
public final class Libc {
    private static final class Loaded {
        static final POSIX POSIX = load();

        private static POSIX load() {
            JffiLibrary.load();
            return POSIXFactory.getNativePOSIX();
        }
    }

    private Libc() {}

    /** {@code strerror(3)} of a number as the host counts. */
    public static String strerror(int errno) {
        return Loaded.POSIX.strerror(errno);
    }

    /** {@code geteuid(2)}: the effective user, which the kernel compares among the members of a group. */
    public static int geteuid() {
        return Loaded.POSIX.geteuid();
    }

    /**
     * {@code seteuid(2)}: changes the effective user, of all threads.
     *
     * @throws ErrnoException mostly with EPERM
     */
    public static void seteuid(int uid) throws ErrnoException {
        if (Loaded.POSIX.seteuid(uid) != 0) {
            throw new ErrnoException("seteuid", Errno.of(Abi.host(), -Loaded.POSIX.errno()));
        }
    }

    /** {@code isatty(3)} of a descriptor. */
    public static boolean isatty(int fd) {
        return Loaded.POSIX.libc().isatty(fd) == 1;
    }
}
