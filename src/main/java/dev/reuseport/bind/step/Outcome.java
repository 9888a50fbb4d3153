package dev.reuseport.bind.step;

import dev.reuseport.abi.Const;

/**
 * How a call ended: {@code ok}, or the C name of an errno. Names and not numbers, because the rules of one system are
 * compared with calls on another.
 *
 * @param name {@code ok}, {@code EADDRINUSE}, ...
 */
public record Outcome(String name) {
    /** The call succeeded. */
    public static final Outcome OK = new Outcome("ok");

    /** The call failed with an errno. */
    public static Outcome of(Const errno) {
        return new Outcome(errno.name());
    }

    /** Tells whether the call succeeded. */
    public boolean ok() {
        return name.equals(OK.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
