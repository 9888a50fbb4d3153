package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar alone, on machines that run nothing from their folder for temporary files. */
@Timeout(120)
final class JffiLibraryIT {
    @TempDir
    private Path folder;

    private Path noexec;
    private Path home;
    private Path working;

    @BeforeEach
    void folders() throws IOException {
        noexec = Files.createDirectory(folder.resolve("noexec"));
        home = Files.createDirectory(folder.resolve("home"));
        working = Files.createDirectory(folder.resolve("working"));
    }

    /** Starts it in a mount namespace of its own, in which one folder is mounted noexec. */
    private Launched inspect(Path userHome, Path directory) throws Exception {
        List<String> command = new ArrayList<>(inOwnMounts());
        command.addAll(List.of(
                "sh",
                "-c",
                "mount -t tmpfs -o noexec,mode=1777 tmpfs \"$1\" && cd \"$2\" && shift 2 && exec \"$@\"",
                "sh",
                noexec.toString(),
                directory.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + noexec,
                "-Duser.home=" + userHome,
                "-jar",
                Launched.launcher().resolveSibling("reuseport.jar").toString(),
                "inspect",
                "SO_REUSEPORT"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("XDG_RUNTIME_DIR");
        return new Launched(builder);
    }

    private static List<String> inOwnMounts() throws Exception {
        for (List<String> unshare : List.of(List.of("unshare", "-m"), List.of("unshare", "-r", "-m"))) {
            List<String> tried = new ArrayList<>(unshare);
            tried.addAll(List.of("sh", "-c", "mount -t tmpfs tmpfs /mnt"));
            try {
                if (new ProcessBuilder(tried).redirectErrorStream(true).start().waitFor() == 0) {
                    return unshare;
                }
            } catch (IOException e) {
                // there is no unshare(1)
            }
        }
        assumeTrue(false, "a mount namespace cannot be made here");
        return List.of();
    }

    private static List<Path> left(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.toList();
        }
    }

    /** /proc cannot be written by anybody, root included. */
    @Test
    void itIsLaidOutElsewhereAndNothingIsLeft() throws Exception {
        try (Launched launched = inspect(home, Path.of("/proc"))) {
            assertEquals(0, launched.awaitExit(), () -> launched.err().toString());
            assertEquals("  SO_REUSEPORT  off  00000000", launched.out().get(1));
        }
        assertEquals(List.of(), left(home));
    }

    @Test
    void itIsNeverTakenFromTheWorkingDirectory() throws Exception {
        try (Launched launched = inspect(Path.of("/nonexistent"), working)) {
            assertEquals(3, launched.awaitExit());
            assertEquals(1, launched.err().size(), () -> launched.err().toString());
            String line = launched.err().get(0);
            assertTrue(line.contains(noexec + ": it is mounted noexec; /nonexistent: there is no such folder"), line);
            assertTrue(line.contains("-Djava.io.tmpdir=FOLDER"), line);
        }
        assertEquals(List.of(), left(working));
    }
}
