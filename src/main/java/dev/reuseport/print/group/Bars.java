package dev.reuseport.print.group;

import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.print.Colour;
import dev.reuseport.print.Sheet;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.IntStream;

/** Counts of members as people read them: bars, shares, and what a test says of them. */
final class Bars {
    /** Of more members than these the extremes are shown. */
    static final int MOST = 64;

    private static final int WIDTH = 50;
    private static final int SHORTEST = 10;

    /** What stands before a bar, at most. */
    private static final int BEFORE = 48;

    private Bars() {}

    /** Returns a bar as long as {@code part} is of the largest. */
    static String bar(int part, int largest, PrintWriter out) {
        return "#".repeat(largest == 0 ? 0 : (int) Math.round((double) width(WIDTH, out) * part / largest));
    }

    /** Returns how long the longest bar is: where there is less room, shorter. */
    static int width(int most, PrintWriter out) {
        return Math.min(most, Math.max(SHORTEST, Sheet.columns(out) - BEFORE));
    }

    static String share(long part, long whole) {
        return String.format(Locale.ROOT, "%.1f %%", whole == 0 ? 0 : 100.0 * part / whole);
    }

    /** Returns how many were lost, in a colour. */
    static String lost(int connections, PrintWriter out) {
        return (connections == 0 ? Colour.GOOD : Colour.BAD).on(out, Integer.toString(connections));
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("s") ? "es" : "s");
    }

    static void printExtremes(PrintWriter out, String what, IntStream counts) {
        int[] sorted = counts.sorted().toArray();
        Table table = new Table().head("", what);
        table.row("fewest", Integer.toString(sorted[0]));
        table.row("median", Integer.toString(sorted[sorted.length / 2]));
        table.row("most", Integer.toString(sorted[sorted.length - 1]));
        table.print(out, "");
    }

    static String verdict(Uniformity test, String of, PrintWriter out) {
        return String.format(
                Locale.ROOT,
                "chi-square %.2f%s with %d degrees of freedom, p %s: %s",
                test.chiSquare(),
                of,
                test.degreesOfFreedom(),
                test.pValue() < Uniformity.DOUBT ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", test.pValue()),
                test.even()
                        ? Colour.GOOD.on(out, "as an even spread gives")
                        : Colour.DOUBT.on(out, "not an even spread"));
    }
}
