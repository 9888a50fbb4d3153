package dev.reuseport.print.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.experiment.report.Difference;
import dev.reuseport.experiment.report.Report;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Colour;
import dev.reuseport.print.Json;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What two reports say differently. */
public record DiffAnswer(Report left, Report right, List<Difference> differences) implements Answer {
    private static final String UNKNOWN = "not known why";

    public DiffAnswer {
        differences = List.copyOf(differences);
    }

    /** Returns how many have no reason. */
    public long unknown() {
        return differences.stream().filter(each -> each.reason().isEmpty()).count();
    }

    @Override
    public Json json() {
        JsonArray all = new JsonArray();
        for (Difference each : differences) {
            JsonObject json = new JsonObject();
            json.addProperty("part", each.part());
            json.addProperty("group", each.group().toString());
            json.addProperty("what", each.what());
            json.addProperty("left", each.left());
            json.addProperty("right", each.right());
            json.addProperty("reason", each.reason().orElse(null));
            all.add(json);
        }
        JsonObject document = new JsonObject();
        document.add("differences", all);
        return Json.of(document);
    }

    private Map<Difference.Group, List<Difference>> groups() {
        return differences.stream()
                .collect(Collectors.groupingBy(Difference::group, LinkedHashMap::new, Collectors.toList()));
    }

    private String verdict() {
        return differences.isEmpty()
                ? "No difference."
                : differences.size() + (differences.size() == 1 ? " difference, " : " differences, ") + unknown()
                        + " of them " + UNKNOWN + ".";
    }

    private static String reason(Difference difference) {
        return difference.reason().orElse(UNKNOWN);
    }

    @Override
    public void print(PrintWriter out) {
        out.println("A: " + new Printable(left.title()));
        out.println("B: " + new Printable(right.title()));
        groups().forEach((group, all) -> {
            out.println();
            out.println(group);
            for (Difference each : all) {
                out.println("  " + new Printable(each.part() + ": " + each.what()));
                out.println("    A " + new Printable(each.left()));
                out.println("    B " + new Printable(each.right()));
                String reason = new Printable(reason(each)).toString();
                out.println("    " + (each.reason().isEmpty() ? Colour.BAD.on(out, reason) : reason));
            }
        });
        out.println();
        out.println(verdict());
    }

    /** Returns it as one HTML page. */
    public String page() {
        Html page = new Html("Two hosts compared");
        page.element("p", "soft", "A: " + left.title());
        page.element("p", "soft", "B: " + right.title());
        page.beginFirst();
        page.marked(unknown() == 0 ? "good" : "bad", unknown() == 0 ? "\u2713" : "!", verdict());
        page.endFirst();
        groups().forEach((group, all) -> {
            page.fold(group.toString(), Integer.toString(all.size()));
            page.table(
                    List.of("part", "what", "A", "B", "reason"),
                    all.stream()
                            .map(each -> List.of(each.part(), each.what(), each.left(), each.right(), reason(each)))
                            .toList());
            page.endFold();
        });
        return page.end();
    }
}
