package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.sys.Libc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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
    private static Path shared;

    private static Path launcher;
    private static Path jar;
    private static Path javaHome;
    private static Path calls;
    private static Path gate;
    private static Path over;
    private static Path warm;

    @TempDir
    private Path folder;

    private Path cache;

    private record Run(int status, String out, String err, List<String> calls) {
        boolean usedAnArchive() {
            return calls.stream()
                    .filter(call -> !call.contains(" rehearse "))
                    .anyMatch(call -> call.contains("-XX:AOTCache=") || call.contains("-XX:SharedArchiveFile="));
        }
    }

    @BeforeAll
    static void install() throws Exception {
        Path home = Files.createDirectories(shared.resolve("an installation"));
        launcher = Files.copy(BUILT.resolve("reuseport"), home.resolve("reuseport"));
        jar = Files.copy(BUILT.resolve("reuseport.jar"), home.resolve("reuseport.jar"));
        // Whole seconds survive every copy.
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
        calls = shared.resolve("calls");
        gate = shared.resolve("gate");
        over = shared.resolve("over");
        javaHome = shared.resolve("a jdk");
        Path java = Files.createDirectories(javaHome.resolve("bin")).resolve("java");
        Path real = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.writeString(java, """
                #!/bin/sh
                echo "$*" >>"%s"
                case "$*" in
                    *" rehearse "*)
                        while [ -e "%s" ]; do
                            [ -e "%s" ] && exit 1
                            sleep 0.05
                        done ;;
                esac
                exec "%s" "$@"
                """.formatted(calls, gate, over, real));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(Path.of(System.getProperty("java.home"), "release"), javaHome.resolve("release"));

        warm = shared.resolve("a cache");
        ArchiveIT first = new ArchiveIT();
        first.folder = shared;
        first.cache = warm;
        assertRight(first.inspect());
        first.awaitKept(1);
    }

    @BeforeEach
    void start() throws IOException {
        Files.deleteIfExists(over);
        cache = folder.resolve("a cache");
    }

    /** Nothing of a rehearsal may be left when the folders go: one that stands at the gate is called off. */
    @AfterEach
    void end() throws Exception {
        if (Files.exists(gate)) {
            Files.createFile(over);
            Files.delete(gate);
        } else {
            while (Files.exists(cache.resolve("reuseport")) && rehearsing()) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private boolean rehearsing() throws IOException {
        try (Stream<Path> folders = Files.list(cache.resolve("reuseport"))) {
            return folders.anyMatch(kept -> kept.toString().endsWith(".new"));
        }
    }

    /** Begins with what a rehearsal has left. */
    private Path rehearsed() throws IOException {
        Path kept = null;
        try (Stream<Path> files = Files.walk(warm)) {
            for (Path file : files.toList()) {
                Path copy = cache.resolve(warm.relativize(file).toString());
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                kept = file.endsWith("archive") ? copy.getParent() : kept;
            }
        }
        return kept;
    }

    private void awaitKept(int count) throws Exception {
        while (kept().size() < count) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private Run run(Map<String, String> environment, String... command) throws Exception {
        Path err = Files.createTempFile(folder, "stderr", "");
        Files.writeString(calls, "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
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

    @Test
    void theSecondStartUsesAnArchiveAndSaysTheSame() throws Exception {
        Run first = inspect();
        assertRight(first);
        assertFalse(first.usedAnArchive());
        awaitKept(1);
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
        awaitKept(1);
        assertTrue(inspect().usedAnArchive());
    }

    @Test
    void anotherJarsArchiveIsNotUsedHoweverAlikeTheJars() throws Exception {
        rehearsed();
        Files.createFile(gate);
        FileTime modified = Files.getLastModifiedTime(jar);
        try {
            flipTimeOfFirstEntry();
            Files.setLastModifiedTime(jar, modified);
            Run run = inspect();
            assertRight(run);
            assertFalse(run.usedAnArchive());
        } finally {
            flipTimeOfFirstEntry();
            Files.setLastModifiedTime(jar, modified);
        }
        assertTrue(inspect().usedAnArchive(), "the former jar is back");
    }

    /** Makes another jar of the same size, which no JVM minds. */
    private static void flipTimeOfFirstEntry() throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(jar.toFile(), "rw")) {
            bytes.seek(10);
            int time = bytes.read();
            bytes.seek(10);
            bytes.write(time ^ 1);
        }
    }

    /** Java 17 takes no archive for a jar of another age: without a new one each start would stay slow. */
    @Test
    void theSameJarOfAnotherAgeIsRehearsedAgain() throws Exception {
        rehearsed();
        Files.createFile(gate);
        FileTime modified = Files.getLastModifiedTime(jar);
        for (int hours : new int[] {-1, 1}) {
            try {
                Files.setLastModifiedTime(
                        jar, FileTime.from(modified.toInstant().plus(Duration.ofHours(hours))));
                Run run = inspect();
                assertRight(run);
                assertFalse(run.usedAnArchive());
                assertTrue(rehearsing());
            } finally {
                Files.setLastModifiedTime(jar, modified);
            }
        }
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
        Files.createFile(gate);
        Path release = javaHome.resolve("release");
        byte[] bytes = Files.readAllBytes(release);
        try {
            Files.writeString(release, "BUILD=\"another\"\n", StandardOpenOption.APPEND);
            Run run = inspect();
            assertRight(run);
            assertFalse(run.usedAnArchive());
        } finally {
            Files.write(release, bytes);
        }
        assertTrue(inspect().usedAnArchive(), "the former JVM is back");
    }

    @Test
    void anOtherJavaRunsTheSameJarAndKeepsItsOwnArchive() throws Exception {
        Path other = otherJava();
        rehearsed();
        Map<String, String> environment = Map.of("JAVA_HOME", other.toString());
        Run run = run(environment, launcher.toString(), "inspect", "SO_REUSEADDR");
        assertRight(run);
        awaitKept(2);
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
    void rootLeavesNothingInAnotherUsersCache() throws Exception {
        assumeTrue(Libc.geteuid() == 0, "needs root, to make a folder another user's");
        Files.createDirectories(cache);
        Process chown = new ProcessBuilder("chown", "65534", cache.toString())
                .inheritIO()
                .start();
        assertEquals(0, chown.waitFor());
        assertRight(inspect());
        try (Stream<Path> left = Files.list(cache)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void thePidIsTheReceivers() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(launcher.toString(), "serve", "--listen-port", "0").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        rehearsed();
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
