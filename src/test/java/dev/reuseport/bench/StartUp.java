package dev.reuseport.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** How long a command takes from its start to its end, beside a Python script that does the same. */
final class StartUp {
    private final Path folder;
    private final int rounds;

    StartUp(Path folder, int rounds) {
        this.folder = folder;
        this.rounds = rounds;
    }

    String run() throws IOException, InterruptedException {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put(
                "Python",
                List.of(Rivals.python(), CProgram.resource(folder, "readout.py").toString()));
        commands.put("reuseport", List.of(Rivals.launcher(), "inspect", "SO_REUSEADDR", "SO_REUSEPORT"));
        Optional<Path> installed = distribution();
        if (installed.isPresent()) {
            commands.put(
                    "distribution", List.of(installed.get().toString(), "inspect", "SO_REUSEADDR", "SO_REUSEPORT"));
        }
        Rounds millis = new Rounds();
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, List<String>> command : commands.entrySet()) {
                long before = System.nanoTime();
                int status = new ProcessBuilder(command.getValue())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
                millis.add(command.getKey(), (System.nanoTime() - before) / 1e6);
                if (status != 0) {
                    throw new IOException(command.getValue() + " ended with " + status);
                }
            }
        }
        return "inspect SO_REUSEADDR SO_REUSEPORT as a whole process, second start on, " + rounds + " rounds\n\n"
                + millis.table("ms", "Python");
    }

    /** The launcher of the one that {@code -Pdist} has made, if it has. */
    private static Optional<Path> distribution() throws IOException {
        Path dist = Path.of("target", "dist").toAbsolutePath();
        if (!Files.isDirectory(dist)) {
            return Optional.empty();
        }
        try (Stream<Path> made = Files.list(dist)) {
            return made.map(each -> each.resolve("bin/reuseport"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }
}
