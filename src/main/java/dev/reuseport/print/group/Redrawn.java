package dev.reuseport.print.group;

import dev.reuseport.print.Answer;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Answers one after another: on a terminal each in the place of the one before, cut to what fits there; elsewhere one below
 * the other. Each has the time above it.
 *
 * <p>The cursor is hidden meanwhile, and shown again however the program ends, but for SIGKILL.
 */
public final class Redrawn implements AutoCloseable {
    private static final String HIDE_CURSOR = "\033[?25l";
    private static final String SHOW_CURSOR = "\033[?25h";
    private static final String CLEAR_BELOW = "\033[J";
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("HH:mm:ss");

    /** What a terminal has that does not say its size. */
    private static final int ROWS = 24;

    private static final int COLUMNS = 80;

    private final PrintWriter out;
    private final boolean terminal;
    private final Thread ending;
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
        this.ending = new Thread(this::showCursor);
        if (terminal) {
            Runtime.getRuntime().addShutdownHook(ending);
            out.print(HIDE_CURSOR);
        }
    }

    /** Prints one. */
    public void show(Answer answer) {
        StringWriter text = new StringWriter();
        PrintWriter lines = new PrintWriter(text);
        lines.println(LocalTime.now().format(SECONDS));
        answer.print(lines);
        if (terminal) {
            redraw(text.toString().lines().toList());
        } else {
            out.print((begun ? System.lineSeparator() : "") + text);
        }
        begun = true;
        out.flush();
    }

    private void redraw(List<String> lines) {
        int[] size = size();
        List<String> shown = lines.subList(0, Math.min(lines.size(), size[0] - 1));
        StringBuilder picture = new StringBuilder();
        if (drawn > 0) {
            picture.append("\033[").append(drawn).append('F');
        }
        picture.append(CLEAR_BELOW);
        for (String line : shown) {
            int end = Math.min(size[1], line.codePointCount(0, line.length()));
            picture.append(line, 0, line.offsetByCodePoints(0, end)).append('\n');
        }
        out.print(picture);
        drawn = shown.size();
    }

    /** Asks stty(1), as it may change; rows and columns. */
    private static int[] size() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/tty")))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ");
            int rows = Integer.parseInt(words[0]);
            int columns = Integer.parseInt(words[1]);
            return new int[] {rows > 1 ? rows : ROWS, columns > 0 ? columns : COLUMNS};
        } catch (IOException | RuntimeException e) {
            return new int[] {ROWS, COLUMNS};
        }
    }

    private void showCursor() {
        out.print(SHOW_CURSOR);
        out.flush();
    }

    @Override
    public void close() {
        if (!terminal) {
            return;
        }
        try {
            if (Runtime.getRuntime().removeShutdownHook(ending)) {
                showCursor();
            }
        } catch (IllegalStateException e) {
            // The program ends, and the hook shows it.
        }
    }
}
