package dev.reuseport.print;

import dev.reuseport.sys.Terminal;
import java.io.PrintWriter;

/** One line on stderr that says how far something is, and is gone when it is over; nothing where that is no terminal. */
public final class Progress implements AutoCloseable {
    private final PrintWriter err;
    private final boolean shown;
    private int longest;

    /**
     * Shows nothing yet.
     *
     * @param wanted whether it takes so long that somebody wants to know
     */
    public Progress(PrintWriter err, boolean wanted) {
        this.err = err;
        this.shown = wanted && Terminal.is(Terminal.STDERR);
    }

    /** Writes over what it said before. */
    public void show(String text) {
        if (shown) {
            longest = Math.max(longest, text.length());
            err.print("\r" + text + " ".repeat(longest - text.length()));
            err.flush();
        }
    }

    @Override
    public void close() {
        if (longest > 0) {
            err.print("\r" + " ".repeat(longest) + "\r");
            err.flush();
        }
    }
}
