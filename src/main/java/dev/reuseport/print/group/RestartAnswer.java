package dev.reuseport.print.group;

import dev.reuseport.experiment.RestartCount;
import dev.reuseport.experiment.RestartPlan;
import dev.reuseport.option.Codec;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** What a member's leaving cost. */
public record RestartAnswer(RestartCount count) implements Answer {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};

    @Override
    public Json json() {
        return new Json()
                .with("mode", count.plan().mode())
                .with("strategy", count.plan().strategy())
                .with("address", count.address())
                .with("listeners", count.plan().listeners())
                .with("migrateReq", count.migrateReq())
                .with("queued", count.queued())
                .with("queuedOnLeaver", count.queuedOnLeaver())
                .with("answered", count.answered())
                .with("lost", count.lost())
                .with("failures", count.failures())
                .with("rolling", count.rolling().map(RestartAnswer::rolling))
                .with("endedEarly", count.endedEarly());
    }

    private static Json rolling(RestartCount.Course seen) {
        Histogram latency = seen.latency();
        return new Json()
                .with("replaced", seen.replaced())
                .with(
                        "latencyMicros",
                        new Json()
                                .with("p50", latency.getValueAtPercentile(50))
                                .with("p90", latency.getValueAtPercentile(90))
                                .with("p99", latency.getValueAtPercentile(99))
                                .with("p999", latency.getValueAtPercentile(99.9))
                                .with("max", latency.getMaxValue()))
                .with("worstStallMicros", seen.worstStall().toNanos() / 1000);
    }

    @Override
    public void print(PrintWriter out) {
        RestartPlan settings = count.plan();
        String migrate = count.migrateReq().isPresent()
                ? ", net.ipv4.tcp_migrate_req=" + count.migrateReq().getAsInt()
                : "";
        String members = settings.listeners() + " listeners on " + count.address() + " (" + settings.mode() + ")";
        if (settings.rolling().isPresent()) {
            RestartPlan.Stream stream = settings.rolling().get();
            out.println(members + ", each replaced in turn by " + settings.strategy() + ", under " + stream.rate()
                    + " connections per second for " + Codec.seconds(stream.duration()) + " s" + migrate);
        } else {
            out.println(count.queued() + " connections queued on " + members + "; member 0 leaves by "
                    + settings.strategy()
                    + (count.queuedOnLeaver().isPresent()
                            ? " with " + count.queuedOnLeaver().getAsInt() + " of them in its queue"
                            : "")
                    + migrate);
        }
        out.println();
        String how = count.failures().entrySet().stream()
                .map((Map.Entry<String, Integer> each) -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", "));
        Table table = new Table()
                .row("connections", Integer.toString(count.queued()))
                .row("answered", Integer.toString(count.answered()))
                .row("lost", Bars.lost(count.lost(), out));
        if (!how.isEmpty()) {
            table.row("failures", how);
        }
        count.rolling().ifPresent(seen -> {
            Histogram latency = seen.latency();
            table.row("replaced", Integer.toString(seen.replaced()));
            for (double percentile : PERCENTILES) {
                table.row(
                        "latency p" + (percentile == Math.rint(percentile) ? (int) percentile + "" : percentile + ""),
                        milliseconds(latency.getValueAtPercentile(percentile)));
            }
            table.row("latency max", milliseconds(latency.getMaxValue()));
            table.row("worst stall", milliseconds(seen.worstStall().toNanos() / 1000));
        });
        table.print(out, "");
    }

    private static String milliseconds(long micros) {
        return String.format(Locale.ROOT, "%.2f ms", micros / 1000.0);
    }
}
