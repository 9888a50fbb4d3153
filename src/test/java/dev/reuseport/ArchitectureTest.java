package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which room may know which: imports point one way, and libraries stay where they belong. The order
 * of the rooms stands in the note that people read.
 */
final class ArchitectureTest {
    private static final Path NOTE = Path.of("native-notes/architecture.md");
    private static final Pattern ROOM = Pattern.compile("    ([a-z]+(?:\\.[a-z]+)*) {2,}\\S.*");

    /** From the top to the bottom. A room knows itself and those below it. */
    private static final List<String> ROOMS = rooms();

    /** Libraries that one room alone may know: nothing of them shows in any other. */
    private static final Map<String, Set<String>> ENCLOSED = Map.of(
            "jnr.", Set.of("sys"),
            "com.kenai.", Set.of("sys"),
            "java.lang.foreign.", Set.of("sys"),
            "picocli.", Set.of("cli"),
            // An experiment reads what a run of this program in a network namespace of its own printed.
            "com.google.gson.", Set.of("print", "experiment"));

    private static final Pattern OWN = Pattern.compile("\\bdev\\.reuseport\\.((?:[a-z]\\w*\\.)*[a-z]\\w*)");

    private static List<String> rooms() {
        try {
            return Files.readAllLines(NOTE).stream()
                    .map(ROOM::matcher)
                    .filter(Matcher::matches)
                    .map(room -> room.group(1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> wrongReferences(SourceFile file) {
        List<String> wrong = new ArrayList<>();
        int own = ROOMS.indexOf(file.room());
        if (own < 0) {
            wrong.add(file.name() + " is in no room");
            return wrong;
        }
        Matcher references = OWN.matcher(file.code());
        while (references.find()) {
            int other = ROOMS.indexOf(references.group(1));
            if (other < own) {
                wrong.add(file.name() + ":" + file.line(references.start()) + " " + file.room() + " knows "
                        + (other < 0 ? "an unknown room " : "") + references.group(1));
            }
        }
        ENCLOSED.forEach((library, rooms) -> {
            Matcher uses =
                    Pattern.compile("(?<![\\w.])" + Pattern.quote(library)).matcher(file.code());
            if (!rooms.contains(file.room()) && uses.find()) {
                wrong.add(file.name() + ":" + file.line(uses.start()) + " " + file.room() + " knows " + library);
            }
        });
        if (!file.code().contains("package dev.reuseport." + file.room() + ";")) {
            wrong.add(file.name() + " is not of the package that its folder says");
        }
        return wrong;
    }

    @Test
    void roomsKnowOnlyThoseBelow() {
        assertEquals(
                List.of(),
                SourceFile.all().stream()
                        .flatMap(file -> wrongReferences(file).stream())
                        .toList());
    }

    @Test
    void everyRoomIsFurnished() {
        Map<String, Long> sizes = SourceFile.all().stream()
                .collect(Collectors.groupingBy(SourceFile::room, TreeMap::new, Collectors.counting()));
        assertEquals(new TreeSet<>(ROOMS), sizes.keySet());
        assertEquals(ROOMS.size(), new HashSet<>(ROOMS).size());
    }

    @Test
    void whatNewerJavasGetIsLookedAtToo() {
        assertTrue(SourceFile.all().stream().anyMatch(file -> file.name().equals("sys/FfmSyscalls.java")));
    }

    @ParameterizedTest
    @CsvSource({
        "sys/X.java,       import dev.reuseport.socket.Mode;,              sys/X.java:2 sys knows socket",
        "socket/X.java,    import static dev.reuseport.cli.Main.main;,     socket/X.java:2 socket knows cli",
        "inspect/X.java,   import dev.reuseport.bind.explain.Explain;,     inspect/X.java:2 inspect knows bind.explain",
        "bind/rules/X.java,import dev.reuseport.bind.run.Runner;,          bind/rules/X.java:2 bind.rules knows bind.run",
        "option/X.java,    Object x = dev.reuseport.sys.Errno.class;,      option/X.java:2 option knows sys",
        "cli/X.java,       import dev.reuseport.nowhere.X;,                cli/X.java:2 cli knows an unknown room nowhere",
        "socket/X.java,    import jnr.ffi.Pointer;,                        socket/X.java:2 socket knows jnr.",
        "cli/X.java,       import com.kenai.jffi.Platform;,                cli/X.java:2 cli knows com.kenai.",
        "inspect/X.java,   import com.google.gson.Gson;,                   inspect/X.java:2 inspect knows com.google.gson."
    })
    void aReferenceThatPointsBackIsNoticed(String name, String line, String complaint) {
        SourceFile file = SourceFile.of(
                name,
                "package dev.reuseport."
                        + name.substring(0, name.lastIndexOf('/')).replace('/', '.') + ";\n" + line + "\n");
        assertEquals(List.of(complaint), wrongReferences(file));
    }

    @Test
    void whatPointsDownOrStandsInAStringIsNot() {
        SourceFile file = SourceFile.of("socket/X.java", """
                package dev.reuseport.socket;
                import dev.reuseport.abi.Abi;
                import dev.reuseport.socket.Mode;
                /** {@link dev.reuseport.cli.Main} */
                class X { String s = "dev.reuseport.cli.Main"; } // dev.reuseport.cli
                """);
        assertEquals(List.of(), wrongReferences(file));
        assertEquals(List.of("elsewhere/X.java is in no room"), wrongReferences(SourceFile.of("elsewhere/X.java", "")));
        assertEquals(
                List.of("abi/X.java is not of the package that its folder says"),
                Stream.of("package dev.reuseport.sys;")
                        .map(text -> SourceFile.of("abi/X.java", text))
                        .flatMap(wrong -> wrongReferences(wrong).stream())
                        .filter(complaint -> !complaint.contains("knows"))
                        .toList());
    }
}
