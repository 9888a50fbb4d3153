package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.Nobody;
import dev.reuseport.Root;
import java.io.BufferedReader;
import java.io.File;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
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

    private static Path home;
    private static Path launcher;
    private static Path jar;
    private static Path javaHome;
    private static Path calls;

    @TempDir
    private Path folder;

    private record Run(int status, String out, String err, List<String> calls) {
        boolean usedAnArchive() {
            return calls.stream()
                    .filter(call -> !call.contains(" rehearse "))
                    .anyMatch(call -> call.contains("-XX:AOTCache=") || call.contains("-XX:SharedArchiveFile="));
        }
    }

    @BeforeAll
    static void install() throws Exception {
        home = Files.createDirectories(shared.resolve("an installation\n in two lines"));
        launcher = Files.copy(BUILT.resolve("reuseport"), home.resolve("reuseport"));
        jar = Files.copy(BUILT.resolve("reuseport.jar"), home.resolve("reuseport.jar"));
        // Whole seconds survive every copy.
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
        calls = Files.createFile(shared.resolve("calls"));
        Files.setPosixFilePermissions(calls, PosixFilePermissions.fromString("rw-rw-rw-"));
        javaHome = shared.resolve("a jdk");
        Path java = Files.createDirectories(javaHome.resolve("bin")).resolve("java");
        Path real = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.writeString(java, """
                #!/bin/sh
                printf '%%s\\0' "$*" >>"%s"
                exec "%s" "$@"
                """.formatted(calls, real));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(Path.of(System.getProperty("java.home"), "release"), javaHome.resolve("release"));
        assertFalse(inspect().usedAnArchive(), "there is none yet");
        rehearse();
    }

    private static Run run(Map<String, String> environment, String... command) throws Exception {
        Path err = Files.createTempFile(shared, "stderr", "");
        Files.writeString(calls, "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out, Files.readString(err), started(Files.readString(calls)));
    }

    /** A path with a newline in it is no end of a call. */
    private static List<String> started(String calls) {
        return Stream.of(calls.split("\0")).filter(call -> !call.isEmpty()).toList();
    }

    private static Run inspect() throws Exception {
        return inspect(Map.of());
    }

    private static Run inspect(Map<String, String> environment) throws Exception {
        Run run = run(environment, launcher.toString(), "inspect", "SO_REUSEADDR");
        assertRight(run);
        return run;
    }

    private static void rehearse() throws Exception {
        Run run = run(Map.of(), launcher.toString(), "rehearse");
        assertEquals("", run.err() + run.out());
        assertEquals(0, run.status());
    }

    /** An installation without an archive. */
    private Path installed(Path where) throws IOException {
        Files.createDirectories(where);
        for (Path file : List.of(launcher, jar)) {
            Files.copy(file, where.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
        return where.resolve("reuseport");
    }

    private static void assertRight(Run run) {
        assertEquals("", run.err());
        assertEquals(READOUT, run.out());
        assertEquals(0, run.status());
    }

    /** What lies beside the jar: a folder for each JVM. */
    private static List<Path> kept() throws IOException {
        try (Stream<Path> ofJars = Files.list(home.resolve("reuseport.archives"))) {
            List<Path> one = ofJars.toList();
            assertEquals(1, one.size(), "of one jar");
            try (Stream<Path> ofJvms = Files.list(one.get(0))) {
                return ofJvms.toList();
            }
        }
    }

    private static Path archive() throws IOException {
        return kept().get(0).resolve("archive");
    }

    @Test
    void aStartUsesTheArchiveAndWritesNothing() throws Exception {
        FileTime modified = Files.getLastModifiedTime(home);
        Map<String, String> environment = Map.of("HOME", folder.toString(), "XDG_CACHE_HOME", folder.toString());
        Run run = inspect(environment);
        assertTrue(run.usedAnArchive());
        assertEquals(1, run.calls().size(), "nothing else is started");
        assertEquals(modified, Files.getLastModifiedTime(home));
        assertEquals(List.of(), listed(folder));
    }

    private static List<Path> listed(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.toList();
        }
    }

    /** A relative folder of the environment sent an earlier launcher round for ever. */
    @Test
    void noFolderOfTheEnvironmentMatters() throws Exception {
        for (String name : List.of("", "relative", ".", "/nonexistent/below", "/dev/null")) {
            assertTrue(inspect(Map.of("HOME", name, "XDG_CACHE_HOME", name, "TMPDIR", name))
                    .usedAnArchive());
        }
    }

    @Test
    void anotherPathIsRehearsedByItself() throws Exception {
        Path moved = installed(folder.resolve("moved"));
        copy(home.resolve("reuseport.archives"), moved.resolveSibling("reuseport.archives"));
        Run run = run(Map.of(), moved.toString(), "inspect", "SO_REUSEADDR");
        assertRight(run);
        assertFalse(run.usedAnArchive());
        assertEquals(0, run(Map.of(), moved.toString(), "rehearse").status());
        Run next = run(Map.of(), moved.toString(), "inspect", "SO_REUSEADDR");
        assertRight(next);
        assertTrue(next.usedAnArchive());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    @Test
    void aRehearsalReplacesWhatAnEndedOneAndAnotherJarLeft() throws Exception {
        Path archives = home.resolve("reuseport.archives");
        Path own = kept().get(0);
        Files.createDirectories(archives.resolve("jar-1/java-17-1"));
        Path half = Files.createDirectory(own.resolveSibling(own.getFileName() + ".new"));
        Files.createFile(half.resolve("archive"));
        Files.setLastModifiedTime(half, FileTime.from(Instant.now().plus(Duration.ofDays(1))));
        rehearse();
        assertEquals(1, kept().size());
        assertTrue(inspect().usedAnArchive());
    }

    @Test
    void anotherJarsArchiveIsNotUsedHoweverAlikeTheJars() throws Exception {
        FileTime modified = Files.getLastModifiedTime(jar);
        try {
            flipTimeOfFirstEntry();
            Files.setLastModifiedTime(jar, modified);
            assertFalse(inspect().usedAnArchive());
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

    /** Java 17 takes no archive for a jar of another age. */
    @Test
    void anArchiveOfAnotherAgeIsNotUsed() throws Exception {
        FileTime modified = Files.getLastModifiedTime(jar);
        for (int hours : new int[] {-1, 1}) {
            try {
                Files.setLastModifiedTime(
                        jar, FileTime.from(modified.toInstant().plus(Duration.ofHours(hours))));
                assertFalse(inspect().usedAnArchive());
            } finally {
                Files.setLastModifiedTime(jar, modified);
            }
        }
    }

    @Test
    void aDamagedArchiveIsNotUsed() throws Exception {
        Path archive = archive();
        byte[] bytes = Files.readAllBytes(archive);
        byte[] flipped = bytes.clone();
        flipped[bytes.length / 2] ^= 1;
        for (byte[] damaged : List.of(
                new byte[0],
                Arrays.copyOf(bytes, 1000),
                Arrays.copyOf(bytes, bytes.length / 2),
                Arrays.copyOf(bytes, bytes.length - 1),
                flipped)) {
            Files.delete(archive);
            Files.write(archive, damaged);
            assertFalse(inspect().usedAnArchive(), () -> damaged.length + " of " + bytes.length + " bytes");
        }
        Path sums = archive.resolveSibling("sums");
        byte[] right = Files.readAllBytes(sums);
        rehearse();
        for (int length : new int[] {0, 1, right.length / 2, right.length - 2}) {
            Files.write(sums, Arrays.copyOf(right, length));
            assertFalse(inspect().usedAnArchive(), () -> length + " bytes of the sums");
        }
        rehearse();
        assertTrue(inspect().usedAnArchive());
    }

    @Test
    void anotherJvmsArchiveIsNotUsed() throws Exception {
        Path release = javaHome.resolve("release");
        byte[] bytes = Files.readAllBytes(release);
        try {
            Files.writeString(release, "BUILD=\"another\"\n", StandardOpenOption.APPEND);
            assertFalse(inspect().usedAnArchive());
        } finally {
            Files.write(release, bytes);
        }
        assertTrue(inspect().usedAnArchive(), "the former JVM is back");
    }

    @Test
    void anOtherJavaRunsTheSameJarAndKeepsItsOwnArchive() throws Exception {
        Map<String, String> environment = Map.of("JAVA_HOME", otherJava().toString());
        Path own = kept().get(0);
        inspect(environment);
        assertEquals(0, run(environment, launcher.toString(), "rehearse").status());
        assertEquals(2, kept().size());
        inspect(environment);
        assertTrue(inspect().usedAnArchive());
        try (Stream<Path> other = Files.walk(
                kept().stream().filter(kept -> !kept.equals(own)).findFirst().orElseThrow())) {
            other.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
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
    void nothingIsKeptInAFolderThatIsNotOnesOwn() throws Exception {
        Path own = installed(folder.resolve("own"));
        Path link = Files.createSymbolicLink(
                own.resolveSibling("reuseport.archives"), Files.createDirectory(folder.resolve("away")));
        Run refused = run(Map.of(), own.toString(), "rehearse");
        assertEquals(1, refused.status());
        assertEquals(List.of(), listed(folder.resolve("away")));
        Files.delete(link);
        Root.assume("making a folder another user's", Root.Capability.CAP_CHOWN);
        chown(own.getParent());
        assertEquals(1, run(Map.of(), own.toString(), "rehearse").status());
        assertEquals(2, listed(own.getParent()).size());
    }

    private static void chown(Path path) throws Exception {
        Process chown = new ProcessBuilder("chown", "-R", Integer.toString(Nobody.UID), path.toString())
                .inheritIO()
                .start();
        assertEquals(0, chown.waitFor());
    }

    /**
     * Another user lays out what would be taken if it were trusted: a whole archive beside a jar in a sticky folder, and one
     * at every place where an earlier launcher looked for it.
     */
    @Test
    void whatAnotherUserLaidOutIsNotLoaded() throws Exception {
        Root.assume("making files another user's", Root.Capability.CAP_CHOWN);
        Path sticky = installed(folder.resolve("sticky"));
        Files.setPosixFilePermissions(sticky.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertEquals(0, run(Map.of(), sticky.toString(), "rehearse").status());
        assertEquals(
                0,
                new ProcessBuilder("chmod", "1777", sticky.getParent().toString())
                        .start()
                        .waitFor());
        chown(sticky.resolveSibling("reuseport.archives"));
        Run run = run(Map.of(), sticky.toString(), "inspect", "SO_REUSEADDR");
        assertRight(run);
        assertFalse(run.usedAnArchive());

        Path theirs = Files.createDirectories(folder.resolve("home/.cache"));
        Path rootsOwn = Files.createDirectory(folder.resolve("roots own"));
        Files.createSymbolicLink(theirs.resolve("reuseport"), rootsOwn);
        copy(home.resolve("reuseport.archives"), theirs.resolve("reuseport.archives"));
        chown(theirs.getParent());
        Path bare = installed(folder.resolve("bare"));
        Run asRoot = run(
                Map.of("HOME", theirs.getParent().toString(), "XDG_CACHE_HOME", theirs.toString()),
                bare.toString(),
                "inspect",
                "SO_REUSEADDR");
        assertRight(asRoot);
        assertEquals(1, asRoot.calls().size(), "nothing else is started");
        assertFalse(asRoot.calls().get(0).contains(theirs.getParent().toString()), asRoot.calls()::toString);
        assertEquals(List.of(), listed(rootsOwn));
    }

    @Test
    void thePidIsTheReceivers() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        launcher.toString(), "serve", "--listen-addr", Loopback.host(), "--listen-port", "0")
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
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
