package dev.reuseport.print;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * The process's stdout: text, bytes as they are, and why it could not be written, of which a {@link PrintWriter} tells no
 * more than that.
 */
public final class Stdout extends PrintWriter {
    private final Remembering bytes;
    private final BooleanSupplier terminal;

    /** Prints to {@code to}; {@code terminal} tells whether that is one. */
    public Stdout(OutputStream to, BooleanSupplier terminal) {
        this(new Remembering(to), terminal);
    }

    private Stdout(Remembering bytes, BooleanSupplier terminal) {
        super(bytes, true, StandardCharsets.UTF_8);
        this.bytes = bytes;
        this.terminal = terminal;
    }

    private static final class Remembering extends FilterOutputStream {
        private String failure = "";

        Remembering(OutputStream to) {
            super(to);
        }

        @Override
        public void write(byte[] piece, int from, int length) throws IOException {
            try {
                out.write(piece, from, length);
            } catch (IOException e) {
                failure = String.valueOf(e.getMessage());
                throw e;
            }
        }
    }

    /** Tells whether somebody looks at it. */
    public boolean terminal() {
        return terminal.getAsBoolean();
    }

    /** Writes bytes as they are, behind the text so far. */
    public void bytes(byte[] piece, int from, int length) {
        flush();
        try {
            bytes.write(piece, from, length);
            bytes.flush();
        } catch (IOException e) {
            setError();
        }
    }

    /** Returns why it could not be written, in the words of {@code strerror(3)}; empty if it could. */
    public String failure() {
        return bytes.failure;
    }
}
