package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.UnsupportedAbiException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reuseport abi}. */
@Command(
        name = "abi",
        mixinStandardHelpOptions = true,
        header = "Print which raw number each platform uses for a constant.",
        description = {
            "A row per constant and a column per platform, this host's marked with a star; a dash where the platform's"
                    + " headers do not define it. Columns that do not fit beside the others follow below them.",
            ""
        },
        footer = {
            "",
            "The columns linux-* are CPUs that count otherwise than Linux does on all others.",
            "Try: reuseport abi SOL_SOCKET 'SO_REUSE*' EADDRINUSE --abi linux,linux-mips,darwin"
        })
final class AbiCommand implements Callable<Integer> {
    /** What may stand behind {@code --abi}, for the help and the shell's completion. */
    static final class Ids implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Platform.values()).map(Platform::id).iterator();
        }
    }

    @Parameters(
            paramLabel = "NAME",
            description = "Constants by their C names; * and ? stand for other letters, as in 'SO_REUSE*'."
                    + " Default: all.")
    private List<String> names = List.of();

    @Option(
            names = "--abi",
            paramLabel = "ID",
            split = ",",
            completionCandidates = Ids.class,
            description = "These columns only: ${COMPLETION-CANDIDATES}. May be repeated.")
    private List<String> ids = List.of();

    @Option(names = "--format", defaultValue = "text", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @Option(
            names = "--width",
            paramLabel = "N",
            description = "How long a line of text may become; 0: as long as it likes. Default: the terminal's width,"
                    + " or 80 where there is none.")
    private Integer width;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (width != null && width < 0) {
            throw Arguments.wrong(spec, "--width is not negative, but " + width + " is");
        }
        Collection<Const> rows = rows();
        Collection<Platform> columns = columns();
        Optional<Platform> host = host();
        if (format == Format.JSON) {
            Json.print(spec.commandLine().getOut(), AbiJson.of(host, columns, rows));
        } else {
            int fits = width == null ? spec.usageMessage().width() : width == 0 ? Integer.MAX_VALUE : width;
            new AbiText(host, rows).print(spec.commandLine().getOut(), columns, fits);
        }
        return ExitCode.OK;
    }

    /** The numbers of other platforms may be asked for on one that is not known. */
    private static Optional<Platform> host() {
        try {
            return Optional.of(Abi.host().platform());
        } catch (UnsupportedAbiException e) {
            return Optional.empty();
        }
    }

    private Collection<Const> rows() {
        if (names.isEmpty()) {
            return List.of(Const.values());
        }
        Set<Const> rows = new LinkedHashSet<>();
        for (String name : names) {
            Pattern pattern = pattern(name);
            List<Const> matching = Stream.of(Const.values())
                    .filter(row -> pattern.matcher(row.name()).matches())
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

    private static Pattern pattern(String glob) {
        StringBuilder regex = new StringBuilder();
        for (char letter : glob.toUpperCase(Locale.ROOT).toCharArray()) {
            regex.append(
                    switch (letter) {
                        case '*' -> ".*";
                        case '?' -> ".";
                        default -> Pattern.quote(String.valueOf(letter));
                    });
        }
        return Pattern.compile(regex.toString());
    }

    private Collection<Platform> columns() {
        if (ids.isEmpty()) {
            return List.of(Platform.values());
        }
        Set<Platform> columns = EnumSet.noneOf(Platform.class);
        for (String id : ids) {
            columns.add(Stream.of(Platform.values())
                    .filter(platform -> platform.id().equalsIgnoreCase(id))
                    .findFirst()
                    .orElseThrow(() -> unknown(id)));
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
