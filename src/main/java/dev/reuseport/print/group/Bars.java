package dev.reuseport.print.group;

import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.IntStream;

/** Counts of members as people read them: bars, shares, and what a test says of them. */
final class Bars {
    /** Of more members than these the extremes are shown. */
    static final int MOST = 64;

    private static final int WIDTH = 50;

    private Bars() {}

    /** Returns a bar as long as {@code part} is of the largest. */
    static String bar(int part, int largest) {
        return "#".repeat(largest == 0 ? 0 : (int) Math.round((double) WIDTH * part / largest));
    }

    static String share(int part, int whole) {
        return percent(whole == 0 ? 0 : (double) part / whole);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("s") ? "es" : "s");
    }

    static void printExtremes(PrintWriter out, String what, IntStream counts) {
        int[] sorted = counts.sorted().toArray();
        Table table = new Table().row("", what);
        table.row("fewest", Integer.toString(sorted[0]));
        table.row("median", Integer.toString(sorted[sorted.length / 2]));
        table.row("most", Integer.toString(sorted[sorted.length - 1]));
        table.print(out, "");
    }

    static String verdict(Uniformity test, String of) {
        return String.format(
                Locale.ROOT,
                "chi-square %.2f%s with %d degrees of freedom, p %s: %s",
                test.chiSquare(),
                of,
                test.degreesOfFreedom(),
                test.pValue() < Uniformity.DOUBT ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", test.pValue()),
                test.even() ? "as an even spread gives" : "not an even spread");
    }
}
