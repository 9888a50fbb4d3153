package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.util.Optional;

/**
 * Why a call failed: the number as that system counts, the C name, and the words of {@code strerror(3)}.
 *
 * @param number the number, positive
 * @param name the C name, {@code EADDRINUSE}; {@code errno 4095} where the table has none
 * @param message what libc says, {@code Address already in use}
 */
public record Errno(int number, String name, String message) {

    /**
     * Names the errno behind a negative result of a {@link Syscalls} call.
     *
     * @param result a negative result, {@code -errno}
     */
    public static Errno of(Syscalls syscalls, int result) {
        int number = -result;
        Optional<Const> name = Const.errno(syscalls.abi().platform(), number);
        Abi host = Abi.host();
        int numberHere = name.filter(host::defines).map(host::number).orElse(number);
        return new Errno(number, name.map(Const::name).orElse("errno " + number), syscalls.strerror(numberHere));
    }

    /** Tells whether this is the errno of that C name. */
    public boolean is(Const errno) {
        return name.equals(errno.name());
    }

    /** {@code EADDRINUSE (98): Address already in use}. */
    @Override
    public String toString() {
        return name + " (" + number + "): " + message;
    }
}
