package dev.reuseport.print;

import dev.reuseport.experiment.Demo;
import dev.reuseport.socket.Mode;
import java.io.PrintWriter;

/** Each line of the article, and whether it happened in each mode. */
public record DemoTable(Demo.Replays replays) {
    /** Prints it. */
    public void print(PrintWriter out) {
        Table table = new Table().row("step", "the article", "native", "JDK");
        for (Demo.Row row : replays.rows()) {
            table.row(Integer.toString(row.step()), row.article(), verdict(row, Mode.NATIVE), verdict(row, Mode.JDK));
        }
        table.print(out, "");
    }

    private static String verdict(Demo.Row row, Mode mode) {
        String seen = row.seen().get(mode);
        if (!row.same(mode)) {
            return "NOT the same: " + (seen == null ? "not reached" : seen);
        }
        return seen.equals(row.article()) ? "same" : "here: " + seen;
    }
}
