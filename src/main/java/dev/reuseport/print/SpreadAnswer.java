package dev.reuseport.print;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.SpreadPlan;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.Uniformity;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Who got how many connections: for people a bar for each member, or, of very many, the extremes. */
public record SpreadAnswer(SpreadCount count) implements Answer {
    private static final int MOST_BARS = 64;
    private static final int BAR_WIDTH = 50;

    @Override
    public Json json() {
        return new Json()
                .with("mode", count.plan().mode())
                .with("steer", count.plan().steer())
                .with("address", count.address())
                .with("openingSeconds", count.opening())
                .with("connections", count.made())
                .with(
                        "members",
                        count.members().stream().map(SpreadAnswer::member).toList())
                .with("chiSquare", count.uniformity().map(Uniformity::chiSquare))
                .with("degreesOfFreedom", count.uniformity().map(Uniformity::degreesOfFreedom))
                .with("pValue", count.uniformity().map(Uniformity::pValue))
                .with("failures", count.failures())
                .with("notes", count.notes())
                .with("endedEarly", count.endedEarly());
    }

    private static Json member(Member member) {
        return new Json()
                .with("index", member.index())
                .with("pid", member.pid())
                .with("connections", member.connections())
                .with("busy", member.busy())
                .with("died", member.died());
    }

    @Override
    public void print(PrintWriter out) {
        SpreadPlan settings = count.plan();
        out.println(count.made() + " connections from different source ports to "
                + count(count.members().size(), settings.processes() ? "process" : "listener") + " on "
                + count.address() + ", " + settings.mode() + ", member chosen by "
                + settings.steer()
                        .map(steer -> "a program (" + steer + ")")
                        .orElse(settings.loadBalanced() ? "SO_REUSEPORT_LB" : "the kernel"));
        out.println(String.format(
                Locale.ROOT, "all listening after %.3f s", count.opening().toNanos() / 1e9));
        out.println();
        if (count.members().size() <= MOST_BARS) {
            printBars(out);
        } else {
            printExtremes(out);
        }
        out.println();
        out.println(count.uniformity()
                .map(SpreadAnswer::verdict)
                .orElse("nothing to test: a spread needs two members and a connection"));
        printFailures(out, count.failures());
        count.notes().forEach(note -> out.println("note: " + note));
    }

    static void printFailures(PrintWriter out, Map<String, Integer> failures) {
        if (!failures.isEmpty()) {
            out.println("failures: "
                    + failures.entrySet().stream()
                            .map(each -> each.getKey() + " " + each.getValue())
                            .collect(Collectors.joining(", ")));
        }
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("s") ? "es" : "s");
    }

    private void printBars(PrintWriter out) {
        int most = count.members().stream().mapToInt(Member::connections).max().orElse(0);
        boolean processes = count.plan().processes();
        Table table = new Table().row("member", processes ? "pid" : "", "connections", "share", "");
        for (Member member : count.members()) {
            table.row(
                    Integer.toString(member.index()),
                    processes ? Long.toString(member.pid().orElse(0)) : "",
                    Integer.toString(member.connections()),
                    share(member.connections(), count.made()),
                    bar(member.connections(), most)
                            + (member.busy() ? " (busy: queued)" : "")
                            + member.died().map(how -> " (died: " + how + ")").orElse(""));
        }
        table.print(out, "");
    }

    private void printExtremes(PrintWriter out) {
        int[] sorted =
                count.members().stream().mapToInt(Member::connections).sorted().toArray();
        Table table = new Table().row("", "connections");
        table.row("fewest", Integer.toString(sorted[0]));
        table.row("median", Integer.toString(sorted[sorted.length / 2]));
        table.row("most", Integer.toString(sorted[sorted.length - 1]));
        table.print(out, "");
    }

    static String share(int connections, int all) {
        return String.format(Locale.ROOT, "%.1f %%", all == 0 ? 0 : 100.0 * connections / all);
    }

    static String bar(int connections, int most) {
        return "#".repeat(most == 0 ? 0 : (int) Math.round((double) BAR_WIDTH * connections / most));
    }

    static String verdict(Uniformity test) {
        return String.format(
                Locale.ROOT,
                "chi-square %.2f with %d degrees of freedom, p %s: %s",
                test.chiSquare(),
                test.degreesOfFreedom(),
                test.pValue() < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", test.pValue()),
                test.even() ? "as an even spread gives" : "not an even spread");
    }
}
