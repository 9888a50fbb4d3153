package dev.reuseport.cli.help;

import dev.reuseport.print.Sheet;
import dev.reuseport.print.Table;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command's help, as picocli has it, on the width of the terminal, or on 80 columns. picocli's own layout breaks
 * {@code linux-5.10} and {@code ::1} in two, as lines of prose may be.
 */
public final class HelpPage {
    /** The one section that picocli is told of. */
    public static final String SECTION = "page";

    private static final int COLUMNS = 80;

    /** Of the columns; longer names have a line of their own. */
    private static final int LONGEST_NAMES = 3;

    /** All in one line, to be broken here. */
    private static final int ENDLESS = 100_000;

    private static final String INDENT = "  ";
    private static final String NO_SHORT_NAME = "    ";
    private static final String USAGE = "Usage: ";

    private final Help help;
    private final CommandSpec spec;
    private final int columns;
    private final PrintWriter out;

    private HelpPage(Help help, int columns, PrintWriter out) {
        this.help = help;
        this.spec = help.commandSpec();
        this.columns = columns;
        this.out = out;
    }

    /** Renders it. */
    public static String of(Help help) {
        int columns = columns(help.commandSpec().commandLine().getOut());
        help.commandSpec().usageMessage().width(ENDLESS);
        StringWriter text = new StringWriter();
        Sheet sheet = new Sheet(text, () -> columns, false);
        new HelpPage(help, columns, sheet).print();
        sheet.flush();
        return text.toString();
    }

    /** Returns how wide what is meant for a page is: as the terminal, or 80 columns. */
    public static int columns(PrintWriter out) {
        int columns = Sheet.columns(Sheet.over(out));
        return columns == Sheet.UNBOUNDED ? COLUMNS : columns;
    }

    private void print() {
        out.print(help.header());
        printSynopsis();
        out.print(help.description());
        Table table = new Table();
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) {
                add(
                        help.createDefaultParameterRenderer()
                                .render(parameter, help.parameterLabelRenderer(), help.colorScheme()),
                        table);
            }
        }
        spec.options().stream()
                .filter(option -> !option.hidden())
                .sorted(Comparator.comparing(HelpPage::sortedBy))
                .forEach(option -> add(
                        help.createDefaultOptionRenderer()
                                .render(option, help.parameterLabelRenderer(), help.colorScheme()),
                        table));
        table.print(out, INDENT);
        if (!help.subcommands().isEmpty()) {
            out.println("Commands:");
            Table commands = new Table();
            help.subcommands().forEach((name, command) -> commands.row(name, summary(command)));
            commands.print(out, INDENT);
        }
        out.print(help.footer());
    }

    private void printSynopsis() {
        int named = spec.qualifiedName().split(" ").length;
        String[] words = help.synopsis(USAGE.length()).strip().split(" ", named + 1);
        String before = USAGE + String.join(" ", List.of(words).subList(0, named)) + " ";
        int indent = USAGE.length() + spec.qualifiedName().length() + 1;
        for (String each : Sheet.folded(words[named], columns - indent)) {
            out.println(before + each);
            before = " ".repeat(indent);
        }
    }

    /** Returns one line, of picocli's own commands too, one of which has no header. */
    private static String summary(Help command) {
        command.commandSpec().usageMessage().width(ENDLESS);
        return (command.header() + command.description())
                .strip()
                .lines()
                .findFirst()
                .orElse("");
    }

    private static String sortedBy(OptionSpec option) {
        return option.shortestName().replaceFirst("^-+", "").toLowerCase(Locale.ROOT);
    }

    /** Adds what picocli renders: a mark, a short name, a comma, the other names, the first line of the description. */
    private void add(Text[][] rendered, Table table) {
        boolean first = true;
        for (Text[] row : rendered) {
            List<String> cells = Stream.of(row).map(Text::toString).toList();
            String description = cells.get(cells.size() - 1);
            String others = cells.get(cells.size() - 2);
            String shortName = cells.get(1);
            String name = (shortName.isBlank() ? NO_SHORT_NAME : shortName + ", ") + others;
            if (first
                    && row[1].plainString().length()
                                    + row[cells.size() - 2].plainString().length()
                            > columns / LONGEST_NAMES) {
                table.row(name);
                table.row("", description);
            } else {
                table.row(first ? name : "", description);
            }
            first = false;
        }
    }
}
