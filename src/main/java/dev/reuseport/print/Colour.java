package dev.reuseport.print;

import java.io.PrintWriter;
import java.util.regex.Pattern;

/** Verdicts, where somebody sees them: in a pipe and with NO_COLOR they have no colour. */
public enum Colour {
    /** As it should be. */
    GOOD("\033[32m"),

    /** Not as it should be. */
    BAD("\033[31m"),

    /** To be looked at. */
    DOUBT("\033[33m");

    private static final String NONE = "\033[m";
    private static final Pattern WORD = Pattern.compile("[^ ]+");

    private final String begin;

    Colour(String begin) {
        this.begin = begin;
    }

    /** Returns the text in this colour if {@code out} has colours: word by word, so that a line may end behind each. */
    public String on(PrintWriter out, String text) {
        return Sheet.coloured(out) ? WORD.matcher(text).replaceAll(begin + "$0" + NONE) : text;
    }
}
