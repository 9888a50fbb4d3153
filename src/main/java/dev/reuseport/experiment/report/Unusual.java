package dev.reuseport.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a host does otherwise than the rules, the option table and other hosts lead to expect, in five lines: bind rules,
 * the JDK, options, claims, and what becomes of connections.
 */
public final class Unusual {
    private static final int MOST_NAMED = 3;
    private static final String LINUX = "linux";

    /** What a fresh socket of the right kind refuses all the same: it has to be connected, told or privileged first. */
    private static final Set<String> NOT_OF_A_FRESH_SOCKET = Set.of(
            "SO_INQ",
            "SO_PEERSEC",
            "SO_TXREHASH",
            "IP_MTU",
            "IPV6_ADDRFORM",
            "IPV6_MTU",
            "IPV6_PATHMTU",
            "IPV6_PKTINFO",
            "TCP_QUEUE_SEQ",
            "TCP_REPAIR_QUEUE",
            "TCP_REPAIR_WINDOW");

    /** What the claims come to on Linux; restart-is-free depends where both settings could be tried. */
    private static final Map<String, Set<String>> USUAL = Map.of(
            "several-listeners", Set.of("holds"),
            "all-must-set-reuseport", Set.of("holds"),
            "all-must-set-reuseaddr", Set.of("fails"),
            "same-user", Set.of("holds"),
            "kernel-picks-idle", Set.of("fails"),
            "spreads-evenly", Set.of("holds"),
            "restart-is-free", Set.of("depends", "fails"),
            "socket-activation", Set.of("holds"));

    private Unusual() {}

    /**
     * A line of the first screen.
     *
     * @param standing whether it is as expected
     */
    public record Line(Standing standing, String text) {}

    /** Whether something is as expected. */
    public enum Standing {
        EXPECTED,
        UNUSUAL,
        /** Nothing was seen, and the line says why. */
        NOT_KNOWN
    }

    /** Returns the five lines. */
    public static List<Line> of(Report report) {
        return List.of(rules(report), jdk(report), options(report), claims(report), connections(report));
    }

    private static Line line(List<String> unusual, int seen, String expected, String otherwise, String none) {
        if (!unusual.isEmpty()) {
            String named = String.join("; ", unusual.subList(0, Math.min(MOST_NAMED, unusual.size())));
            int more = unusual.size() - MOST_NAMED;
            return new Line(Standing.UNUSUAL, otherwise + ": " + named + (more > 0 ? "; and " + more + " more" : ""));
        }
        return seen == 0 ? new Line(Standing.NOT_KNOWN, none) : new Line(Standing.EXPECTED, expected);
    }

    /** Returns why a part has no answer, of the first run that says so. */
    private static String why(Report report, String part) {
        return report.runs(part).values().stream()
                .flatMap(run -> run.reason().stream())
                .findFirst()
                .orElse("there is no such part");
    }

    private static Line rules(Report report) {
        List<String> unusual = new ArrayList<>();
        int seen = 0;
        for (Part run : report.runs(Report.BIND).values()) {
            if (run.status() == Part.Status.FAILED) {
                unusual.add(run.reason().orElse("a run failed"));
            }
            for (Fields one : run.fields().objects("cases")) {
                for (Fields step : one.objects("steps")) {
                    if (step.some("predicted").isPresent() && step.some("note").isEmpty()) {
                        seen++;
                    }
                    if (step.yes("differs")) {
                        unusual.add("'" + step.shown("step") + "' is " + BindCases.outcome(step) + " and not "
                                + BindCases.outcome(step.object("predicted")));
                    }
                }
            }
        }
        return line(
                unusual,
                seen,
                "Bind rules: each of " + seen + " steps ended as the rules of this system say.",
                "Bind rules: this kernel does otherwise",
                "Bind rules: nothing to compare; " + why(report, Report.BIND));
    }

    private static Line jdk(Report report) {
        Set<String> unusual = new LinkedHashSet<>();
        int seen = 0;
        for (Part run : report.runs(Report.COMPARE).values()) {
            if (run.status() == Part.Status.FAILED) {
                unusual.add(run.reason().orElse("a run failed"));
            }
            for (Fields row : run.fields().objects("rows")) {
                seen++;
                if (!row.yes("agree") && row.some("reason").isEmpty()) {
                    unusual.add(row.shown("name"));
                }
            }
        }
        return line(
                List.copyOf(unusual),
                seen,
                "The JDK: its listener differs from a native one only where it is known why.",
                "The JDK: its listener differs, and it is not known why",
                "The JDK: nothing to compare; " + why(report, Report.COMPARE));
    }

    private static Line options(Report report) {
        Map<String, String> unusual = new LinkedHashMap<>();
        int seen = 0;
        for (Map.Entry<String, Part> run : report.runs(Report.OPTIONS).entrySet()) {
            if (run.getValue().status() == Part.Status.FAILED) {
                unusual.put(
                        run.getKey(),
                        run.getKey() + ": " + run.getValue().reason().orElse("failed"));
            }
            for (Fields option : run.getValue().fields().objects("options")) {
                seen++;
                String name = option.shown("name");
                if (option.shown("status").equals("undecodable")) {
                    unusual.put(name, name + " has bytes of an unknown shape");
                } else if (option.shown("status").equals("refused") && !expectedRefusal(run.getKey(), name)) {
                    String since = option.text("since")
                            .map(release -> ", since " + release)
                            .orElse("");
                    unusual.putIfAbsent(name, name + " (" + option.shown("errno") + since + ", " + run.getKey() + ")");
                }
            }
        }
        return line(
                List.copyOf(unusual.values()),
                seen,
                "Options: a fresh socket has every option that the table expects of it.",
                "Options: refused, though the table expects them",
                "Options: none could be read; " + why(report, Report.OPTIONS));
    }

    /** {@code kind} is mode, family and type of the socket. */
    private static boolean expectedRefusal(String kind, String name) {
        return NOT_OF_A_FRESH_SOCKET.contains(name)
                || name.startsWith("IPV6_") && !kind.contains("inet6")
                || name.startsWith("TCP_") && kind.endsWith("dgram")
                || name.startsWith("UDP_") && kind.endsWith("stream");
    }

    private static Line claims(Report report) {
        List<String> unusual = new ArrayList<>();
        List<String> untested = new ArrayList<>();
        int seen = 0;
        for (Fields claim : report.answer(Report.CLAIMS).objects("claims")) {
            String id = claim.shown("id");
            String verdict = claim.shown("verdict");
            if (verdict.equals("notTested")) {
                untested.add(id);
                continue;
            }
            seen++;
            if (!USUAL.getOrDefault(id, Set.of(verdict)).contains(verdict)) {
                unusual.add(id + " " + verdict);
            }
        }
        String not = untested.isEmpty() ? "" : " Not tested: " + String.join(", ", untested) + ".";
        return line(
                unusual,
                seen,
                "Claims: each that was tested came out as on other Linux hosts." + not,
                "Claims: not as on other Linux hosts",
                "Claims: none was tested; " + why(report, Report.CLAIMS));
    }

    private static Line connections(Report report) {
        List<String> unusual = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<String, Part> run : report.runs(Report.SPREAD).entrySet()) {
            Fields answer = run.getValue().fields();
            if (run.getValue().status() == Part.Status.FAILED) {
                unusual.add("spread " + run.getKey() + ": "
                        + run.getValue().reason().orElse("failed"));
            } else if (answer.some("members").isPresent()) {
                seen++;
                if (!Distribution.even(answer)) {
                    unusual.add("uneven spread over " + run.getKey());
                }
                answer.text("endedEarly")
                        .ifPresent(why -> unusual.add("spread " + run.getKey() + " ended early: " + why));
            }
        }
        for (Map.Entry<String, Part> run : report.runs(Report.RESTART).entrySet()) {
            Fields answer = run.getValue().fields();
            boolean mayLose =
                    run.getKey().equals("close") && report.host().shown("abi").startsWith(LINUX);
            if (run.getValue().status() == Part.Status.FAILED) {
                unusual.add("restart " + run.getKey() + ": "
                        + run.getValue().reason().orElse("failed"));
            } else if (answer.number("lost").isPresent()) {
                seen++;
                if (Distribution.loses(answer) && !mayLose) {
                    unusual.add(answer.shown("lost") + " connections lost by " + run.getKey());
                }
            }
        }
        return line(
                unusual,
                seen,
                "Connections: spread evenly, and none lost but by a close.",
                "Connections",
                "Connections: nothing was counted; " + why(report, Report.SPREAD));
    }
}
