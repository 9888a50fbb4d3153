package dev.reuseport.option;

import java.util.Locale;

/**
 * An option and the value that it is to get: {@code SO_RCVBUF=65536}.
 *
 * @param option the option
 * @param value the value
 * @param <T> the Java value
 */
public record Setting<T>(SockOpt<T> option, T value) {

    /**
     * Reads {@code NAME=VALUE}, or {@code NAME} alone for {@code NAME=on}. The name may be in lower case.
     *
     * @throws IllegalArgumentException if the option is unknown, cannot be set, or does not take this value
     */
    public static Setting<?> parse(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        SockOpt<?> option = SockOpts.named(name.toUpperCase(Locale.ROOT))
                .orElseThrow(() -> new IllegalArgumentException("no option is called '" + name + "'"));
        if (!option.access().writable()) {
            throw new IllegalArgumentException(option + " can only be read");
        }
        return of(option, equals < 0 ? "on" : text.substring(equals + 1));
    }

    private static <T> Setting<T> of(SockOpt<T> option, String value) {
        // A setting is one word: of a step, and of the line that another process reads. # begins a comment there.
        if (value.chars().anyMatch(c -> Character.isWhitespace(c) || c == '#')) {
            throw new IllegalArgumentException(
                    option + " takes one word without white space and #, not '" + value + "'");
        }
        try {
            return new Setting<>(option, option.codec().parse(value));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " takes " + e.getMessage(), e);
        }
    }

    /** {@code NAME} for what is on, else {@code NAME=VALUE}. */
    public String shortText() {
        return Boolean.TRUE.equals(value) ? option.toString() : toString();
    }

    /** {@code NAME=VALUE}. */
    @Override
    public String toString() {
        return option + "=" + option.codec().text(value);
    }
}
