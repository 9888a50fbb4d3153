package dev.reuseport.sys;

import java.util.Optional;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.posix.Passwd;

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

    /** {@code getpwuid(3)}. */
    static Optional<String> userName(int uid) {
        return Optional.ofNullable(Loaded.POSIX.getpwuid(uid)).map(Passwd::getLoginName);
    }

    /** {@code seteuid(2)}: 0, or {@code -errno}. */
    static int seteuid(int euid) {
        return Loaded.POSIX.seteuid(euid) == 0 ? 0 : -Loaded.POSIX.errno();
    }
}
