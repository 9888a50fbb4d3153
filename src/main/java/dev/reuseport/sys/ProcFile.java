package dev.reuseport.sys;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A file below {@code /proc} of Linux; what cannot be read is empty, as all of them are on other systems.
 *
 * <p>Read in pieces of many bytes, and not by {@link Files#readString}: that asks for one byte of a file of size 0 first,
 * and a sysctl gives that byte and then the end.
 */
public record ProcFile(Path path) {
    /** {@code /proc/self/status}. */
    public static ProcFile ownStatus() {
        return new ProcFile(Path.of("/proc/self/status"));
    }

    /** Returns all of it. */
    public String text() {
        try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.ISO_8859_1)) {
            return lines.lines().collect(Collectors.joining("\n"));
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
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
     * Returns a number in a line of {@code /proc/PID/status}.
     *
     * @param name how the line begins, with its colon
     * @param index which of the fields behind, from 1
     */
    public OptionalLong field(String name, int index, int radix) {
        return text().lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.split("\\s+"))
                .filter(fields -> fields.length > index)
                .mapToLong(fields -> Long.parseUnsignedLong(fields[index], radix))
                .findFirst();
    }
}
