package dev.reuseport.sys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * A stream of UTF-8 that somebody else writes, made {@link Printable} as it comes, in pieces that may end within a character.
 * Newlines and tabs stay.
 */
public final class PrintableStream {
    private static final int PIECE = 1024;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    /** A character whose other bytes have not come yet. */
    private byte[] begun = {};

    /** Returns the next bytes; one that is no part of UTF-8 as {@code \x9b}. */
    public String next(byte[] bytes, int from, int length) {
        ByteBuffer in = ByteBuffer.allocate(begun.length + length)
                .put(begun)
                .put(bytes, from, length)
                .flip();
        StringBuilder shown = new StringBuilder(length);
        CharBuffer piece = CharBuffer.allocate(PIECE);
        CoderResult result;
        do {
            result = decoder.reset().decode(in, piece, false);
            append(piece.flip(), shown);
            piece.clear();
            for (int i = 0; result.isMalformed() && i < result.length(); i++) {
                appendByte(in.get(), shown);
            }
        } while (!result.isUnderflow());
        begun = new byte[in.remaining()];
        in.get(begun);
        return shown.toString();
    }

    /** Returns what is left at the end of the stream: the bytes of a character that was never finished. */
    public String end() {
        StringBuilder shown = new StringBuilder();
        for (byte left : begun) {
            appendByte(left, shown);
        }
        begun = new byte[0];
        return shown.toString();
    }

    private static void append(CharSequence text, StringBuilder shown) {
        text.codePoints().forEach(point -> {
            if (point == '\n' || point == '\t') {
                shown.append((char) point);
            } else {
                Printable.append(point, shown);
            }
        });
    }

    private static void appendByte(byte octet, StringBuilder shown) {
        shown.append("\\x%02x".formatted(octet & 0xff));
    }
}
