package dev.reuseport.option;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Symbol;
import java.net.SocketOption;
import java.util.Optional;

/**
 * A socket option: what it is, never its number.
 *
 * <p>Level and name travel together, so that an option cannot be set at another option's level.
 *
 * @param level SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP or IPPROTO_UDP; what was typed, outside the table
 * @param option the C symbol; what was typed, outside the table
 * @param codec how its bytes and its value turn into each other
 * @param access what may be done to it
 * @param page where it is documented: a manual page or a header
 * @param linux the release of Linux that began to have it, and behind commas those of older branches that got it later, as
 *     {@code 6.3, 6.1.32}; empty where Linux has none, or 2.6.32 has it. Text, because a start has no time to read each
 * @param twin the JDK's name for it, where it has one
 * @param <T> the Java value
 */
public record SockOpt<T>(
        Symbol level,
        Symbol option,
        Codec<T> codec,
        Access access,
        String page,
        String linux,
        Optional<SocketOption<?>> twin) {

    /** An option that the table does not have: its bytes as they are, to be set. */
    static SockOpt<Raw> outsideTheTable(Symbol level, Symbol option) {
        return new SockOpt<>(
                level, option, new Codec.Opaque(Raw.MOST_BYTES), Access.WRITE_ONLY, "", "", Optional.empty());
    }

    /** Tells whether the table has it, and so whether its value is more than bytes. */
    public boolean inTheTable() {
        return !page.isEmpty();
    }

    /** Returns the C name; of a number {@code LEVEL:NUMBER}. */
    public String name() {
        return option instanceof Const ? option.name() : level.name() + ":" + option.name();
    }

    /** Tells whether the system's headers have it. */
    public boolean definedOn(Abi abi) {
        return definedOn(abi.platform());
    }

    /** Tells whether the platform's headers have it. */
    public boolean definedOn(Platform platform) {
        return level.definedOn(platform) && option.definedOn(platform);
    }

    /** Returns the release of Linux that began to have it; empty where that says nothing. */
    public Optional<LinuxRelease> since() {
        return LinuxRelease.parse(linux);
    }

    /**
     * Returns the release that began to have it, if a kernel is too old for it. A kernel that a distribution maintains may have
     * it all the same; and one that has it may still refuse to read or to set it, for that may have come later
     * (SO_INCOMING_CPU: 3.19 and 4.4).
     */
    public Optional<LinuxRelease> sinceAfter(LinuxRelease kernel) {
        if (linux.isEmpty()) {
            return Optional.empty();
        }
        String[] releases = linux.split(", ");
        LinuxRelease first = LinuxRelease.parse(releases[0]).orElseThrow();
        boolean has = kernel.atLeast(first);
        for (int i = 1; i < releases.length; i++) {
            LinuxRelease ofBranch = LinuxRelease.parse(releases[i]).orElseThrow();
            has |= kernel.sameBranch(ofBranch) && kernel.atLeast(ofBranch);
        }
        return has ? Optional.empty() : Optional.of(first);
    }

    @Override
    public String toString() {
        return name();
    }
}
