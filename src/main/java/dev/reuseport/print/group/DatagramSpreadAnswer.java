package dev.reuseport.print.group;

import dev.reuseport.experiment.DatagramSpreadCount;
import dev.reuseport.experiment.DatagramSpreadPlan;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import java.io.PrintWriter;

/** Who got the datagrams: for people a bar for each member, or, of very many, the extremes. */
public record DatagramSpreadAnswer(DatagramSpreadCount count) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("protocol", "udp")
                .with("mode", count.plan().mode())
                .with("flag", count.plan().sharing())
                .with("steer", count.plan().steer())
                .with("address", count.address())
                .with("sources", count.sources())
                .with("datagrams", count.sent())
                .with("received", count.read())
                .with(
                        "members",
                        count.members().stream()
                                .map(DatagramSpreadAnswer::member)
                                .toList())
                .with("copies", count.plan().copies())
                .with("lost", count.lost())
                .with("sticky", count.sticky())
                .with("connected", count.connection().map(DatagramSpreadAnswer::connection))
                .with("chiSquare", count.uniformity().map(Uniformity::chiSquare))
                .with("degreesOfFreedom", count.uniformity().map(Uniformity::degreesOfFreedom))
                .with("pValue", count.uniformity().map(Uniformity::pValue))
                .with("notes", count.notes())
                .with("endedEarly", count.endedEarly());
    }

    private static Json member(DatagramSpreadCount.Member member) {
        return new Json()
                .with("index", member.index())
                .with("sources", member.sources())
                .with("datagrams", member.datagrams())
                .with("busy", member.busy())
                .with("dropped", member.dropped());
    }

    private static Json connection(DatagramSpreadCount.Connection connection) {
        return new Json()
                .with("member", connection.member())
                .with("source", connection.source())
                .with("before", connection.before())
                .with("taken", connection.taken());
    }

    @Override
    public void print(PrintWriter out) {
        DatagramSpreadPlan plan = count.plan();
        out.println(
                Bars.count(count.sources(), "source") + ", " + Bars.count(plan.datagrams(), "datagram") + " each, to "
                        + Bars.count(count.members().size(), "member") + " with " + plan.sharing() + " on udp "
                        + count.address() + ", " + plan.mode()
                        + plan.steer()
                                .map(steer -> ", member chosen by a program (" + steer + ")")
                                .orElse(""));
        out.println();
        if (count.members().size() <= Bars.MOST) {
            printBars(out);
        } else {
            Bars.printExtremes(out, "sources", count.members().stream().mapToInt(DatagramSpreadCount.Member::sources));
        }
        out.println();
        count.uniformity().map(test -> Bars.verdict(test, " over sources", out)).ifPresent(out::println);
        count.sticky()
                .ifPresent(share ->
                        out.println("sticky: " + Bars.percent(share) + " of the sources reached one member only"));
        if (count.lost() > 0) {
            out.println("lost: " + count.lost() + " of " + plan.deliveries(count.sent())
                    + (plan.copies() ? " copies" : " datagrams"));
        }
        count.connection()
                .ifPresent(made -> out.println("connected: member " + made.member() + " connected to " + made.source()
                        + ", whose datagram member " + made.before() + " had got, and got " + made.taken()
                        + " of its next "
                        + plan.datagrams()));
        count.notes().forEach(note -> out.println("note: " + note));
    }

    private void printBars(PrintWriter out) {
        int most = count.members().stream()
                .mapToInt(DatagramSpreadCount.Member::sources)
                .max()
                .orElse(0);
        Table table = new Table().head("member", "sources", "share", "datagrams", "");
        for (DatagramSpreadCount.Member member : count.members()) {
            table.row(
                    Integer.toString(member.index()),
                    Integer.toString(member.sources()),
                    Bars.share(member.sources(), count.sources()),
                    Integer.toString(member.datagrams()),
                    Bars.bar(member.sources(), most, out) + state(member));
        }
        table.print(out, "");
    }

    private String state(DatagramSpreadCount.Member member) {
        String dropped =
                member.dropped().orElse(0) > 0 ? member.dropped().getAsInt() + " dropped, its buffer was full" : "";
        boolean connected = count.connection()
                .filter(made -> made.member() == member.index())
                .isPresent();
        String state = member.busy() ? "busy" + (dropped.isEmpty() ? ": queued" : ": " + dropped) : dropped;
        return state.isEmpty() ? connected ? " (connected)" : "" : " (" + state + ")";
    }
}
