package dev.reuseport.sys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Text that somebody else chose: a process its name, whoever opened a file its path. As a string it is safe to print: what
 * a terminal would obey or what would not be seen is escaped, as Python's {@code repr} does it. A backslash stays as it is.
 *
 * @param text the text itself, for what has escapes of its own, as JSON
 */
public record Printable(String text) {
    /** Letters that are not seen at all. */
    private static final String HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0";

    /** Decodes UTF-8; a byte that is none becomes {@code \xNN} in the text itself. */
    public static Printable of(byte[] utf8) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        StringBuilder text = new StringBuilder(utf8.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            text.append(out.flip());
            out.clear();
            if (!result.isError()) {
                return new Printable(text.toString());
            }
            for (int i = 0; i < result.length(); i++) {
                text.append(String.format("\\x%02x", in.get() & 0xff));
            }
            decoder.reset();
        }
    }

    /** Tells whether there is none. */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    /**
     * Tells whether a character is one to escape: a control of C0 or C1 (U+009B begins what ESC [ does), DEL, what turns the
     * direction of text or is not seen at all, a line or paragraph separator, or half a character.
     */
    public static boolean escaped(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> HANGUL_FILLERS.indexOf(codePoint) >= 0;
        };
    }

    /** The text with {@code \xNN} for C0 and DEL, {@code \}{@code uNNNN} or {@code \UNNNNNNNN} for the others. */
    @Override
    public String toString() {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(point -> append(point, shown));
        return shown.toString();
    }

    static void append(int point, StringBuilder shown) {
        if (escaped(point)) {
            shown.append(String.format(point < 0x80 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point));
        } else {
            shown.appendCodePoint(point);
        }
    }
}
