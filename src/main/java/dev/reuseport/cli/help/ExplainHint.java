package dev.reuseport.cli.help;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;

/** The last line after a bind that failed, for people at a terminal: the {@code explain} call to type. */
public final class ExplainHint {
    private ExplainHint() {}

    /** Tells whether bind or listen failed, natively or in the JDK. */
    public static boolean concerns(IOException failure) {
        return failure instanceof BindException
                || failure instanceof ErrnoException call
                        && (call.call().equals("bind") || call.call().equals("listen"));
    }

    /** Prints the line if stderr is a terminal. */
    public static void print(PrintWriter err, Sockaddr address, boolean reusePort) {
        if (Terminal.is(Terminal.STDERR)) {
            err.println("Who is in the way: " + command(address, reusePort));
        }
    }

    /** The call for a receiver, which sets SO_REUSEADDR always. Shells take square brackets for a pattern. */
    static String command(Sockaddr address, boolean reusePort) {
        String where = address.toString();
        return "reuseport explain tcp " + (where.startsWith("[") ? "'" + where + "'" : where) + " SO_REUSEADDR"
                + (reusePort ? " SO_REUSEPORT" : "");
    }
}
