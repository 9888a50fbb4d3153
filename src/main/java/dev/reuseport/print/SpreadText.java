package dev.reuseport.print;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.SpreadPlan;
import dev.reuseport.experiment.Uniformity;
import dev.reuseport.experiment.group.Member;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code spread} prints for people: a bar for each member, or, of very many, the extremes. */
public final class SpreadText {
    private static final int MOST_BARS = 64;
    private static final int BAR_WIDTH = 50;

    private SpreadText() {}

    public static void print(PrintWriter out, SpreadCount result) {
        SpreadPlan settings = result.plan();
        out.println(result.made() + " connections from different source ports to "
                + count(result.members().size(), settings.processes() ? "process" : "listener") + " on "
                + result.address() + ", " + settings.mode() + ", member chosen by "
                + settings.steer()
                        .map(steer -> "a program (" + steer + ")")
                        .orElse(settings.loadBalanced() ? "SO_REUSEPORT_LB" : "the kernel"));
        out.println(String.format(
                Locale.ROOT, "all listening after %.3f s", result.opening().toNanos() / 1e9));
        out.println();
        if (result.members().size() <= MOST_BARS) {
            printBars(out, result);
        } else {
            printExtremes(out, result);
        }
        out.println();
        out.println(result.uniformity()
                .map(SpreadText::verdict)
                .orElse("nothing to test: a spread needs two members and a connection"));
        if (!result.failures().isEmpty()) {
            out.println("failures: "
                    + result.failures().entrySet().stream()
                            .map(each -> each.getKey() + " " + each.getValue())
                            .collect(Collectors.joining(", ")));
        }
        result.notes().forEach(note -> out.println("note: " + note));
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("s") ? "es" : "s");
    }

    private static void printBars(PrintWriter out, SpreadCount result) {
        int most = result.members().stream().mapToInt(Member::connections).max().orElse(0);
        boolean processes = result.plan().processes();
        Table table = new Table().row("member", processes ? "pid" : "", "connections", "share", "");
        for (Member member : result.members()) {
            double share = result.made() == 0 ? 0 : 100.0 * member.connections() / result.made();
            int length = most == 0 ? 0 : (int) Math.round((double) BAR_WIDTH * member.connections() / most);
            table.row(
                    Integer.toString(member.index()),
                    processes ? Long.toString(member.pid().orElse(0)) : "",
                    Integer.toString(member.connections()),
                    String.format(Locale.ROOT, "%.1f %%", share),
                    "#".repeat(length)
                            + (member.busy() ? " (busy: queued)" : "")
                            + member.died().map(how -> " (died: " + how + ")").orElse(""));
        }
        table.print(out, "");
    }

    private static void printExtremes(PrintWriter out, SpreadCount result) {
        int[] sorted =
                result.members().stream().mapToInt(Member::connections).sorted().toArray();
        Table table = new Table().row("", "connections");
        table.row("fewest", Integer.toString(sorted[0]));
        table.row("median", Integer.toString(sorted[sorted.length / 2]));
        table.row("most", Integer.toString(sorted[sorted.length - 1]));
        table.print(out, "");
    }

    private static String verdict(Uniformity test) {
        return String.format(
                Locale.ROOT,
                "chi-square %.2f with %d degrees of freedom, p %s: %s",
                test.chiSquare(),
                test.degreesOfFreedom(),
                test.pValue() < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", test.pValue()),
                test.even() ? "as an even spread gives" : "not an even spread");
    }
}
