package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
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
 * Which room may know which: imports point one way, types go in no circle, and libraries stay where they belong. The order
 * of the rooms stands in the note that people read.
 */
final class ArchitectureTest {
    private static final Path NOTE = Path.of("native-notes/architecture.md");
    private static final Pattern ROOM = Pattern.compile("    ([a-z]+(?:\\.[a-z]+)*) {2,}\\S.*");

    /** From the top to the bottom. A room knows itself and those below it. */
    private static final List<String> ROOMS = rooms();

    /** What nobody finds a file in by looking any more. */
    private static final int MOST_FILES = 25;

    /** Libraries that one room alone may know: nothing of them shows in any other. */
    private static final Map<String, Set<String>> ENCLOSED = Map.of(
            "jnr.", Set.of("sys"),
            "com.kenai.", Set.of("sys"),
            "java.lang.foreign.", Set.of("sys"),
            "picocli.", Set.of("cli", "cli.help", "cli.value"),
            // An experiment reads what a run of this program in a network namespace of its own printed.
            "com.google.gson.", Set.of("print", "print.report", "experiment", "experiment.report"));

    /** The rules are a function: what they know of a host is what they are given. */
    private static final Set<String> PURE = Set.of("bind.predict", "bind.rules", "bind.host", "bind.map");

    private static final List<String> UNKNOWN_TO_RULES = List.of("socket", "sys", "inspect", "proc");

    private static final Pattern OWN = Pattern.compile("\\bdev\\.reuseport\\.((?:[a-z]\\w*\\.)*[a-z]\\w*)");
    private static final Pattern IMPORT = Pattern.compile("import dev\\.reuseport\\.([a-z.]+)\\.([A-Z]\\w*)[^;]*;");
    private static final Pattern WORD = Pattern.compile("(?<![\\w.])[A-Z]\\w*");
    private static final Pattern SEALED = Pattern.compile("\\bsealed (?:interface|class) (\\w+)");
    private static final Pattern PERMITS = Pattern.compile("\\bpermits ([\\w., \\n]+)\\{");

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
            if (PURE.contains(file.room()) && UNKNOWN_TO_RULES.contains(references.group(1))) {
                wrong.add(file.name() + ":" + file.line(references.start()) + " rules know " + references.group(1));
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

    /** Which types each type names in its code, by {@code room.Type}. */
    private static Map<String, Set<String>> arrows(List<SourceFile> files) {
        Set<String> types =
                files.stream().map(file -> file.room() + "." + file.type()).collect(Collectors.toSet());
        Map<String, Set<String>> arrows = new TreeMap<>();
        for (SourceFile file : files) {
            Map<String, String> imported = new HashMap<>();
            Matcher imports = IMPORT.matcher(file.code());
            while (imports.find()) {
                imported.put(imports.group(2), imports.group(1) + "." + imports.group(2));
            }
            Set<String> named = new TreeSet<>();
            Matcher words = WORD.matcher(file.code());
            while (words.find()) {
                String type = imported.getOrDefault(words.group(), file.room() + "." + words.group());
                if (types.contains(type) && !words.group().equals(file.type())) {
                    named.add(type);
                }
            }
            arrows.put(file.room() + "." + file.type(), named);
        }
        return arrows;
    }

    /** Every type of a sealed hierarchy, with the one that it all hangs from. */
    private static Map<String, String> hierarchies(List<SourceFile> files) {
        Map<String, String> above = new HashMap<>();
        for (SourceFile file : files) {
            Matcher sealed = SEALED.matcher(file.code());
            if (!sealed.find() || !sealed.group(1).equals(file.type())) {
                continue;
            }
            above.putIfAbsent(file.room() + "." + file.type(), file.room() + "." + file.type());
            Matcher permits = PERMITS.matcher(file.code());
            if (permits.find()) {
                for (String each : permits.group(1).trim().split("\\s*,\\s*")) {
                    above.put(file.room() + "." + each, file.room() + "." + file.type());
                }
            }
        }
        Map<String, String> roots = new HashMap<>();
        above.keySet().forEach(type -> {
            String root = type;
            while (!above.get(root).equals(root)) {
                root = above.get(root);
            }
            roots.put(type, root);
        });
        return roots;
    }

    private static Set<String> reached(Map<String, Set<String>> arrows, String from) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(arrows.get(from));
        while (!open.isEmpty()) {
            String next = open.pop();
            if (seen.add(next)) {
                open.addAll(arrows.get(next));
            }
        }
        return seen;
    }

    /** The circles, each as the set of types that are in it. */
    static Set<Set<String>> circles(List<SourceFile> files) {
        Map<String, Set<String>> arrows = arrows(files);
        Map<String, String> hierarchies = hierarchies(files);
        Map<String, Set<String>> reached = new HashMap<>();
        arrows.keySet().forEach(type -> reached.put(type, reached(arrows, type)));
        Set<Set<String>> circles = new HashSet<>();
        for (String type : arrows.keySet()) {
            if (!reached.get(type).contains(type)) {
                continue;
            }
            Set<String> circle = reached.get(type).stream()
                    .filter(other -> reached.get(other).contains(type))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> roots = circle.stream()
                    .map(each -> hierarchies.getOrDefault(each, ""))
                    .collect(Collectors.toSet());
            if (roots.size() > 1 || roots.contains("")) {
                circles.add(circle);
            }
        }
        return circles;
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
    void typesGoInNoCircle() {
        assertEquals(Set.of(), circles(SourceFile.all()));
    }

    @Test
    void aCircleIsNoticedUnlessItIsOfOneSealedHierarchy() {
        SourceFile one = SourceFile.of("sys/One.java", "package dev.reuseport.sys; class One { Two two; }");
        SourceFile two = SourceFile.of("sys/Two.java", "package dev.reuseport.sys; class Two { Three three; }");
        SourceFile three = SourceFile.of("sys/Three.java", "package dev.reuseport.sys; class Three { One one; }");
        SourceFile four = SourceFile.of("abi/Four.java", "package dev.reuseport.abi; class Four { One one; }");
        assertEquals(Set.of(), circles(List.of(one, two, four)));
        assertEquals(Set.of(Set.of("sys.One", "sys.Two", "sys.Three")), circles(List.of(one, two, three, four)));
        SourceFile top =
                SourceFile.of("abi/Top.java", "package dev.reuseport.abi; sealed class Top permits Low, End {}");
        SourceFile low = SourceFile.of("abi/Low.java", "package dev.reuseport.abi; final class Low extends Top {}");
        SourceFile end =
                SourceFile.of("abi/End.java", "package dev.reuseport.abi; final class End extends Top { X x; }");
        SourceFile x = SourceFile.of("abi/X.java", "package dev.reuseport.abi; class X { Top top; }");
        assertEquals(Set.of(), circles(List.of(top, low)));
        assertEquals(1, circles(List.of(top, low, end, x)).size());
    }

    @Test
    void everyRoomIsFurnishedAndNoneIsCrowded() {
        Map<String, Long> sizes = SourceFile.all().stream()
                .collect(Collectors.groupingBy(SourceFile::room, TreeMap::new, Collectors.counting()));
        assertEquals(new TreeSet<>(ROOMS), sizes.keySet());
        sizes.forEach((room, files) -> assertTrue(files <= MOST_FILES, () -> room + " holds " + files + " files"));
        assertEquals(ROOMS.size(), new HashSet<>(ROOMS).size());
    }

    @Test
    void everyRoomSaysAtItsDoorWhatBelongsThere() {
        Set<String> doors = SourceFile.all().stream()
                .filter(file -> file.type().equals("package-info"))
                .map(SourceFile::room)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(ROOMS), doors);
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
        "bind/rules/X.java,import dev.reuseport.sys.Errno;,                bind/rules/X.java:2 rules know sys",
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
