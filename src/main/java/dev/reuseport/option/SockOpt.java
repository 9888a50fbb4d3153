package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.net.SocketOption;
import java.util.Optional;

/**
 * A socket option: what it is, never its number.
 *
 * <p>Level and name travel together, so that an option cannot be set at another option's level.
 *
 * @param level SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP or IPPROTO_UDP
 * @param option the C symbol
 * @param codec how its bytes and its value turn into each other
 * @param access what may be done to it
 * @param page where it is documented: a manual page or a header
 * @param twin the JDK's name for it, where it has one
 * @param <T> the Java value
 */
public record SockOpt<T>(
        Const level, Const option, Codec<T> codec, Access access, String page, Optional<SocketOption<?>> twin) {

    /** Returns the C name. */
    public String name() {
        return option.name();
    }

    /** Tells whether the system's headers have it. */
    public boolean definedOn(Abi abi) {
        return definedOn(abi.platform());
    }

    /** Tells whether the platform's headers have it. */
    public boolean definedOn(Platform platform) {
        return level.definedOn(platform) && option.definedOn(platform);
    }

    @Override
    public String toString() {
        return name();
    }
}
