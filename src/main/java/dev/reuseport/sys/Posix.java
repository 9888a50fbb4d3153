package dev.reuseport.sys;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** jnr-posix, loaded at first use: what a process asks libc about itself and about the words for an errno. */
final class Posix {
    private static final class Loaded {
        static final POSIX POSIX = load();

        private static POSIX load() {
            JffiLibrary.load();
            return POSIXFactory.getNativePOSIX();
        }
    }

    private Posix() {}

    static POSIX loaded() {
        return Loaded.POSIX;
    }

    /** {@code seteuid(2)}: 0, or {@code -errno}. */
    static int seteuid(int euid) {
        return Loaded.POSIX.seteuid(euid) == 0 ? 0 : -Loaded.POSIX.errno();
    }
}
