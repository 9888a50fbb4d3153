import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes what a shell and its user want to know of the program, all from what picocli knows of it: a manual page for it and
 * for each command, and completion for bash, zsh and fish.
 */
final class Manual {
    private static final String PROGRAM = "reuseport";

    private final CommandLine program;
    private final String version;
    private final String date;

    private Manual(CommandLine program, String version, String date) {
        this.program = program;
        this.version = version;
        this.date = date;
    }

    /** {@code FOLDER VERSION TIME}: below the folder, what is to lie below /usr/share. */
    public static void main(String[] arguments) throws Exception {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Method model = Class.forName("dev.reuseport.cli.Main")
                .getDeclaredMethod("commandLine", PrintWriter.class, PrintWriter.class);
        model.setAccessible(true);
        Manual manual = new Manual(
                (CommandLine) model.invoke(null, nowhere, nowhere),
                arguments[1],
                arguments[2].split("T")[0]);
        manual.write(Path.of(arguments[0]));
    }

    private void write(Path share) throws IOException {
        Path pages = Files.createDirectories(share.resolve("man/man1"));
        put(pages.resolve(PROGRAM + ".1"), page(program));
        for (CommandLine command : shown()) {
            put(pages.resolve(PROGRAM + "-" + command.getCommandName() + ".1"), page(command));
        }
        put(share.resolve("bash-completion/completions/" + PROGRAM), AutoComplete.bash(PROGRAM, program));
        put(share.resolve("zsh/site-functions/_" + PROGRAM), zsh());
        put(share.resolve("fish/vendor_completions.d/" + PROGRAM + ".fish"), fish());
    }

    private static void put(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private List<CommandLine> shown() {
        return program.getSubcommands().values().stream()
                .filter(command -> !command.getCommandSpec().usageMessage().hidden())
                .distinct()
                .toList();
    }

    private String page(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        String name = spec.qualifiedName("-");
        StringBuilder page = new StringBuilder(".TH %s 1 %s \"%s %s\" \"User Commands\"\n"
                .formatted(name.toUpperCase(Locale.ROOT), date, PROGRAM, version));
        page.append(".SH NAME\n%s \\- %s\n".formatted(roff(name), roff(header(spec))));
        page.append(".SH SYNOPSIS\n.nh\n.ad l\n")
                .append(roff(
                        oneLine(new CommandLine.Help(spec, CommandLine.Help.defaultColorScheme(Ansi.OFF)).synopsis(0))))
                .append("\n.hy\n.ad b\n");
        section(page, "DESCRIPTION", spec.usageMessage().description());
        List<ArgSpec> arguments = new ArrayList<>(spec.positionalParameters());
        arguments.removeIf(ArgSpec::hidden);
        entries(page, "ARGUMENTS", arguments);
        List<ArgSpec> options = new ArrayList<>(spec.options());
        options.removeIf(ArgSpec::hidden);
        entries(page, "OPTIONS", options);
        if (command == program) {
            page.append(".SH COMMANDS\n");
            for (CommandLine each : shown()) {
                page.append(".TP\n.BR %s (1)\n%s\n"
                        .formatted(roff(PROGRAM + "-" + each.getCommandName()), roff(header(each.getCommandSpec()))));
            }
        }
        section(page, "NOTES", spec.usageMessage().footer());
        if (command != program) {
            page.append(".SH \"SEE ALSO\"\n.BR %s (1)\n".formatted(PROGRAM));
        }
        return page.toString();
    }

    private static void section(StringBuilder page, String name, String[] paragraphs) {
        String text = Stream.of(paragraphs)
                .map(Manual::plain)
                .filter(paragraph -> !paragraph.isEmpty())
                .map(Manual::roff)
                .collect(Collectors.joining("\n.PP\n"));
        if (!text.isEmpty()) {
            page.append(".SH ").append(name).append('\n').append(text).append('\n');
        }
    }

    private static void entries(StringBuilder page, String name, List<ArgSpec> described) {
        if (described.isEmpty()) {
            return;
        }
        page.append(".SH ").append(name).append('\n');
        for (ArgSpec each : described) {
            String called = each instanceof OptionSpec option
                    ? String.join(", ", option.names()) + value(option)
                    : ((PositionalParamSpec) each).paramLabel();
            page.append(".TP\n\\fB").append(roff(called)).append("\\fR\n");
            page.append(roff(plain(each.description()))).append('\n');
        }
    }

    private static String value(OptionSpec option) {
        return option.arity().max() == 0 ? "" : " " + option.paramLabel();
    }

    private static String header(CommandSpec spec) {
        return plain(spec.usageMessage().header()).replaceFirst("[.]$", "");
    }

    private static String plain(String... paragraphs) {
        return oneLine(String.join(" ", paragraphs));
    }

    private static String oneLine(String text) {
        return text.replace("%%", "%")
                .replace("%n", " ")
                .replaceAll("\\s+", " ")
                .strip();
    }

    private static String roff(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
        return escaped.startsWith(".") ? "\\&" + escaped : escaped;
    }

    private String zsh() {
        StringBuilder script = new StringBuilder("""
                #compdef %s
                # Completion for zsh, written by the build.
                if (( CURRENT == 2 )); then
                    compadd -- %s
                    return
                fi
                case $words[2] in
                """.formatted(PROGRAM, names(shown())));
        for (CommandLine command : shown()) {
            CommandSpec spec = command.getCommandSpec();
            script.append(command.getCommandName()).append(")\n    case $words[CURRENT-1] in\n");
            List<String> options = new ArrayList<>();
            for (OptionSpec option : spec.options()) {
                if (!option.hidden()) {
                    options.addAll(List.of(option.names()));
                    if (option.arity().max() > 0) {
                        String words = words(option);
                        script.append("    %s) %s; return ;;\n"
                                .formatted(
                                        String.join("|", option.names()),
                                        words.isEmpty() ? "_files" : "compadd -- " + words));
                    }
                }
            }
            String words = spec.positionalParameters().stream()
                    .map(Manual::words)
                    .collect(Collectors.joining(" "))
                    .strip();
            script.append("""
                        esac
                        if [[ $PREFIX == -* ]]; then
                            compadd -- %s
                        else
                            %s
                        fi
                        ;;
                    """.formatted(String.join(" ", options), words.isEmpty() ? "_files" : "compadd -- " + words));
        }
        return script.append("esac\n").toString();
    }

    private static String names(List<CommandLine> commands) {
        return commands.stream().map(CommandLine::getCommandName).collect(Collectors.joining(" "));
    }

    private String fish() {
        StringBuilder script = new StringBuilder("# Completion of " + PROGRAM + " for fish, written by its build.\n");
        script.append("complete -c %s -f\n".formatted(PROGRAM));
        for (CommandLine command : shown()) {
            String name = command.getCommandName();
            script.append("complete -c %s -n __fish_use_subcommand -a %s -d %s\n"
                    .formatted(PROGRAM, name, quoted(header(command.getCommandSpec()))));
            String here = "complete -c %s -n '__fish_seen_subcommand_from %s'".formatted(PROGRAM, name);
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.hidden()) {
                    script.append(here);
                    for (String each : option.names()) {
                        script.append(each.startsWith("--") ? " -l " : " -s ").append(each.replaceFirst("^--?", ""));
                    }
                    if (option.arity().max() > 0) {
                        script.append(isFile(option) ? " -rF" : " -x").append(candidates(option));
                    }
                    script.append(" -d ").append(quoted(firstSentence(option))).append('\n');
                }
            }
            for (PositionalParamSpec argument : command.getCommandSpec().positionalParameters()) {
                if (!candidates(argument).isEmpty()) {
                    script.append(here).append(candidates(argument)).append('\n');
                }
                if (isFile(argument)) {
                    script.append(here).append(" -F\n");
                }
            }
        }
        return script.toString();
    }

    /** Tells it by its type, or by what the help calls it where - is stdin. */
    private static boolean isFile(ArgSpec argument) {
        return argument.type() == Path.class || argument.paramLabel().matches("F|FILE.*|.*[.]json.*");
    }

    private static String candidates(ArgSpec argument) {
        String words = words(argument);
        return words.isEmpty() ? "" : " -a " + quoted(words);
    }

    /** What may stand there, as far as it is one of some words; in lower case, as the help has it, where Java has constants. */
    private static String words(ArgSpec argument) {
        if (argument.completionCandidates() == null) {
            return "";
        }
        boolean constants = argument.type().isEnum();
        return StreamSupport.stream(argument.completionCandidates().spliterator(), false)
                .map(word -> constants ? word.toLowerCase(Locale.ROOT) : word)
                .distinct()
                .collect(Collectors.joining(" "));
    }

    private static String firstSentence(ArgSpec argument) {
        return plain(argument.description())
                .replaceFirst("^Default: .*$", "")
                .replaceFirst("(?<=[.;:]) .*$", "")
                .replaceFirst("[.;:]$", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
