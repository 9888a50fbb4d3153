package dev.reuseport.print.group;

import dev.reuseport.experiment.RestartOnCount;
import dev.reuseport.experiment.RestartOnCount.Fate;
import dev.reuseport.experiment.RestartOnCount.Loss;
import dev.reuseport.experiment.RestartOnCount.Outcomes;
import dev.reuseport.experiment.RestartOnCount.Phase;
import dev.reuseport.experiment.RestartOnCount.Step;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Json;
import dev.reuseport.print.Table;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * What a command cost the clients of a server.
 *
 * @param chart whether the course is drawn too
 */
public record RestartOnAnswer(RestartOnCount count, boolean chart) implements Answer {
    private static final double[] PERCENTILES = {50, 90, 99};
    private static final int MOST_LOSSES = 10;
    private static final int MOST_PROCESSES = 20;
    private static final int MOST_ROWS = 40;
    private static final int BAR_WIDTH = 40;

    @Override
    public Json json() {
        Histogram latency = count.latency();
        boolean answered = latency.getTotalCount() > 0;
        return new Json()
                .with("target", count.plan().target())
                .with("command", count.plan().command())
                .with("exit", count.exit())
                .with("seconds", count.took())
                .with("connections", count.connections())
                .with("answered", count.of(Fate.ANSWERED))
                .with("refused", count.of(Fate.REFUSED))
                .with("reset", count.of(Fate.RESET))
                .with("timedOut", count.of(Fate.TIMED_OUT))
                .with("closedUnanswered", count.of(Fate.UNANSWERED))
                .with("failed", count.of(Fate.FAILED))
                .with("lost", count.lost())
                .with("failures", count.failures())
                .with(
                        "latency",
                        new Json()
                                .with("p50", answered ? seconds(latency.getValueAtPercentile(50)) : null)
                                .with("p90", answered ? seconds(latency.getValueAtPercentile(90)) : null)
                                .with("p99", answered ? seconds(latency.getValueAtPercentile(99)) : null)
                                .with("max", answered ? seconds(latency.getMaxValue()) : null))
                .with(
                        "stall",
                        count.stall()
                                .map(stall -> new Json()
                                        .with("seconds", stall.length())
                                        .with("at", stall.began())))
                .with("phases", Stream.of(Phase.values()).map(this::phase).toList())
                .with(
                        "losses",
                        count.losses().stream().map(RestartOnAnswer::loss).toList())
                .with("before", count.before().map(RestartOnAnswer::pids))
                .with("after", count.after().map(RestartOnAnswer::pids))
                .with("notes", count.notes())
                .with("endedEarly", count.endedEarly());
    }

    private static Duration seconds(long micros) {
        return Duration.ofNanos(1000 * micros);
    }

    private Json phase(Phase phase) {
        Outcomes outcomes = count.phases().get(phase);
        return new Json()
                .with("phase", phase.name().toLowerCase(Locale.ROOT))
                .with("connections", outcomes.all())
                .with("answered", outcomes.of(Fate.ANSWERED))
                .with("refused", outcomes.of(Fate.REFUSED))
                .with("reset", outcomes.of(Fate.RESET))
                .with("timedOut", outcomes.of(Fate.TIMED_OUT))
                .with("closedUnanswered", outcomes.of(Fate.UNANSWERED))
                .with("failed", outcomes.of(Fate.FAILED))
                .with("lost", outcomes.lost());
    }

    private static Json loss(Loss loss) {
        return new Json()
                .with("at", loss.due())
                .with("ended", loss.ended())
                .with("fate", camel(loss.fate()))
                .with("errno", loss.errno());
    }

    private static String camel(Fate fate) {
        return switch (fate) {
            case ANSWERED -> "answered";
            case REFUSED -> "refused";
            case RESET -> "reset";
            case TIMED_OUT -> "timedOut";
            case UNANSWERED -> "closedUnanswered";
            case FAILED -> "failed";
        };
    }

    private static List<Integer> pids(List<RunningProcess> processes) {
        return processes.stream().map(RunningProcess::pid).toList();
    }

    @Override
    public void print(PrintWriter out) {
        String command = new Printable(String.join(" ", count.plan().command())).toString();
        out.println(count.connections() + " connections to " + count.plan().target() + ", "
                + count.plan().rate() + " per second, while this was run: " + command);
        out.println(String.format(
                Locale.ROOT,
                "it ran %.3f s, %s",
                count.took().toNanos() / 1e9,
                count.exit().map(status -> "exit status " + status).orElse("and had not ended then")));
        out.println();
        printPhases(out);
        out.println();
        printTimes(out);
        if (chart) {
            out.println();
            printCourse(out);
        }
        count.notes().forEach(note -> out.println("note: " + note));
    }

    private void printPhases(PrintWriter out) {
        List<Fate> fates = Stream.of(Fate.values())
                .filter(fate -> fate.ordinal() <= Fate.TIMED_OUT.ordinal() || count.of(fate) > 0)
                .toList();
        Table table = new Table();
        List<String> head = new ArrayList<>(List.of("due", "connections"));
        fates.forEach(fate -> head.add(fate.toString()));
        head.add("slowest");
        table.head(head.toArray(String[]::new));
        for (Phase phase : Phase.values()) {
            Outcomes outcomes = count.phases().get(phase);
            List<String> row =
                    new ArrayList<>(List.of(phase.name().toLowerCase(Locale.ROOT), Integer.toString(outcomes.all())));
            fates.forEach(fate -> row.add(Integer.toString(outcomes.of(fate))));
            row.add(outcomes.of(Fate.ANSWERED) == 0 ? "-" : milliseconds(outcomes.worst()));
            table.row(row.toArray(String[]::new));
        }
        table.print(out, "");
    }

    private void printTimes(PrintWriter out) {
        Table table = new Table().row("lost", Bars.lost(count.lost(), out));
        int shown = 0;
        for (Loss loss : count.losses()) {
            if (shown++ == MOST_LOSSES) {
                table.row("", "and " + (count.lost() - MOST_LOSSES) + " more, the first of them with --format json");
                break;
            }
            table.row(
                    "",
                    when(loss.due()) + " " + loss.fate()
                            + loss.errno().map(name -> ": " + name).orElse("") + ", known " + when(loss.ended()));
        }
        if (count.latency().getTotalCount() > 0) {
            for (double percentile : PERCENTILES) {
                table.row(
                        "latency p" + (int) percentile,
                        milliseconds(count.latency().getValueAtPercentile(percentile)));
            }
            table.row("latency max", milliseconds(count.latency().getMaxValue()));
        }
        count.stall()
                .ifPresent(stall -> table.row(
                        "worst stall",
                        milliseconds(stall.length().toNanos() / 1000) + ", from " + when(stall.began())));
        table.row("served before by", names(count.before()));
        table.row("served after by", names(count.after()));
        table.print(out, "");
    }

    private static String names(Optional<List<RunningProcess>> processes) {
        if (processes.isEmpty()) {
            return "?";
        }
        List<RunningProcess> all = processes.get();
        return all.isEmpty()
                ? "nobody"
                : all.stream()
                                .limit(MOST_PROCESSES)
                                .map(process -> (process.pid() + " " + process.command()).stripTrailing())
                                .collect(Collectors.joining(", "))
                        + (all.size() > MOST_PROCESSES ? " and " + (all.size() - MOST_PROCESSES) + " more" : "");
    }

    private static String when(Duration sinceCommand) {
        return String.format(Locale.ROOT, "%+.3f s", sinceCommand.toNanos() / 1e9);
    }

    private static String milliseconds(long micros) {
        return String.format(Locale.ROOT, "%.2f ms", micros / 1000.0);
    }

    /** A row for each stretch of time: a mark for each connection, or for several. */
    private void printCourse(PrintWriter out) {
        if (count.course().isEmpty()) {
            return;
        }
        int first = count.course().firstKey();
        int length = count.course().lastKey() - first + 1;
        int stretch = Math.max(1, (length + MOST_ROWS - 1) / MOST_ROWS);
        SortedMap<Integer, Step> rows = new TreeMap<>();
        count.course().forEach((at, step) -> rows.merge(Math.floorDiv(at, stretch), step, Step::and));
        int most = rows.values().stream()
                .mapToInt(step -> step.answered() + step.lost())
                .max()
                .orElseThrow();
        int longest = Bars.width(BAR_WIDTH, out);
        double width = most <= longest ? 1 : (double) longest / most;
        double seconds = stretch * RestartOnCount.STEP.toNanos() / 1e9;
        int ended = (int) (count.took().toNanos() / 1e9 / seconds);
        Table table = new Table().head("since", "answered", "lost", "slowest", "# answered, x lost", "");
        for (int at = rows.firstKey(); at <= rows.lastKey(); at++) {
            Step step = rows.getOrDefault(at, new Step(0, 0, 0));
            table.row(
                    String.format(Locale.ROOT, "%+.2f s", at * seconds),
                    Integer.toString(step.answered()),
                    Integer.toString(step.lost()),
                    step.answered() == 0 ? "-" : milliseconds(step.worst()),
                    "#".repeat((int) Math.round(step.answered() * width))
                            + "x".repeat((int) Math.ceil(step.lost() * width)),
                    (at == 0 ? "< command started" : "")
                            + (at == ended ? (at == 0 ? ", ended" : "< command ended") : ""));
        }
        table.print(out, "");
    }
}
