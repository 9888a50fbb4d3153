package dev.reuseport.abi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What one run of {@link HeaderProbe} printed, with how it was made: a file in {@code src/test/resources/abi}. */
record Captured(String file, Abi abi, Map<String, Integer> values) {

    static Stream<Captured> all() {
        try (Stream<Path> files =
                Files.list(Path.of(Captured.class.getResource("/abi").toURI()))) {
            return files
                    .filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .map(Captured::read)
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Header lines are {@code # KEY: VALUE}. */
    private static Captured read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            Map<String, String> header = new LinkedHashMap<>();
            for (String line : lines) {
                if (line.startsWith("# ")) {
                    int colon = line.indexOf(": ");
                    header.put(line.substring(2, colon), line.substring(colon + 2));
                }
            }
            Abi abi = Abi.of(header.get("os.name"), header.get("os.arch"));
            return new Captured(file.getFileName().toString(), abi, values(lines.stream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines that are no header: a name, which may have spaces, a space and a number. */
    static Map<String, Integer> values(Stream<String> lines) {
        Map<String, Integer> values = new LinkedHashMap<>();
        lines.filter(line -> !line.startsWith("#")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            values.put(line.substring(0, space), Integer.valueOf(line.substring(space + 1)));
        });
        return values;
    }

    @Override
    public String toString() {
        return file;
    }
}
