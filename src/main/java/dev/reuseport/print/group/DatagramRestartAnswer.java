package dev.reuseport.print.group;

import dev.reuseport.experiment.DatagramRestartCount;
import dev.reuseport.experiment.DatagramRestartPlan;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import java.io.PrintWriter;

/** What a member's leaving, or joining, did to flows. */
public record DatagramRestartAnswer(DatagramRestartCount count) implements Answer {
    @Override
    public Json json() {
        DatagramRestartPlan plan = count.plan();
        return new Json()
                .with("protocol", "udp")
                .with("mode", plan.mode())
                .with("event", plan.leaver().isPresent() ? "leave" : "join")
                .with("strategy", plan.leaver().map(leaver -> plan.strategy()))
                .with("address", count.address())
                .with("listeners", plan.members())
                .with("leaver", plan.leaver())
                .with("flows", count.flows())
                .with("ownFlows", count.own())
                .with("moved", count.moved())
                .with("movedShare", count.movedShare())
                .with("expectedShare", count.expected())
                .with("movedMeanwhile", count.meanwhile())
                .with("datagrams", count.sent())
                .with("queuedOnLeaver", count.queued())
                .with("overflowed", count.overflowed())
                .with("lost", count.lost())
                .with("endedEarly", count.endedEarly());
    }

    @Override
    public void print(PrintWriter out) {
        DatagramRestartPlan plan = count.plan();
        out.println(Bars.count(count.flows(), "flow") + " to " + Bars.count(plan.members(), "member") + " on udp "
                + count.address() + " (" + plan.mode() + "); "
                + plan.leaver()
                        .map(leaver -> "member " + leaver + " leaves by " + plan.strategy() + " with "
                                + Bars.count(count.queued().orElse(0), "datagram") + " in its queue")
                        .orElse("one joins"));
        out.println();
        Table table = new Table().row("flows", Integer.toString(count.flows()));
        if (plan.leaver().isPresent()) {
            table.row("the leaver's own", number(count.own()));
        }
        table.row(
                "moved",
                number(count.moved())
                        + count.expected()
                                .map(share -> "; by the kernel's hash " + Bars.percent(share) + " do")
                                .orElse(""));
        count.meanwhile().ifPresent(moved -> table.row("moved while it drained", number(moved)));
        table.row("datagrams", Integer.toString(count.sent()));
        table.row(
                "lost",
                Bars.lost(count.lost(), out)
                        + (count.overflowed() > 0
                                ? ", of which " + count.overflowed() + " had no room in the leaver's buffer"
                                : ""));
        table.print(out, "");
    }

    private String number(int flows) {
        return flows + " (" + Bars.share(flows, count.flows()) + ")";
    }
}
