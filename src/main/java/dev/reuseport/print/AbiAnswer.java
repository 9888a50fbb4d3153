package dev.reuseport.print;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The numbers of platforms. In JSON {@code null} stands for what a platform's headers do not define. In the matrix for people,
 * what {@code linux-mips} and its like have in common stands in a line above, because five times {@code linux-} would be a
 * third of the width.
 */
public final class AbiAnswer implements Answer {
    private static final String NOT_DEFINED = "-";
    private static final String GAP = "  ";

    private final Optional<Platform> host;
    private final Collection<Platform> columns;
    private final Collection<Const> rows;
    private final int width;

    /** Answers for these columns and rows, in as many blocks as it takes to keep lines within {@code width}. */
    public AbiAnswer(Optional<Platform> host, Collection<Platform> columns, Collection<Const> rows, int width) {
        this.host = host;
        this.columns = columns;
        this.rows = rows;
        this.width = width;
    }

    @Override
    public Json json() {
        Json abis = new Json();
        for (Platform platform : columns) {
            Json numbers = new Json();
            rows.forEach(row -> numbers.with(row.name(), row.definedOn(platform) ? row.on(platform) : null));
            abis.with(platform.id(), numbers);
        }
        return new Json().with("host", host.map(Platform::id)).with("abis", abis);
    }

    @Override
    public void print(PrintWriter out) {
        boolean first = true;
        for (List<Platform> block : blocks()) {
            out.print(first ? "" : System.lineSeparator());
            first = false;
            table(block).print(out, "");
        }
        out.println();
        out.println(host.filter(columns::contains).isPresent() ? "* this host, - not defined" : "- not defined");
    }

    private Table table(List<Platform> block) {
        Table table = new Table();
        if (block.stream().anyMatch(AbiAnswer::isPort)) {
            table.row(line("", block.stream().map(AbiAnswer::above)));
        }
        table.row(line("", block.stream().map(this::title)));
        for (Const row : rows) {
            table.row(line(row.name(), block.stream().map(platform -> cell(row, platform))));
        }
        return table;
    }

    private static String[] line(String name, Stream<String> cells) {
        return Stream.concat(Stream.of(name), cells).toArray(String[]::new);
    }

    private static boolean isPort(Platform platform) {
        return platform.linux() && platform != Platform.LINUX;
    }

    private static String above(Platform platform) {
        return isPort(platform) ? Platform.LINUX.id() : "";
    }

    private String title(Platform platform) {
        String id =
                isPort(platform) ? platform.id().substring(Platform.LINUX.id().length()) : platform.id();
        return host.filter(platform::equals).isPresent() ? "*" + id : id;
    }

    private static String cell(Const row, Platform platform) {
        return row.definedOn(platform) ? row.text(row.on(platform)) : NOT_DEFINED;
    }

    /** One block if all fits; else Linux by itself and the others by themselves, cut where they must be. */
    private List<List<Platform>> blocks() {
        int nameWidth = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        int all = nameWidth + columns.stream().mapToInt(this::width).sum();
        List<List<Platform>> blocks = new ArrayList<>();
        int used = width;
        Platform before = null;
        for (Platform platform : columns) {
            boolean otherSystem = before != null && before.linux() && !platform.linux();
            boolean begins = before == null || (all > width && (otherSystem || used + width(platform) > width));
            if (begins) {
                blocks.add(new ArrayList<>());
                used = nameWidth;
            }
            blocks.get(blocks.size() - 1).add(platform);
            used += width(platform);
            before = platform;
        }
        return blocks;
    }

    /** The width of a column with the gap before it. */
    private int width(Platform platform) {
        int longest = rows.stream()
                .mapToInt(row -> cell(row, platform).length())
                .max()
                .orElse(0);
        int heading = Math.max(above(platform).length(), title(platform).length());
        return GAP.length() + Math.max(longest, heading);
    }
}
