package dev.reuseport.print;

import dev.reuseport.abi.Symbol;
import dev.reuseport.inspect.RawOption;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.socket.Probe;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Readings for people: a block per level, what has no value for one common reason gathered at the block's end. */
final class Readings {
    /** What is no terminal gets no longer lines than these. */
    private static final int LINE_WIDTH = 110;

    private final PrintWriter out;
    private final Function<SockOpt<?>, String> beside;

    Readings(PrintWriter out) {
        this(out, option -> "");
    }

    /**
     * Prints them with a word of each option's own beside its value.
     *
     * @param beside empty where there is none: then the bytes stand there
     */
    Readings(PrintWriter out, Function<SockOpt<?>, String> beside) {
        this.out = out;
        this.beside = beside;
    }

    /**
     * Prints them.
     *
     * @param everyLine whether each option gets a line of its own, because it was asked for
     */
    void print(List<Reading> readings, boolean everyLine) {
        Map<Symbol, List<Reading>> levels = readings.stream()
                .collect(Collectors.groupingBy(
                        reading -> reading.option().level(), LinkedHashMap::new, Collectors.toList()));
        boolean first = true;
        for (Map.Entry<Symbol, List<Reading>> level : levels.entrySet()) {
            out.print(first ? "" : System.lineSeparator());
            first = false;
            out.println(level.getKey());
            Table table = new Table();
            for (Reading reading : level.getValue()) {
                if (everyLine || !gathered(reading)) {
                    String word = beside.apply(reading.option());
                    table.row(
                            reading.option().name(),
                            shown(reading.option(), reading.probe()),
                            word.isEmpty() ? raw(reading.probe()) : word);
                }
            }
            table.print(out, "  ");
            level.getValue().forEach(this::printFields);
            if (!everyLine) {
                printGathered(level.getValue());
            }
        }
    }

    /** Prints what was read without the table, in a block of its own. */
    void printRaw(Map<RawOption, Probe<Raw>> readings) {
        out.println("raw");
        Table table = new Table();
        readings.forEach((option, probe) -> table.row(
                option.toString(),
                probe.toOptional().map(raw -> raw.length() + " bytes").orElseGet(() -> absent(probe)),
                probe.toOptional().map(Raw::toString).orElse("")));
        table.print(out, "  ");
    }

    /** A structure's fields do not fit into a cell: they follow the level's table. */
    private void printFields(Reading reading) {
        if (reading.probe() instanceof Probe.Value<?> found && found.value() instanceof TcpInfo info) {
            printWords(reading.option() + ":", List.of(info.toString().split(" ")));
        }
    }

    /** Tells whether an option has only the reason why there is nothing to show, which many others have too. */
    private static boolean gathered(Reading reading) {
        return reading.probe() instanceof Probe.NotDefined<?> || reading.probe() instanceof Probe.Unknown<?>;
    }

    private void printGathered(List<Reading> readings) {
        Map<String, List<String>> missing = readings.stream()
                .filter(Readings::gathered)
                .collect(Collectors.groupingBy(
                        reading -> absent(reading.probe()),
                        LinkedHashMap::new,
                        Collectors.mapping(reading -> reading.option().name(), Collectors.toList())));
        missing.forEach((reason, names) -> printWords(reason + ":", names));
    }

    private void printWords(String title, List<String> words) {
        StringBuilder line = new StringBuilder("  " + title);
        for (String word : words) {
            if (line.length() + word.length() >= Math.min(LINE_WIDTH, Sheet.columns(out))) {
                out.println(line);
                line = new StringBuilder("   ");
            }
            line.append(' ').append(word);
        }
        out.println(line);
    }

    /** Returns the value, or why there is none. */
    static String shown(SockOpt<?> option, Probe<?> probe) {
        if (!(probe instanceof Probe.Value<?> found)) {
            return absent(probe);
        }
        if (found.value() instanceof TcpInfo info) {
            return info.fields().size() + " fields, below";
        }
        if (found.value() instanceof Raw raw) {
            return raw.length() + " bytes";
        }
        return new Reading(option, probe).text();
    }

    /** Says why there is no value. */
    private static String absent(Probe<?> probe) {
        if (probe instanceof Probe.NotDefined<?> missing) {
            return "not defined (" + missing.where() + ")";
        }
        if (probe instanceof Probe.Refused<?> refused) {
            String said = refused.errno()
                    .map(errno -> errno.name() + " (" + errno.number() + ")")
                    .orElse(refused.message());
            return "refused: " + said
                    + refused.since().map(since -> ", since Linux " + since).orElse("");
        }
        if (probe instanceof Probe.Unknown<?> unknown) {
            return "unknown (" + unknown.who() + " does not tell it)";
        }
        return probe instanceof Probe.NotAsked<?> notAsked ? notAsked.reason() : "not decodable";
    }

    private static String raw(Probe<?> probe) {
        if (probe instanceof Probe.Value<?> found) {
            return found.raw().map(Raw::toString).map(Readings::shortened).orElse("");
        }
        return probe instanceof Probe.Undecodable<?> undecodable
                ? shortened(undecodable.raw().toString())
                : "";
    }

    private static String shortened(String hex) {
        return hex.length() <= 32 ? hex : hex.substring(0, 32) + "... (" + hex.length() / 2 + " bytes)";
    }
}
