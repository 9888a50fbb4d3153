package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code native-notes/library.md}, compiled and run against the plain jar and what it depends on. */
@Timeout(120)
final class LibraryIT {
    private static final Path NOTE = Path.of("native-notes", "library.md");
    private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?public class (\\w+) .*?)```", Pattern.DOTALL);

    @TempDir
    private static Path folder;

    private static String classPath;

    @BeforeAll
    static void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeTrue(compiler != null, "this Java has no compiler");
        classPath = jar()
                + File.pathSeparator
                + Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> entry.endsWith(".jar") && !entry.contains("junit"))
                        .collect(Collectors.joining(File.pathSeparator));
        Map<String, String> programs = new TreeMap<>();
        for (Matcher found = PROGRAM.matcher(Files.readString(NOTE)); found.find(); ) {
            programs.put(found.group(2), found.group(1));
        }
        assertEquals(List.of("Listener", "Options", "Prediction"), List.copyOf(programs.keySet()));
        for (Map.Entry<String, String> program : programs.entrySet()) {
            Path source = Files.writeString(folder.resolve(program.getKey() + ".java"), program.getValue());
            assertEquals(
                    0,
                    compiler.run(
                            null,
                            null,
                            null,
                            "-Xlint:all,-path,-processing",
                            "-Werror",
                            "-proc:none",
                            "-cp",
                            classPath,
                            source.toString()));
        }
    }

    /** The one without a classifier. */
    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("reuseport-[0-9.]+(-SNAPSHOT)?[.]jar"))
                    .findFirst()
                    .orElseThrow()
                    .toAbsolutePath();
        }
    }

    private static List<String> run(String program) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                        "-cp",
                        folder + File.pathSeparator + classPath,
                        program)
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        List<String> out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                // Java 17 has a word to say about the option that later ones want.
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .toList();
        assertEquals(0, process.waitFor(), out::toString);
        return out;
    }

    @Test
    void aListenerIsOpenedAndAnOptionSetByItsName() throws Exception {
        List<String> out = run("Listener");
        assertEquals("listens: true", out.get(0));
        assertTrue(out.get(1).startsWith("SO_REUSEPORT: Value[value=true"), out::toString);
    }

    @Test
    void everyOptionOfAChannelIsRead() throws Exception {
        List<String> out = run("Options");
        assertTrue(out.contains("SO_REUSEADDR: on"), out::toString);
        assertTrue(out.contains("SO_REUSEPORT: off"), out::toString);
        assertTrue(out.size() > 100, out::toString);
    }

    @Test
    void aBindIsPredicted() throws Exception {
        List<String> out = run("Prediction");
        assertEquals(2, out.size(), out::toString);
        assertTrue(out.get(0).startsWith("linux: ") && out.get(0).contains("EADDRINUSE"), out::toString);
        assertTrue(out.get(1).startsWith("macos: ") && out.get(1).contains(", because "), out::toString);
    }

    @Test
    void thePlainJarHasANameAsAModuleAndNothingOfOthers() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            assertEquals("dev.reuseport", jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
            assertEquals(
                    List.of(),
                    jar.stream()
                            .map(Object::toString)
                            .filter(name -> name.endsWith(".class") && !name.startsWith("dev/reuseport/"))
                            .toList());
        }
    }
}
