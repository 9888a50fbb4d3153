package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.cli.help.HelpPage;
import dev.reuseport.cli.value.Similar;
import dev.reuseport.print.AbiAnswer;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport abi}. */
final class AbiCommand extends Command {
    /** What may stand behind {@code --abi}, for the help and the shell's completion. */
    static final class Ids implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Platform.values()).map(Platform::id).iterator();
        }
    }

    private final Supplier<List<String>> names = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .paramLabel("NAME")
                    .description("Constants by their C names; * and ? stand for other letters, as in 'SO_REUSE*'."
                            + " Default: all."));

    private final Supplier<List<String>> ids = options(
            String.class,
            OptionSpec.builder("--abi")
                    .paramLabel("ID")
                    .splitRegex(",")
                    .completionCandidates(new Ids())
                    .description("These columns only: ${COMPLETION-CANDIDATES}. May be repeated."));

    private final Supplier<Format> format = format();

    private final Supplier<Integer> width = option(
            Integer.class,
            "--width",
            "N",
            null,
            "How long a line of text may become; 0: as long as it likes. Default: the terminal's width,"
                    + " or 80 where there is none.");

    AbiCommand() {
        super("abi", "Print which raw number each platform uses for a constant.");
        spec.usageMessage()
                .description(
                        "A row per constant and a column per platform, this host's marked with a star; a dash where the"
                                + " platform's headers do not define it. Columns that do not fit beside the others"
                                + " follow below them.",
                        "")
                .footer(
                        "",
                        "The columns linux-* are CPUs that count otherwise than Linux does on all others.",
                        "Try: reuseport abi 'SO_REUSE*' EADDRINUSE --abi linux,linux-mips,darwin");
    }

    @Override
    public Integer call() {
        if (width.get() != null && width.get() < 0) {
            throw Arguments.wrong(spec, "--width is not negative, but " + width.get() + " is");
        }
        Collection<Const> rows = rows();
        Collection<Platform> columns = columns();
        Optional<Platform> host = host();
        int fits = width.get() == null ? HelpPage.columns(out()) : width.get() == 0 ? Integer.MAX_VALUE : width.get();
        report(new AbiAnswer(host, columns, rows, fits), format);
        return ExitCode.OK;
    }

    private Collection<Const> rows() {
        if (names.get().isEmpty()) {
            return List.of(Const.values());
        }
        Set<Const> rows = new LinkedHashSet<>();
        for (String name : names.get()) {
            String glob = name.toUpperCase(Locale.ROOT);
            List<Const> matching = Stream.of(Const.values())
                    .filter(row -> matches(glob, row.name()))
                    .toList();
            if (matching.isEmpty()) {
                List<String> known = Stream.of(Const.values()).map(Const::name).toList();
                throw Arguments.wrong(
                        spec,
                        "no constant is called '" + name + "'" + Similar.hint(name.replaceAll("[*?]", ""), known));
            }
            rows.addAll(matching);
        }
        return rows;
    }

    /** Not by a regular expression, which tries every way to share the letters out among the stars. */
    static boolean matches(String glob, String name) {
        int star = -1;
        int retry = 0;
        int at = 0;
        int i = 0;
        while (i < name.length()) {
            if (at < glob.length() && glob.charAt(at) == '*') {
                star = at++;
                retry = i;
            } else if (at < glob.length() && (glob.charAt(at) == '?' || glob.charAt(at) == name.charAt(i))) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++retry;
            } else {
                return false;
            }
        }
        while (at < glob.length() && glob.charAt(at) == '*') {
            at++;
        }
        return at == glob.length();
    }

    private Collection<Platform> columns() {
        if (ids.get().isEmpty()) {
            return List.of(Platform.values());
        }
        Set<Platform> columns = EnumSet.noneOf(Platform.class);
        for (String id : ids.get()) {
            columns.add(Platform.of(id).orElseThrow(() -> unknown(id)));
        }
        return columns;
    }

    private RuntimeException unknown(String id) {
        List<String> known = Stream.of(Platform.values()).map(Platform::id).toList();
        String hint = Similar.hint(id, known);
        return Arguments.wrong(
                spec,
                "no ABI is called '" + id + "'" + (hint.isEmpty() ? "; there are " + String.join(", ", known) : hint));
    }
}
