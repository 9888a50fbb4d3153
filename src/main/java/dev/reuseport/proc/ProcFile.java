package dev.reuseport.proc;

import dev.reuseport.sys.Printable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.function.Consumer;

/**
 * A file below {@code /proc} of Linux; what cannot be read is empty, as all of them are on other systems.
 *
 * <p>Its lines end at {@code \n} and nowhere else: a process may have {@code \r} in its name, and every byte but NUL. They
 * are of one character a byte (ISO 8859-1), so that no byte is lost; {@link Printable} is for what people are to read.
 *
 * <p>Read in pieces of many bytes, and not by {@link Files#readString}: that asks for one byte of a file of size 0 first,
 * and a sysctl gives that byte and then the end.
 */
public record ProcFile(Path path) {
    private static final int PIECE = 1 << 16;
    private static final int PAGE = 1 << 12;

    /** Hands on each line; there may be a hundred thousand. */
    public void lines(Consumer<String> each) throws IOException {
        byte[] piece = new byte[PIECE];
        ByteArrayOutputStream begun = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(path)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                int from = 0;
                for (int i = 0; i < count; i++) {
                    if (piece[i] == '\n') {
                        begun.write(piece, from, i - from);
                        each.accept(begun.toString(StandardCharsets.ISO_8859_1));
                        begun.reset();
                        from = i + 1;
                    }
                }
                begun.write(piece, from, count - from);
            }
        }
        if (begun.size() > 0) {
            each.accept(begun.toString(StandardCharsets.ISO_8859_1));
        }
    }

    /** Returns all of it, without the end of its last line. */
    public String text() {
        StringJoiner text = new StringJoiner("\n");
        try {
            lines(text::add);
        } catch (IOException e) {
            return "";
        }
        return text.toString();
    }

    /** Returns as much of it as one read gives, at most a page: a process may have megabytes of arguments. */
    String beginning() {
        byte[] page = new byte[PAGE];
        try (InputStream in = Files.newInputStream(path)) {
            return new String(page, 0, Math.max(0, in.read(page)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns all of it as what some process wrote. */
    public Printable printable() {
        return Printable.of(text().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns the one number that it holds; empty if it holds something else. */
    public OptionalInt number() {
        try {
            return OptionalInt.of(Integer.parseInt(text().strip()));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /** Returns the capabilities that a process has in effect, by its {@code /proc/PID/status}; bits as in linux/capability.h. */
    public OptionalLong capabilities() {
        return field("CapEff:", 1, 16);
    }

    /**
     * Returns a number in a line of {@code /proc/PID/status}; empty if it is none.
     *
     * @param name how the line begins, with its colon
     * @param index which of the fields behind, from 1
     */
    public OptionalLong field(String name, int index, int radix) {
        List<String> fields = fields(name);
        try {
            return fields.size() < index
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseUnsignedLong(fields.get(index - 1), radix));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Returns all fields of a line; none if there is no such line, or if two say that they are it. */
    public List<String> fields(String name) {
        List<String> found = List.of(text().split("\n")).stream()
                .filter(line -> line.startsWith(name))
                .toList();
        return found.size() == 1 ? words(found.get(0).substring(name.length())) : List.of();
    }

    static List<String> words(String line) {
        return List.of(line.strip().split("\\s+"));
    }
}
