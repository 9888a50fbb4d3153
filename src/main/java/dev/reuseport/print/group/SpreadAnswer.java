package dev.reuseport.print.group;

import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.SpreadPlan;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Who got how many connections: for people a bar for each member, or, of very many, the extremes. */
public record SpreadAnswer(SpreadCount count) implements Answer {
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
                + Bars.count(count.members().size(), settings.processes() ? "process" : "listener") + " on "
                + count.address() + ", " + settings.mode() + ", member chosen by "
                + settings.steer()
                        .map(steer -> "a program (" + steer + ")")
                        .orElse(settings.loadBalanced() ? "SO_REUSEPORT_LB" : "the kernel"));
        out.println(String.format(
                Locale.ROOT, "all listening after %.3f s", count.opening().toNanos() / 1e9));
        out.println();
        if (count.members().size() <= Bars.MOST) {
            printBars(out);
        } else {
            Bars.printExtremes(out, "connections", count.members().stream().mapToInt(Member::connections));
        }
        out.println();
        out.println(count.uniformity()
                .map(test -> Bars.verdict(test, "", out))
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

    private void printBars(PrintWriter out) {
        int most = count.members().stream().mapToInt(Member::connections).max().orElse(0);
        boolean processes = count.plan().processes();
        Table table = new Table().head("member", processes ? "pid" : "", "connections", "share", "");
        for (Member member : count.members()) {
            table.row(
                    Integer.toString(member.index()),
                    processes ? Long.toString(member.pid().orElse(0)) : "",
                    Integer.toString(member.connections()),
                    Bars.share(member.connections(), count.made()),
                    Bars.bar(member.connections(), most, out)
                            + (member.busy() ? " (busy: queued)" : "")
                            + member.died().map(how -> " (died: " + how + ")").orElse(""));
        }
        table.print(out, "");
    }
}
