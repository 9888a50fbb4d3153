package dev.reuseport.print.group;

import dev.reuseport.print.Answer;
import dev.reuseport.print.Sheet;
import dev.reuseport.sys.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Answers one after another: on a terminal each in the place of the one before, cut to what fits there; elsewhere one below
 * the other. Each has the time above it.
 *
 * <p>The cursor is hidden while a picture is drawn and no longer, so that nothing is to be restored, whatever ends the program
 * or stops it.
 */
public final class Redrawn {
    private static final String HIDE_CURSOR = "\033[?25l";
    private static final String SHOW_CURSOR = "\033[?25h";
    private static final String CLEAR_BELOW = "\033[J";
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("HH:mm:ss");

    private static final Terminal.Size NO_TERMINAL = new Terminal.Size(0, Sheet.UNBOUNDED);

    private final PrintWriter out;
    private final boolean terminal;
    private int drawn;
    private boolean begun;

    /**
     * Begins; nothing is printed yet.
     *
     * @param terminal whether {@code out} is one
     */
    public Redrawn(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Prints one. */
    public void show(Answer answer) {
        StringWriter text = new StringWriter();
        Terminal.Size size = terminal ? Terminal.size(Terminal.STDOUT) : NO_TERMINAL;
        PrintWriter lines = new Sheet(text, size::columns, terminal && Sheet.colours());
        lines.println(LocalTime.now().format(SECONDS));
        answer.print(lines);
        if (terminal) {
            redraw(text.toString().lines().toList(), size);
        } else {
            out.print((begun ? System.lineSeparator() : "") + text);
        }
        begun = true;
        out.flush();
    }

    /** A word that is longer than a line is cut, because the terminal would go on below. */
    private void redraw(List<String> lines, Terminal.Size size) {
        List<String> shown = lines.subList(0, Math.min(lines.size(), size.rows() - 1));
        StringBuilder picture = new StringBuilder(HIDE_CURSOR);
        if (drawn > 0) {
            picture.append("\033[").append(drawn).append('F');
        }
        picture.append(CLEAR_BELOW);
        for (String line : shown) {
            picture.append(Sheet.cut(line, size.columns())).append('\n');
        }
        out.print(picture.append(SHOW_CURSOR));
        drawn = shown.size();
    }
}
