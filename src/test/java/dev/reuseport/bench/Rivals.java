package dev.reuseport.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs that are timed as whole processes: the launcher as it was built, and the Python to hold it against. */
final class Rivals {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Rivals() {}

    /** The interpreter itself: {@code python3} may be a script that looks for one, at a cost. */
    static String python() throws IOException {
        Process asked = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)").start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    /** The launcher, once the rehearsal that its first start sets off is over. */
    static String launcher() throws IOException, InterruptedException {
        String launcher = Path.of("target", "reuseport").toAbsolutePath().toString();
        new ProcessBuilder(launcher, "--version")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        Path cache = Path.of(System.getenv("XDG_CACHE_HOME"), "reuseport");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline && !rehearsed(cache)) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return launcher;
    }

    private static boolean rehearsed(Path cache) throws IOException {
        try (Stream<Path> kept = Files.list(cache)) {
            return kept.noneMatch(folder -> folder.toString().endsWith(".new"));
        }
    }
}
