package dev.reuseport.socket;

import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.option.Raw;
import dev.reuseport.sys.Errno;
import java.util.Optional;

/**
 * The answer to "what is this option set to": a value, or one of the reasons why there is none. A refusal is an answer.
 *
 * @param <T> the Java value of the option
 */
public sealed interface Probe<T> {
    /**
     * The option has a value.
     *
     * @param value the decoded value
     * @param raw the bytes that the kernel returned; empty where the JDK keeps them to itself
     */
    record Value<T>(T value, Optional<Raw> raw) implements Probe<T> {}

    /**
     * There is no such option here.
     *
     * @param where who has no name for it: an ABI as {@code darwin}, or the JDK's class as {@code ServerSocketChannel}
     */
    record NotDefined<T>(String where) implements Probe<T> {}

    /**
     * The option exists and this socket, or this user, does not get it.
     *
     * @param errno the errno, absent where the JDK hides it
     * @param message what was said
     * @param since the release of Linux that began to have the option, where this kernel is older and refused it for that
     */
    record Refused<T>(Optional<Errno> errno, String message, Optional<LinuxRelease> since) implements Probe<T> {
        /** Keeps what libc said. */
        public Refused(Errno errno) {
            this(errno, Optional.empty());
        }

        /** As above, of an option that a kernel may be too old for. */
        public Refused(Errno errno, Optional<LinuxRelease> since) {
            this(Optional.of(errno), errno.message(), since);
        }
    }

    /**
     * The kernel returned bytes that the option's codec does not know.
     *
     * @param raw the bytes
     */
    record Undecodable<T>(Raw raw) implements Probe<T> {}

    /**
     * Nobody asked, because asking would do harm or cannot be done.
     *
     * @param reason why, as {@code can only be set}
     */
    record NotAsked<T>(String reason) implements Probe<T> {}

    /**
     * The socket may not be asked, and whoever was asked instead does not know.
     *
     * @param who that was, as {@code sock_diag(7)}
     */
    record Unknown<T>(String who) implements Probe<T> {}

    /** Returns the value if there is one. */
    default Optional<T> toOptional() {
        return this instanceof Value<T> found ? Optional.of(found.value()) : Optional.empty();
    }
}
