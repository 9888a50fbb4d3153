package dev.reuseport.inspect;

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
 * What {@code /proc/PID} tells everybody about a process.
 *
 * @param pid its number
 * @param command its name of at most 15 bytes ({@code /proc/PID/comm}); empty if it is gone
 * @param uid its effective user; empty if it is gone
 */
public record RunningProcess(int pid, String command, OptionalInt uid) {

    /** Reads it; a process that is gone has neither name nor user. */
    public static RunningProcess of(int pid) {
        Path directory = Path.of("/proc", Integer.toString(pid));
        // A process names itself: control characters would reach the terminal.
        String command = text(directory.resolve("comm")).strip().replaceAll("\\p{Cntrl}", "?");
        OptionalLong uid = field(text(directory.resolve("status")), "Uid:", 2, 10);
        return new RunningProcess(
                pid, command, uid.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) uid.getAsLong()));
    }

    /** {@code pid 191 (python3)}. */
    @Override
    public String toString() {
        return "pid " + pid + (command.isEmpty() ? "" : " (" + command + ")");
    }

    /** Returns a number in a line of {@code /proc/PID/status}: the name, then fields apart by tabs. */
    static OptionalLong field(String status, String name, int index, int radix) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.split("\\s+"))
                .filter(fields -> fields.length > index)
                .mapToLong(fields -> Long.parseUnsignedLong(fields[index], radix))
                .findFirst();
    }

    /**
     * Reads a file of /proc whole; empty if it cannot be read. Not by {@link Files#readString}, which asks for one byte of a
     * file of size 0 first: a sysctl gives that byte and then the end.
     */
    static String text(Path file) {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            return lines.lines().collect(Collectors.joining("\n"));
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }
}
