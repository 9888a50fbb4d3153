package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher, from wherever it is called. */
@Timeout(120)
final class LauncherIT {
    @TempDir
    private Path folder;

    private static Launched run(ProcessBuilder builder) throws IOException {
        return new Launched(builder);
    }

    private static void assertInspects(Launched launched) throws InterruptedException {
        try (launched) {
            assertEquals(0, launched.awaitExit(), () -> launched.err().toString());
            assertEquals(List.of("SOL_SOCKET", "  SO_REUSEPORT  off  00000000"), launched.out());
            assertEquals(List.of(), launched.err(), "no warning on stderr");
        }
    }

    @Test
    void itPrintsNothingButTheAnswer() throws Exception {
        assertInspects(new Launched("inspect", "SO_REUSEPORT"));
    }

    /** The other end is closed before anything is written, as head does in the middle. */
    @Test
    void aPipeThatNobodyReadsIsExit1WithoutAWord() throws Exception {
        String shell =
                "mkfifo gone; { read -r line < gone; \"$0\" inspect; echo $? > status; } | { exec 0<&-; echo > gone; };"
                        + " exit $(cat status)";
        try (Launched launched =
                run(new ProcessBuilder("sh", "-c", shell, Launched.launcher().toString()).directory(folder.toFile()))) {
            assertEquals(1, launched.awaitExit());
            assertEquals(List.of(), launched.err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"$0\" inspect > /dev/full", "\"$0\" inspect --help > /dev/full"})
    void anAnswerThatCannotBeWrittenIsExit1(String shell) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "/dev/full");
        try (Launched launched =
                run(new ProcessBuilder("sh", "-c", shell, Launched.launcher().toString()).directory(folder.toFile()))) {
            assertEquals(1, launched.awaitExit());
            assertEquals(List.of("reuseport: the answer could not be written to stdout"), launched.err());
        }
    }

    @Test
    void itWorksFromAnyFolderThroughSymlinksAndWithSpaces() throws Exception {
        Path spaced = Files.createDirectory(folder.resolve("a folder with spaces"));
        Path built = Launched.launcher().getParent();
        Files.copy(built.resolve("reuseport.jar"), spaced.resolve("reuseport.jar"));
        Path copy = Files.copy(built.resolve("reuseport"), spaced.resolve("reuseport"));
        assertTrue(copy.toFile().setExecutable(true));
        Path absolute = Files.createSymbolicLink(folder.resolve("absolute link"), copy);
        Path relative = Files.createSymbolicLink(folder.resolve("relative"), Path.of("absolute link"));
        assertInspects(
                run(new ProcessBuilder(absolute.toString(), "inspect", "SO_REUSEPORT").directory(spaced.toFile())));
        assertInspects(run(new ProcessBuilder("./" + relative.getFileName(), "inspect", "SO_REUSEPORT")
                .directory(folder.toFile())));
    }

    @Test
    void withoutJavaItSaysSoInOneLine() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(Launched.launcher().toString(), "inspect");
        Path tools = Files.createDirectory(folder.resolve("bin"));
        for (String tool : new String[] {"sed", "dirname", "readlink"}) {
            Path wrapper = Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
            assertTrue(wrapper.toFile().setExecutable(true));
        }
        builder.environment().put("PATH", tools.toString());
        builder.environment().remove("JAVA_HOME");
        try (Launched launched = run(builder)) {
            assertEquals(1, launched.awaitExit());
            assertEquals(
                    List.of("reuseport: no Java 17 or newer is found; install one, or set JAVA_HOME"), launched.err());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a:b | Java runs no jar in a folder whose path has a colon in it",
                "a!  | Java finds nothing in a jar below a folder whose name ends in !"
            })
    void aPathInWhichJavaFindsNoJarIsRefusedInOneLine(String name, String why) throws Exception {
        Path odd = Files.createDirectory(folder.resolve(name));
        Path built = Launched.launcher();
        Path copy = Files.copy(built, odd.resolve("reuseport"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.copy(built.resolveSibling("reuseport.jar"), odd.resolve("reuseport.jar"));
        try (Launched launched = run(new ProcessBuilder(copy.toString(), "inspect"))) {
            assertEquals(1, launched.awaitExit());
            assertEquals(List.of("reuseport: " + why + ": " + odd), launched.err());
        }
    }

    @Test
    void aLauncherWithoutItsJarSaysSo() throws Exception {
        Path copy = Files.copy(Launched.launcher(), folder.resolve("reuseport"), StandardCopyOption.COPY_ATTRIBUTES);
        try (Launched launched = run(new ProcessBuilder(copy.toString(), "inspect"))) {
            assertEquals(1, launched.awaitExit());
            assertEquals(
                    List.of("reuseport: there is no reuseport.jar beside this launcher, in " + folder.toRealPath()),
                    launched.err());
        }
    }

    @Test
    void anOldJavaIsNotTaken() throws Exception {
        Path home = Files.createDirectories(folder.resolve("jdk-11"));
        Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nexit 99\n");
        assertTrue(java.toFile().setExecutable(true));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
        ProcessBuilder builder = new ProcessBuilder(Launched.launcher().toString(), "inspect");
        builder.environment().put("JAVA_HOME", home.toString());
        try (Launched launched = run(builder)) {
            assertEquals(1, launched.awaitExit());
            assertEquals(1, launched.err().size());
            assertTrue(launched.err().get(0).contains("Java 17"), launched.err()::toString);
        }
    }
}
