package dev.reuseport.print.report;

import com.google.gson.JsonElement;
import dev.reuseport.experiment.report.Fields;
import dev.reuseport.experiment.report.Part;
import dev.reuseport.experiment.report.Report;
import dev.reuseport.experiment.report.Unusual;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A report as one HTML page: what is unusual first, the rest folds open. */
public final class ReportPage {
    private final Report report;
    private final Html page = new Html("SO_REUSEPORT on this host");

    private ReportPage(Report report) {
        this.report = report;
    }

    /** Returns the page. */
    public static String of(Report report) {
        return new ReportPage(report).written();
    }

    private String written() {
        page.element("p", "soft", report.title() + ", by " + report.host().shown("reuseport"));
        page.beginFirst();
        for (Unusual.Line line : Unusual.of(report)) {
            switch (line.standing()) {
                case EXPECTED -> page.marked("good", "\u2713", line.text());
                case UNUSUAL -> page.marked("bad", "!", line.text());
                case NOT_KNOWN -> page.marked("none", "?", line.text());
            }
        }
        page.endFirst();
        host();
        spread();
        restart();
        claims();
        bind();
        compare();
        options();
        numbers();
        start();
        return page.end();
    }

    private static String said(Part run) {
        String reason = run.reason().orElse("no reason given");
        return run.status() == Part.Status.NOT_POSSIBLE ? "Not possible here: " + reason : "Failed: " + reason;
    }

    /** Begins a run, and says why it has no answer if so. */
    private boolean begun(String name, Part run) {
        if (!name.isEmpty()) {
            page.element("h2", "", name);
        }
        if (!run.command().isEmpty()) {
            page.element("p", "soft", "reuseport " + String.join(" ", run.command()));
        }
        if (run.answer().isEmpty()) {
            page.element("p", run.status() == Part.Status.FAILED ? "bad" : "none", said(run));
            return false;
        }
        run.reason().ifPresent(reason -> page.element("p", "none", reason));
        return true;
    }

    private String done(String part) {
        Map<String, Part> runs = report.runs(part);
        long done = runs.values().stream()
                .filter(run -> run.status() == Part.Status.DONE)
                .count();
        return done == runs.size() ? "" : done + " of " + runs.size() + " possible here";
    }

    private static List<List<String>> pairs(Fields fields) {
        return fields.entries().stream()
                .map(each -> List.of(each.getKey(), known(fields, each.getKey())))
                .toList();
    }

    private static String known(Fields fields, String key) {
        JsonElement value = fields.json().get(key);
        return value.isJsonArray()
                ? String.join(", ", fields.texts(key))
                : value.isJsonNull() ? "not known" : fields.shown(key);
    }

    private void host() {
        page.fold("This host and its settings", report.host().shown("cpu"));
        page.table(List.of("host", ""), pairs(report.host()));
        report.runs(Report.SYSCTLS).forEach((name, run) -> {
            if (begun("Settings", run)) {
                page.table(List.of("sysctl", ""), pairs(run.fields()));
            }
        });
        page.endFold();
    }

    private void spread() {
        page.fold("spread: who gets the connections and datagrams", done(Report.SPREAD));
        report.runs(Report.SPREAD).forEach((name, run) -> {
            if (begun(name + " members", run)) {
                Fields answer = run.fields();
                String what = answer.some("sources").isPresent() ? "sources" : "connections";
                List<Html.Bar> bars = new ArrayList<>();
                for (Fields member : answer.objects("members")) {
                    bars.add(new Html.Bar(
                            "member " + member.shown("index"),
                            member.number(what).map(Number::doubleValue).orElse(0.0),
                            member.shown(what)));
                }
                page.bars("How many " + what + " each member got", bars);
                page.element(
                        "p",
                        "soft",
                        answer.shown(what) + " " + what
                                + answer.number("pValue")
                                        .map(p -> String.format(
                                                Locale.ROOT,
                                                ", chi-square %.2f, p = %.2g",
                                                answer.number("chiSquare")
                                                        .map(Number::doubleValue)
                                                        .orElse(0.0),
                                                p.doubleValue()))
                                        .orElse(""));
            }
        });
        page.endFold();
    }

    private void restart() {
        page.fold("restart: what a member's leaving costs", done(Report.RESTART));
        List<Html.Bar> bars = new ArrayList<>();
        report.runs(Report.RESTART)
                .forEach((name, run) -> run.fields()
                        .number("lost")
                        .ifPresent(lost -> bars.add(new Html.Bar(
                                name,
                                lost.doubleValue(),
                                lost + " of " + run.fields().shown("queued") + " lost"))));
        page.bars("Connections lost, by strategy", bars);
        report.runs(Report.RESTART).forEach((name, run) -> {
            if (run.answer().isEmpty()) {
                begun(name, run);
            }
        });
        page.endFold();
    }

    private void claims() {
        page.fold("claims: the article's statements, tested", done(Report.CLAIMS));
        report.runs(Report.CLAIMS).forEach((name, run) -> {
            if (begun(name, run)) {
                page.table(
                        List.of("claim", "verdict", "evidence"),
                        run.fields().objects("claims").stream()
                                .map(claim ->
                                        List.of(claim.shown("claim"), claim.shown("verdict"), claim.shown("evidence")))
                                .toList());
            }
        });
        page.endFold();
    }

    private static String end(Fields step) {
        return List.of("bind", "listen", "result", "value").stream()
                .filter(call -> step.some(call).isPresent())
                .map(call -> call.equals("result") ? step.shown(call) : call + " " + step.shown(call))
                .collect(Collectors.joining(", "));
    }

    private void bind() {
        page.fold("bind: the cases of the rules, run and predicted", done(Report.BIND));
        report.runs(Report.BIND).forEach((name, run) -> {
            if (!begun(name, run)) {
                return;
            }
            List<List<String>> rows = new ArrayList<>();
            for (Fields one : run.fields().objects("cases")) {
                for (Fields step : one.objects("steps")) {
                    Fields predicted = step.object("predicted");
                    rows.add(List.of(
                            step.shown("step"),
                            step.some("note").isPresent() ? "not run" : end(step),
                            step.yes("differs") ? "DIFFERS: " + end(predicted) : "",
                            step.text("note").orElse(predicted.shown("reason"))));
                }
                rows.add(List.of("\u00a0", "", "", ""));
            }
            page.table(List.of("step", "this kernel", "rules", "reason"), rows);
        });
        page.endFold();
    }

    private static String value(Fields option) {
        return switch (option.shown("status")) {
            case "value" -> option.shown("value");
            case "refused" ->
                option.shown("errno")
                        + option.text("since").map(since -> ", since " + since).orElse("");
            case "notDefined" -> "not defined";
            case "" -> "";
            default -> option.shown("status");
        };
    }

    private void compare() {
        page.fold("compare: native beside the JDK", done(Report.COMPARE));
        report.runs(Report.COMPARE).forEach((name, run) -> {
            if (begun(name, run)) {
                List<List<String>> rows = run.fields().objects("rows").stream()
                        .filter(row -> !row.yes("agree"))
                        .map(row -> List.of(
                                row.shown("name") + ", " + row.shown("stage"),
                                value(row.object("native")),
                                value(row.object("ffm")),
                                row.object("jdk").shown("value"),
                                value(row.object("jdkDescriptor")),
                                row.text("reason").orElse("not known why")))
                        .toList();
                page.table(List.of("option", "native", "ffm", "JDK says", "JDK's descriptor", "reason"), rows);
                page.element(
                        "p",
                        "soft",
                        "and " + (run.fields().objects("rows").size() - rows.size()) + " readings that agree");
            }
        });
        page.endFold();
    }

    private void options() {
        page.fold("options: every option of a fresh socket", done(Report.OPTIONS));
        report.runs(Report.OPTIONS).forEach((name, run) -> {
            page.fold(name, run.answer().isPresent() ? "" : said(run));
            if (begun("", run)) {
                page.table(
                        List.of("level", "option", "bytes", "value"),
                        run.fields().objects("options").stream()
                                .filter(option -> !option.shown("status").equals("notDefined"))
                                .map(option -> List.of(
                                        option.shown("level"),
                                        option.shown("name"),
                                        option.shown("raw"),
                                        value(option)))
                                .toList());
            }
            page.endFold();
        });
        page.endFold();
    }

    private void numbers() {
        page.fold("numbers: the constants of " + report.host().shown("abi"), done(Report.NUMBERS));
        report.runs(Report.NUMBERS).forEach((name, run) -> {
            if (begun(name, run)) {
                Fields abis = run.fields().object("abis");
                abis.entries()
                        .forEach(abi -> page.table(List.of("symbol", abi.getKey()), pairs(abis.object(abi.getKey()))));
            }
        });
        page.endFold();
    }

    private void start() {
        page.fold("start: how long a whole process takes", done(Report.START));
        report.runs(Report.START).forEach((name, run) -> {
            if (begun(name, run)) {
                page.element(
                        "p",
                        "",
                        String.format(
                                Locale.ROOT,
                                "%.2f s, the median of %d",
                                run.fields()
                                        .number("median")
                                        .map(Number::doubleValue)
                                        .orElse(0.0),
                                run.fields().texts("seconds").size()));
            }
        });
        page.endFold();
    }
}
