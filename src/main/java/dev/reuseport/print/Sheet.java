package dev.reuseport.print;

import dev.reuseport.sys.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;

/**
 * What people look at: as wide as their terminal, with colours if it has them. A line that is longer goes on below, broken
 * between words. A word that is longer than a line stays whole: the terminal breaks it, and it can still be copied.
 */
public final class Sheet extends PrintWriter {
    /** The width of what is no terminal. */
    public static final int UNBOUNDED = Integer.MAX_VALUE;

    private static final String ITEM = "- ";

    /** The colours here, which take no room; nobody else's text has an escape. */
    private static final Pattern COLOUR = Pattern.compile("\\033\\[[0-9;]*m");

    private final IntSupplier columns;
    private final boolean coloured;

    /** Prints to {@code to}, that many columns wide; they are asked for when something is printed. */
    public Sheet(Writer to, IntSupplier columns, boolean coloured) {
        super(new Folding(to, columns), true);
        this.columns = columns;
        this.coloured = coloured;
    }

    /** Returns a sheet on a terminal's width, and {@code out} itself if it is no terminal. */
    public static PrintWriter over(PrintWriter out) {
        if (!(out instanceof Stdout stdout) || !stdout.terminal()) {
            return out;
        }
        int columns = Terminal.size(Terminal.STDOUT).columns();
        return new Sheet(out, () -> columns, colours());
    }

    /** Tells whether a terminal is to have colours (https://no-color.org). */
    public static boolean colours() {
        String no = System.getenv("NO_COLOR");
        return (no == null || no.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    }

    /** Returns how many columns there are. */
    public static int columns(PrintWriter out) {
        return out instanceof Sheet sheet ? sheet.columns.getAsInt() : UNBOUNDED;
    }

    static boolean coloured(PrintWriter out) {
        return out instanceof Sheet sheet && sheet.coloured;
    }

    /** Returns how many columns a text takes: none for a colour or an accent, two for what East Asia writes. */
    static int width(String text) {
        boolean plain = text.chars().allMatch(each -> each >= ' ' && each <= '~');
        return plain
                ? text.length()
                : COLOUR.matcher(text)
                        .replaceAll("")
                        .codePoints()
                        .map(Sheet::width)
                        .sum();
    }

    private static int width(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
            default ->
                switch (Character.UnicodeScript.of(codePoint)) {
                    case HAN, HIRAGANA, KATAKANA, HANGUL -> 2;
                    default -> 1;
                };
        };
    }

    /** Returns the width of the longest word. */
    static int longestWord(String text) {
        int longest = 0;
        for (String word : text.split(" ")) {
            longest = Math.max(longest, width(word));
        }
        return longest;
    }

    /** Breaks a line between words. What it is indented by, and the sign of an item of a list, all lines leave free. */
    public static List<String> folded(String line, int columns) {
        String text = line.stripTrailing();
        if (width(text) <= columns) {
            return List.of(text);
        }
        String words = text.stripLeading();
        int indent = text.length() - words.length() + (words.startsWith(ITEM) ? ITEM.length() : 0);
        List<String> lines = new ArrayList<>();
        StringBuilder now = new StringBuilder(text.substring(0, indent));
        int used = indent;
        int spaces = 0;
        for (String word : text.substring(indent).split(" ")) {
            int room = width(word);
            if (used > indent && used + spaces + room > columns) {
                lines.add(now.toString());
                now = new StringBuilder(" ".repeat(indent));
                used = indent;
                spaces = 0;
            }
            now.append(" ".repeat(spaces)).append(word);
            used += spaces + room;
            spaces = word.isEmpty() ? spaces + 1 : 1;
        }
        lines.add(now.toString());
        return lines;
    }

    /** Returns the beginning of a line that fits. */
    public static String cut(String line, int columns) {
        if (width(line) <= columns) {
            return line;
        }
        String plain = COLOUR.matcher(line).replaceAll("");
        int end = plain.length();
        while (width(plain.substring(0, end)) > columns) {
            end = plain.offsetByCodePoints(end, -1);
        }
        return plain.substring(0, end);
    }

    /** Keeps a line until its end. */
    private static final class Folding extends Writer {
        private final Writer to;
        private final IntSupplier columns;
        private final StringBuilder line = new StringBuilder();

        /** Whether the beginning of this line is out already. */
        private boolean begun;

        Folding(Writer to, IntSupplier columns) {
            this.to = to;
            this.columns = columns;
        }

        @Override
        public void write(char[] piece, int from, int length) throws IOException {
            for (int i = from; i < from + length; i++) {
                if (piece[i] == '\n') {
                    end();
                } else {
                    line.append(piece[i]);
                }
            }
        }

        private void end() throws IOException {
            String text = line.toString();
            line.setLength(0);
            if (begun || columns.getAsInt() == UNBOUNDED) {
                to.write(text + System.lineSeparator());
            } else {
                for (String each : folded(text, columns.getAsInt())) {
                    to.write(each + System.lineSeparator());
                }
            }
            begun = false;
        }

        @Override
        public void flush() throws IOException {
            if (line.length() > 0) {
                to.write(line.toString());
                line.setLength(0);
                begun = true;
            }
            to.flush();
        }

        @Override
        public void close() throws IOException {
            flush();
            to.close();
        }
    }
}
