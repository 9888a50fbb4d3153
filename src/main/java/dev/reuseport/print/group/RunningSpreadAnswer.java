package dev.reuseport.print.group;

import dev.reuseport.experiment.RunningSpread;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Which process of a server that runs got how many connections: for people a bar for each. */
public record RunningSpreadAnswer(RunningSpread.Count count) implements Answer {
    @Override
    public Json json() {
        List<Json> members = new ArrayList<>();
        for (RunningSpread.Reached member : count.members()) {
            members.add(new Json()
                    .with("index", members.size())
                    .with("pid", member.process().pid())
                    .with("command", member.process().command().text())
                    .with("connections", member.connections())
                    .with("queued", member.queued()));
        }
        Json json = new Json()
                .with("on", count.plan().address())
                .with("address", count.address())
                .with("connections", count.made())
                .with("members", members)
                .with("queued", count.queued())
                .with("gone", count.gone())
                .with("unseen", count.unseen());
        if (count.plan().message().length > 0) {
            json.with("answered", count.answered());
        }
        return json.with("chiSquare", count.uniformity().map(Uniformity::chiSquare))
                .with("degreesOfFreedom", count.uniformity().map(Uniformity::degreesOfFreedom))
                .with("pValue", count.uniformity().map(Uniformity::pValue))
                .with("failures", count.failures())
                .with("notes", count.notes())
                .with("endedEarly", count.endedEarly());
    }

    @Override
    public void print(PrintWriter out) {
        out.println(count.made() + " connections from different source ports to " + count.address() + ", by the process"
                + " that has the server's end");
        out.println();
        int most = count.members().stream()
                .mapToInt(RunningSpread.Reached::connections)
                .max()
                .orElse(0);
        Table table = new Table().head("pid", "process", "connections", "share", "");
        for (RunningSpread.Reached member : count.members()) {
            table.row(
                    Integer.toString(member.process().pid()),
                    member.process().command().toString(),
                    Integer.toString(member.connections()),
                    Bars.share(member.connections(), count.made()),
                    Bars.bar(member.connections(), most, out)
                            + (member.queued() > 0 ? " (" + member.queued() + " queued)" : ""));
        }
        table.print(out, "");
        out.println();
        out.println(count.uniformity()
                .map(test -> Bars.verdict(test, "", out))
                .orElse("nothing to test: a spread needs two processes and a connection"));
        print(out, count.queued(), "wait in a queue, and nobody can tell in whose");
        print(out, count.gone(), "were gone before they could be found");
        print(out, count.unseen(), "were accepted by a process that cannot be seen from here");
        if (count.plan().message().length > 0) {
            out.println(count.answered() + " got a reply");
        }
        SpreadAnswer.printFailures(out, count.failures());
        count.notes().forEach(note -> out.println("note: " + note));
    }

    private static void print(PrintWriter out, int connections, String what) {
        if (connections > 0) {
            out.println(connections + " " + what);
        }
    }
}
