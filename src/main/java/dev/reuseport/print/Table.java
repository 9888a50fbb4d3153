package dev.reuseport.print;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows whose columns line up, two spaces apart; the last cell of a row is as long as it likes.
 *
 * <p>On a {@link Sheet} nothing is wider than that. Where a row would be, cells are broken between words, those of the widest
 * columns first. Where that leaves too little to the last cells, these go below their rows; and where the longest words do
 * not fit beside each other, each row becomes a block of lines, one for a cell.
 */
public final class Table {
    private static final int GAP = 2;

    /** Of the room; what the last column has at least if its cells are broken. */
    private static final int LAST_COLUMNS_PART = 3;

    private static final String BELOW = "    ";

    private final List<List<String>> rows = new ArrayList<>();
    private boolean headed;

    /** Begins with what stands above the columns. */
    public Table head(String... cells) {
        headed = true;
        return row(cells);
    }

    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public void print(PrintWriter out, String indent) {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size() - 1; i++) {
                widths[i] = Math.max(widths[i], Sheet.width(row.get(i)));
            }
        }
        int room = Sheet.columns(out) == Sheet.UNBOUNDED ? Sheet.UNBOUNDED : Sheet.columns(out) - indent.length();
        if (rows.stream().allMatch(row -> width(row, widths) <= room)) {
            rows.forEach(row -> print(row, widths, Sheet.UNBOUNDED, out, indent));
            return;
        }
        int used = 1 + rows.stream().mapToInt(Table::last).max().orElse(-1);
        int[] beside = narrowed(room, used, used);
        int[] below = used > 1 && !roomy(beside, room) ? narrowed(room, used, used - 1) : new int[0];
        if (below.length > 0) {
            rows.forEach(row -> printLastBelow(row, below, room, out, indent));
        } else if (beside.length > 0) {
            rows.forEach(row -> print(row.subList(0, Math.min(used, row.size())), beside, room, out, indent));
        } else {
            printBlocks(out, indent, room);
        }
    }

    /** Tells whether the last column is not so narrow that its cells become towers. */
    private boolean roomy(int[] widths, int room) {
        int last = widths.length - 1;
        return last >= 0
                && (widths[last] >= room / LAST_COLUMNS_PART
                        || rows.stream()
                                .allMatch(row -> row.size() <= last || Sheet.width(row.get(last)) <= widths[last]));
    }

    /** Returns the width of a row, whose last cells may be empty. */
    private static int width(List<String> row, int[] widths) {
        int last = last(row);
        return last < 0 ? 0 : start(last, widths) + Sheet.width(row.get(last));
    }

    private static int last(List<String> row) {
        int last = row.size() - 1;
        while (last >= 0 && row.get(last).isEmpty()) {
            last--;
        }
        return last;
    }

    private static int start(int column, int[] widths) {
        return Arrays.stream(widths, 0, column).sum() + column * GAP;
    }

    /**
     * Returns widths of the first columns that fit; none if the longest words do not.
     *
     * @param used how many columns have anything
     */
    private int[] narrowed(int room, int used, int columns) {
        int[] widths = new int[columns];
        int[] least = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < Math.min(columns, row.size()); i++) {
                if (row.size() >= used || i < row.size() - 1) {
                    widths[i] = Math.max(widths[i], Sheet.width(row.get(i)));
                    least[i] = Math.max(least[i], Sheet.longestWord(row.get(i)));
                }
            }
        }
        while (start(columns, widths) - GAP > room) {
            int widest = -1;
            for (int i = 0; i < columns; i++) {
                if (widths[i] > least[i] && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return new int[0];
            }
            widths[widest]--;
        }
        // The last cell of a shorter row has what is to the right of it.
        boolean fits = rows.stream()
                .filter(row -> row.size() < used && !row.isEmpty())
                .allMatch(row -> start(row.size() - 1, widths) + Sheet.longestWord(row.get(row.size() - 1)) <= room);
        return fits ? widths : new int[0];
    }

    /** Prints a row whose last cell, where it has one and it does not fit, goes below it. */
    private static void printLastBelow(List<String> row, int[] widths, int room, PrintWriter out, String indent) {
        int aligned = widths.length;
        String last = row.size() > aligned ? row.get(aligned) : "";
        if (last.isEmpty() || start(aligned, widths) + Sheet.width(last) <= room) {
            print(row.subList(0, Math.min(aligned + 1, row.size())), widths, room, out, indent);
            return;
        }
        print(row.subList(0, aligned), widths, room, out, indent);
        for (String line : Sheet.folded(last, room - BELOW.length())) {
            out.println(indent + BELOW + line);
        }
    }

    private static void print(List<String> row, int[] widths, int room, PrintWriter out, String indent) {
        List<List<String>> cells = new ArrayList<>();
        int height = 1;
        for (int i = 0; i < row.size(); i++) {
            boolean last = i == row.size() - 1;
            List<String> lines = room == Sheet.UNBOUNDED
                    ? List.of(row.get(i))
                    : Sheet.folded(row.get(i), last ? room - start(i, widths) : widths[i]);
            cells.add(lines);
            height = Math.max(height, lines.size());
        }
        for (int number = 0; number < height; number++) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < cells.size(); i++) {
                String text = number < cells.get(i).size() ? cells.get(i).get(number) : "";
                line.append(text);
                if (i < cells.size() - 1) {
                    line.append(" ".repeat(Math.max(0, widths[i] - Sheet.width(text)) + GAP));
                }
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private void printBlocks(PrintWriter out, String indent, int room) {
        if (!headed) {
            for (List<String> row : rows) {
                for (String line : Sheet.folded(String.join("  ", row).stripTrailing(), room)) {
                    out.println(indent + line);
                }
            }
            return;
        }
        List<String> heads = rows.get(0);
        for (List<String> row : rows.subList(1, rows.size())) {
            Table block = new Table();
            for (int i = 0; i < row.size(); i++) {
                if (!row.get(i).isBlank()) {
                    block.row(i < heads.size() ? heads.get(i) : "", row.get(i).strip());
                }
            }
            block.print(out, indent);
            if (row != rows.get(rows.size() - 1)) {
                out.println();
            }
        }
    }
}
