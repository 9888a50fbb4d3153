package dev.reuseport.receiver;

import dev.reuseport.abi.Sockaddr;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One line of a receiver, built as bytes in an array that is used again: formatting text costs more than the socket calls
 * that it reports. Every line begins with {@code Receiver-PID: }.
 *
 * <p>Values stand as Python 3 prints them, because the article's program is Python and its lines are the contract:
 * {@code b'Hello\n'} for bytes, {@code ('::1', 60001, 0, 0)} for an AF_INET6 address and {@code ('127.0.0.1', 60001)}
 * for an AF_INET one.
 */
final class Line {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** What a byte of a message can grow to: {@code \x00}. */
    private static final int LONGEST_ESCAPE = 4;

    private final long pid;
    private final int prefix;
    private byte[] bytes;
    private int length;
    private Sockaddr spelled;
    private byte[] spelling;

    Line(long pid) {
        this.pid = pid;
        byte[] start = ("Receiver-" + pid + ": ").getBytes(StandardCharsets.US_ASCII);
        bytes = Arrays.copyOf(start, 512);
        prefix = start.length;
        length = prefix;
    }

    long pid() {
        return pid;
    }

    /** Begins again behind the prefix. */
    Line start(String text) {
        length = prefix;
        return add(text);
    }

    Line add(String text) {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    private Line add(byte[] encoded) {
        reserve(encoded.length);
        System.arraycopy(encoded, 0, bytes, length, encoded.length);
        length += encoded.length;
        return this;
    }

    /** Adds what {@code repr(bytes)} prints of what remains in {@code message}. */
    Line addRepr(ByteBuffer message) {
        int from = message.position();
        int to = message.limit();
        reserve(LONGEST_ESCAPE * (to - from) + 3);
        int quote = quoteFor(message, from, to);
        bytes[length++] = 'b';
        bytes[length++] = (byte) quote;
        for (int i = from; i < to; i++) {
            int octet = message.get(i) & 0xff;
            if (octet == quote || octet == '\\') {
                escape(octet);
            } else if (octet == '\t') {
                escape('t');
            } else if (octet == '\n') {
                escape('n');
            } else if (octet == '\r') {
                escape('r');
            } else if (octet < ' ' || octet > '~') {
                escape('x');
                bytes[length++] = HEX[octet >>> 4];
                bytes[length++] = HEX[octet & 0xf];
            } else {
                bytes[length++] = (byte) octet;
            }
        }
        bytes[length++] = (byte) quote;
        return this;
    }

    /** Single quotes, unless the value has one and no double quote. */
    private static int quoteFor(ByteBuffer message, int from, int to) {
        boolean single = false;
        for (int i = from; i < to; i++) {
            int octet = message.get(i);
            if (octet == '"') {
                return '\'';
            }
            single |= octet == '\'';
        }
        return single ? '"' : '\'';
    }

    private void escape(int letter) {
        bytes[length++] = '\\';
        bytes[length++] = (byte) letter;
    }

    /** Adds what Python prints of a socket's name; spelled once, because one connection after the other has the same. */
    Line addName(Sockaddr name) {
        if (!name.equals(spelled)) {
            spelled = name;
            spelling = spell(name).getBytes(StandardCharsets.US_ASCII);
        }
        return add(spelling);
    }

    private static String spell(Sockaddr name) {
        String start = "('" + name.host() + "', " + name.port();
        // Python gives the scope as a number of its own, and no %eth0 in the host.
        return name instanceof Sockaddr.Inet6 inet6
                ? start + ", " + inet6.flowinfo() + ", " + inet6.scopeId() + ")"
                : start + ")";
    }

    /** Ends the line and writes it in one call. */
    void writeTo(OutputStream out) throws IOException {
        reserve(1);
        bytes[length++] = '\n';
        out.write(bytes, 0, length);
        out.flush();
    }

    /** Returns the line as last written, its newline included. Valid until the next start. */
    ByteBuffer written() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * (length + more));
        }
    }
}
