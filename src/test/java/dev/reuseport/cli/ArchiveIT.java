package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher's archive, with a java in between that writes down how it was called: what an archive is used for
 * can be seen there, and nowhere in the output.
 */
@Timeout(120)
final class ArchiveIT {
    private static final Path BUILT = Path.of("target").toAbsolutePath();
    private static final String READOUT = "SOL_SOCKET\n  SO_REUSEADDR  off  00000000\n";

    @TempDir
    private Path folder;

    private Path home;
    private Path cache;
    private Path launcher;
    private Path jar;
    private Path java;
    private Path calls;
    private Path gate;

    private record Run(int status, String out, String err, List<String> calls) {
        boolean usedAnArchive() {
            return calls.stream()
                    .filter(call -> !call.contains(" rehearse "))
                    .anyMatch(call -> call.contains("-XX:AOTCache=") || call.contains("-XX:SharedArchiveFile="));
        }
    }

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(folder.resolve("an installation"));
        cache = folder.resolve("a cache");
        launcher = Files.copy(BUILT.resolve("reuseport"), home.resolve("reuseport"));
        jar = Files.copy(BUILT.resolve("reuseport.jar"), home.resolve("reuseport.jar"));
        calls = Files.createFile(folder.resolve("calls"));
        gate = folder.resolve("gate");
        java = Files.createDirectories(folder.resolve("a jdk/bin")).resolve("java");
        Path real = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.writeString(java, """
                #!/bin/sh
                echo "$*" >>"%s"
                case "$*" in
                    *" rehearse "*) while [ -e "%s" ]; do sleep 0.05; done ;;
                esac
                exec "%s" "$@"
                """.formatted(calls, gate, real));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(Path.of(System.getProperty("java.home"), "release"), release());
    }

    @AfterEach
    void awaitRehearsals() throws Exception {
        Files.deleteIfExists(gate);
        while (Files.exists(cache.resolve("reuseport")) && rehearsing()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private boolean rehearsing() throws IOException {
        try (Stream<Path> folders = Files.list(cache.resolve("reuseport"))) {
            return folders.anyMatch(kept -> kept.toString().endsWith(".new"));
        }
    }

    private Path release() {
        return folder.resolve("a jdk/release");
    }

    private Run run(Map<String, String> environment, String... command) throws Exception {
        Path err = Files.createTempFile(folder, "stderr", "");
        Files.writeString(calls, "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", folder.resolve("a jdk").toString());
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        builder.environment().putAll(environment);
        builder.environment().values().removeIf(String::isEmpty);
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out, Files.readString(err), Files.readAllLines(calls));
    }

    private Run inspect() throws Exception {
        return run(Map.of(), launcher.toString(), "inspect", "SO_REUSEADDR");
    }

    private static void assertRight(Run run) {
        assertEquals("", run.err());
        assertEquals(READOUT, run.out());
        assertEquals(0, run.status());
    }

    /** What the launcher keeps: a folder for each jar and JVM. */
    private List<Path> kept() throws IOException {
        if (Files.notExists(cache.resolve("reuseport"))) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(cache.resolve("reuseport"))) {
            return folders.filter(kept -> !kept.toString().endsWith(".new")).toList();
        }
    }

    /** Starts once, waits until the rehearsal that this sets off is over, and returns what it left. */
    private Path rehearsed() throws Exception {
        List<Path> before = kept();
        assertRight(inspect());
        while (true) {
            Optional<Path> made =
                    kept().stream().filter(path -> !before.contains(path)).findFirst();
            if (made.isPresent()) {
                return made.get();
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void theSecondStartUsesAnArchiveAndSaysTheSame() throws Exception {
        Run first = inspect();
        assertRight(first);
        assertFalse(first.usedAnArchive());
        while (kept().isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        Run second = inspect();
        assertRight(second);
        assertTrue(second.usedAnArchive());
        assertEquals(1, second.calls().size(), "rehearses only once");
    }

    @Test
    void theCallerDoesNotWaitForTheRehearsal() throws Exception {
        Files.createFile(gate);
        // Reads to the end of stdout: the rehearsal, which stands at the gate, must not hold it open.
        assertRight(inspect());
        Run next = inspect();
        assertRight(next);
        assertFalse(next.usedAnArchive());
        assertEquals(1, next.calls().size(), "one rehearsal at a time");
        Files.delete(gate);
        while (kept().isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertTrue(inspect().usedAnArchive());
    }

    @Test
    void anotherJarsArchiveIsNotUsedHoweverAlikeTheJars() throws Exception {
        Path before = rehearsed();
        FileTime modified = Files.getLastModifiedTime(jar);
        long size = Files.size(jar);
        try (RandomAccessFile bytes = new RandomAccessFile(jar.toFile(), "rw")) {
            // The time of day of the first entry: no JVM looks at it.
            bytes.seek(10);
            int time = bytes.read();
            bytes.seek(10);
            bytes.write(time ^ 1);
        }
        Files.setLastModifiedTime(jar, modified);
        assertEquals(size, Files.size(jar));
        Run run = inspect();
        assertRight(run);
        assertFalse(run.usedAnArchive());
        while (kept().size() < 2) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertTrue(Files.exists(before), "the former jar may come back");
    }

    @Test
    void aDamagedArchiveIsNotUsedAndMadeAnew() throws Exception {
        Path archive = rehearsed().resolve("archive");
        byte[] bytes = Files.readAllBytes(archive);
        byte[] flipped = bytes.clone();
        flipped[bytes.length / 2] ^= 1;
        Files.createFile(gate);
        for (byte[] damaged : List.of(
                new byte[0],
                Arrays.copyOf(bytes, 1000),
                Arrays.copyOf(bytes, bytes.length / 2),
                Arrays.copyOf(bytes, bytes.length - 1),
                flipped)) {
            Files.delete(archive);
            Files.write(archive, damaged);
            Run run = inspect();
            assertRight(run);
            assertFalse(run.usedAnArchive(), () -> damaged.length + " of " + bytes.length + " bytes");
        }
        Files.delete(gate);
        while (!inspect().usedAnArchive()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void anotherJvmsArchiveIsNotUsed() throws Exception {
        rehearsed();
        Files.writeString(release(), "BUILD=\"another\"\n", StandardOpenOption.APPEND);
        Run run = inspect();
        assertRight(run);
        assertFalse(run.usedAnArchive());
    }

    @Test
    void anOtherJavaRunsTheSameJarAndKeepsItsOwnArchive() throws Exception {
        Path other = otherJava();
        rehearsed();
        Map<String, String> environment = Map.of("JAVA_HOME", other.toString());
        Run run = run(environment, launcher.toString(), "inspect", "SO_REUSEADDR");
        assertRight(run);
        while (kept().size() < 2) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertRight(run(environment, launcher.toString(), "inspect", "SO_REUSEADDR"));
        assertTrue(inspect().usedAnArchive());
    }

    /** A JDK that is not this one, but lies beside it. */
    private static Path otherJava() throws IOException {
        Path mine = Path.of(System.getProperty("java.home")).toRealPath();
        try (Stream<Path> siblings = Files.list(mine.getParent())) {
            Optional<Path> other = siblings.filter(path -> Files.isExecutable(path.resolve("bin/java")))
                    .filter(path -> Files.isReadable(path.resolve("release")))
                    .filter(path -> !path.equals(mine) && !Files.isSymbolicLink(path))
                    .filter(ArchiveIT::isJava17)
                    .findFirst();
            assumeTrue(other.isPresent(), "there is no second JDK 17 or newer beside " + mine);
            return other.get();
        }
    }

    private static boolean isJava17(Path javaHome) {
        try (Stream<String> lines = Files.lines(javaHome.resolve("release"))) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION=\""))
                    .anyMatch(line -> Runtime.Version.parse(line.split("\"")[1]).feature() >= 17);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aCacheThatCannotBeWrittenHurtsNobody() throws Exception {
        Path file = Files.createFile(folder.resolve("a file"));
        for (Map<String, String> environment :
                List.of(Map.of("XDG_CACHE_HOME", file.toString()), Map.of("XDG_CACHE_HOME", "", "HOME", ""))) {
            Run run = run(environment, launcher.toString(), "inspect", "SO_REUSEADDR");
            assertRight(run);
            assertEquals(1, run.calls().size(), "no rehearsal");
        }
    }

    @Test
    void thePidIsTheReceivers() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(launcher.toString(), "serve", "--listen-port", "0").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", folder.resolve("a jdk").toString());
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        Process receiver = builder.start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.contains("Listening")) {
                    // Process.destroy would close the stream that is being read.
                    receiver.toHandle().destroy();
                }
            }
        } finally {
            receiver.destroyForcibly();
        }
        assertEquals("Receiver-" + receiver.pid() + ": pid=" + receiver.pid(), lines.get(0));
    }
}
