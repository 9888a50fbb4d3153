package dev.reuseport.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The programs that are timed as whole processes: the launcher as it was built, and the Python to hold it against. */
final class Rivals {
    private Rivals() {}

    /** The interpreter itself: {@code python3} may be a script that looks for one, at a cost. */
    static String python() throws IOException {
        Process asked = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)").start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    /** The launcher, beside which the build has laid its archive. */
    static String launcher() {
        return Path.of("target", "reuseport").toAbsolutePath().toString();
    }
}
