package dev.reuseport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Java source file of the program.
 *
 * @param name the path below the package, {@code sys/Errno.java}
 * @param room the package in which it lies, without {@code dev.reuseport}: {@code bind.rules}
 * @param code the text with comments, strings and characters blanked out, and all lines where they were
 */
record SourceFile(String name, String room, String code) {
    private static final String ROOT = "dev/reuseport";

    /** A literal or a comment that swallows everything up to its end. */
    private enum Span {
        TEXT_BLOCK("\"\"\"", "\"\"\""),
        STRING("\"", "\""),
        CHARACTER("'", "'"),
        LINE_COMMENT("//", "\n"),
        COMMENT("/*", "*/");

        final String begin;
        final String end;

        Span(String begin, String end) {
            this.begin = begin;
            this.end = end;
        }

        boolean escapes() {
            return this != LINE_COMMENT && this != COMMENT;
        }
    }

    static SourceFile of(String name, String text) {
        return new SourceFile(
                name, name.substring(0, Math.max(0, name.lastIndexOf('/'))).replace('/', '.'), blanked(text));
    }

    /** Every file of the program, those for newer Javas too. */
    static List<SourceFile> all() {
        return Stream.of("src/main/java", "src/main/java22")
                .map(Path::of)
                .filter(Files::isDirectory)
                .flatMap(SourceFile::below)
                .toList();
    }

    private static Stream<SourceFile> below(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .map(file -> read(root, file))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SourceFile read(Path root, Path file) {
        try {
            return of(root.resolve(ROOT).relativize(file).toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String blanked(String text) {
        StringBuilder code = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int here = at;
            Span span = Stream.of(Span.values())
                    .filter(each -> text.startsWith(each.begin, here))
                    .findFirst()
                    .orElse(null);
            if (span == null) {
                code.append(text.charAt(at++));
                continue;
            }
            int end = at + span.begin.length();
            while (end < text.length() && !text.startsWith(span.end, end)) {
                end += span.escapes() && text.charAt(end) == '\\' ? 2 : 1;
            }
            end = Math.min(text.length(), end + span.end.length());
            text.substring(at, end).chars().forEach(letter -> code.append(letter == '\n' ? '\n' : ' '));
            at = end;
        }
        return code.toString();
    }

    /** The name of the type that the file is of. */
    String type() {
        return name.substring(name.lastIndexOf('/') + 1, name.length() - ".java".length());
    }

    /** The number of the line in which a place of the code is. */
    int line(int at) {
        return (int) code.substring(0, at)
                        .chars()
                        .filter(letter -> letter == '\n')
                        .count()
                + 1;
    }
}
