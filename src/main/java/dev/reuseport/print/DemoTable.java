package dev.reuseport.print;

import dev.reuseport.experiment.Demo;
import dev.reuseport.socket.Mode;
import java.io.PrintWriter;

/**
 * The lines of the article, and whether each happened in each mode.
 *
 * @param all whether also those that are the same in both
 */
public record DemoTable(Demo.Replays replays, boolean all) {
    private static final String SAME = "same";
    private static final String NOT_SAME = "NOT the same:";

    /** Prints it. */
    public void print(PrintWriter out) {
        Table table = new Table().head("step", "the article", "native", "JDK");
        int same = 0;
        for (Demo.Row row : replays.rows()) {
            String ofNative = verdict(row, Mode.NATIVE);
            String ofJdk = verdict(row, Mode.JDK);
            if (!all && ofNative.equals(SAME) && ofJdk.equals(SAME)) {
                same++;
            } else {
                table.row(Integer.toString(row.step()), row.article(), coloured(ofNative, out), coloured(ofJdk, out));
            }
        }
        table.print(out, "");
        if (same > 0) {
            out.println("and " + same + " of its " + replays.rows().size()
                    + " lines are the same in both (--all shows them)");
        }
    }

    private static String coloured(String verdict, PrintWriter out) {
        return verdict.equals(SAME)
                ? Colour.GOOD.on(out, SAME)
                : verdict.startsWith(NOT_SAME)
                        ? Colour.BAD.on(out, NOT_SAME) + verdict.substring(NOT_SAME.length())
                        : verdict;
    }

    private static String verdict(Demo.Row row, Mode mode) {
        String seen = row.seen().get(mode);
        if (!row.same(mode)) {
            return NOT_SAME + " " + (seen == null ? "not reached" : seen);
        }
        return seen.equals(row.article()) ? SAME : "here: " + seen;
    }
}
