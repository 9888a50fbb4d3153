package dev.reuseport.print;

import dev.reuseport.inspect.Comparison;
import dev.reuseport.socket.Probe;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/**
 * Native beside the JDK.
 *
 * @param named whether each option was asked for, so that none is left out for people
 */
public record CompareAnswer(Comparison comparison, boolean named) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("type", comparison.kind().name().toLowerCase(Locale.ROOT))
                .with("rows", comparison.rows().stream().map(CompareAnswer::row).toList())
                .with(
                        "doors",
                        comparison.doors().stream().map(CompareAnswer::door).toList());
    }

    private static Json row(Comparison.Row row) {
        return new Json()
                .with("stage", row.stage().name().toLowerCase(Locale.ROOT))
                .with("level", row.option().level())
                .with("name", row.option())
                .with("native", Json.option(row.option(), row.nativeProbe()))
                .with("ffm", row.ffm().map(probe -> Json.option(row.option(), probe)))
                .with("jdk", row.jdk() instanceof Probe.Value<?> found ? new Json().with("value", found.value()) : null)
                .with("jdkDescriptor", Json.option(row.option(), row.jdkDescriptor()))
                .with("agree", row.agree())
                .with("reason", row.reason());
    }

    private static Json door(Comparison.DoorRow row) {
        return new Json()
                .with("door", row.door())
                .with("level", row.option().level())
                .with("name", row.option())
                .with("native", Json.option(row.option(), row.nativeProbe()))
                .with("jdk", row.jdk() instanceof Probe.Value<?> found ? new Json().with("value", found.value()) : null)
                .with("agree", row.agree())
                .with("reason", row.reason());
    }

    private void printDoors(PrintWriter out) {
        if (comparison.doors().isEmpty()) {
            return;
        }
        out.println(System.lineSeparator() + "Fresh, by other classes of the JDK's");
        Table table = new Table().head("class", "option", "native", "JDK says", "");
        for (Comparison.DoorRow row : comparison.doors()) {
            if (named || !row.agree()) {
                table.row(
                        row.door().toString(),
                        row.option().name(),
                        Readings.shown(row.option(), row.nativeProbe()),
                        Readings.shown(row.option(), row.jdk()),
                        verdict(row.agree(), row.reason(), out));
            }
        }
        table.print(out, "  ");
    }

    private static String verdict(boolean agree, Optional<String> reason, PrintWriter out) {
        return agree
                ? Colour.GOOD.on(out, "same")
                : Colour.DOUBT.on(out, "differs:") + " " + reason.orElse("no known reason");
    }

    @Override
    public void print(PrintWriter out) {
        for (Comparison.Stage stage : Comparison.Stage.values()) {
            out.println(
                    stage == Comparison.Stage.FRESH
                            ? "Fresh"
                            : System.lineSeparator() + "After SO_REUSEADDR=1 and SO_REUSEPORT=1 on both");
            boolean withFfm =
                    comparison.rows().stream().anyMatch(row -> row.ffm().isPresent());
            Table table = new Table();
            table.head(cells(withFfm, "option", "native", "ffm", "JDK says", "JDK's descriptor", ""));
            int hidden = 0;
            for (Comparison.Row row : comparison.rows()) {
                if (row.stage() != stage) {
                    continue;
                }
                boolean jdkHasName = !(row.jdk() instanceof Probe.NotDefined<?>);
                if (!named && row.agree() && !jdkHasName) {
                    hidden++;
                } else {
                    table.row(cells(
                            withFfm,
                            row.option().name(),
                            Readings.shown(row.option(), row.nativeProbe()),
                            row.ffm()
                                    .map(probe -> Readings.shown(row.option(), probe))
                                    .orElse(""),
                            jdkHasName ? Readings.shown(row.option(), row.jdk()) : "no name",
                            Readings.shown(row.option(), row.jdkDescriptor()),
                            verdict(row.agree(), row.reason(), out)));
                }
            }
            table.print(out, "  ");
            if (hidden > 0) {
                out.println("  and " + hidden + " more options that agree and that NIO has no name for");
            }
        }
        printDoors(out);
    }

    private static String[] cells(
            boolean withFfm, String option, String jnr, String ffm, String jdk, String descriptor, String verdict) {
        return withFfm
                ? new String[] {option, jnr, ffm, jdk, descriptor, verdict}
                : new String[] {option, jnr, jdk, descriptor, verdict};
    }
}
