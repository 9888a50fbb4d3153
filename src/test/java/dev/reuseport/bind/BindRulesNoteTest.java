package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddress;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every case of {@code native-notes/bind-rules.md}, as the note says that it ends. */
final class BindRulesNoteTest {
    private static final Path NOTE = Path.of("native-notes", "bind-rules.md");
    private static final Host OTHERS = new Host(
            List.of(
                    new LocalAddress(new Sockaddr.Inet(0x7f000001, 0), 32, "lo0"),
                    new LocalAddress(new Sockaddr.Inet(0x7f000002, 0), 32, "lo0"),
                    new LocalAddress(new Sockaddr.Inet6(0, 1, 0, 0, 0), 128, "lo0")),
            List.of(new Device("lo0", 1)));

    /** A block of the note: where it stands, its steps, and what stands behind them. */
    private record Noted(String title, List<String> steps, List<String> comments) {
        Case sequence() {
            return RandomCases.read(steps);
        }

        /** What the note says of each step on a system. */
        List<String> expected(Ruleset kernel) {
            return comments.stream().map(comment -> expected(comment, kernel)).toList();
        }

        private static boolean linux(Ruleset kernel) {
            return kernel.toString().startsWith("linux");
        }

        /** The word for all, for the group, for the system and for its release: the nearest counts. */
        private static String expected(String comment, Ruleset kernel) {
            String group = linux(kernel) ? "linux" : kernel == Ruleset.WINDOWS ? "windows" : "bsd";
            String[] nearest = {"ok", null, null, null};
            for (String part : comment.isEmpty() ? new String[0] : comment.split(", ")) {
                String[] words = part.split(" ", 2);
                boolean forAll = words[0].equals(words[0].toUpperCase(Locale.ROOT))
                        || words[0].equals("listen")
                        || words[0].equals("ok");
                if (forAll) {
                    nearest[0] = part;
                } else if (words[0].equals(group)) {
                    nearest[1] = words[1];
                } else if (kernel.toString().equals(words[0])) {
                    nearest[3] = words[1];
                } else if (kernel.toString().startsWith(words[0] + "-")) {
                    nearest[2] = words[1];
                }
            }
            return Stream.of(nearest[3], nearest[2], nearest[1], nearest[0])
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow();
        }

        /** Whether the note says anything of this case on a system. */
        boolean concerns(Ruleset kernel) {
            return kernel != Ruleset.WINDOWS
                    || comments.stream().anyMatch(comment -> comment.contains(kernel.toString()));
        }
    }

    private static List<Noted> noted() throws IOException {
        List<Noted> found = new ArrayList<>();
        String title = "";
        Noted open = null;
        for (String line : Files.readAllLines(NOTE)) {
            if (line.startsWith("### ")) {
                title = line.substring(4);
            } else if (line.equals("```try")) {
                open = new Noted(title, new ArrayList<>(), new ArrayList<>());
            } else if (line.equals("```") && open != null) {
                found.add(open);
                open = null;
            } else if (open != null) {
                String[] halves = line.split("#", 2);
                open.steps.add(halves[0].strip());
                open.comments.add(halves.length == 1 ? "" : halves[1].strip());
            }
        }
        return found;
    }

    private static String shown(StepOutcome ran) {
        if (ran.bind().isPresent() && !ran.bind().get().ok()) {
            return ran.bind().get().name();
        }
        if (ran.listen().isPresent() && !ran.listen().get().ok()) {
            return (ran.bind().isPresent() ? "listen " : "") + ran.listen().get();
        }
        return ran.overall().map(Outcome::name).orElse("-");
    }

    @Test
    void everyCaseHasASource() throws IOException {
        List<String> titles = noted().stream().map(Noted::title).distinct().toList();
        assertTrue(titles.size() >= 45, () -> titles.size() + " titles");
        String note = Files.readString(NOTE);
        for (String title : titles) {
            String section = note.substring(note.indexOf("### " + title));
            int next = section.indexOf("\n#", 4);
            String itself = next < 0 ? section : section.substring(0, next);
            assertTrue(itself.contains("\nSource: "), title);
        }
    }

    @TestFactory
    Stream<DynamicTest> thisKernelDoesWhatTheNoteSays() throws IOException {
        return noted().stream()
                .map(noted -> DynamicTest.dynamicTest(noted.title(), () -> {
                    PrivateNetwork.assumePossible();
                    if (noted.toString().contains("[")) {
                        Loopback.assumeSockets(Const.AF_INET6);
                    }
                    List<String> ran = PrivateNetwork.within(host -> onKernel(noted, host));
                    assumeTrue(!ran.isEmpty(), "ip(8), which would make a second interface, is not here");
                    assertEquals(lines(noted, noted.expected(Ruleset.LINUX)), lines(noted, ran));
                }));
    }

    private static List<String> onKernel(Noted noted, Host host) throws IOException {
        if (noted.sequence().toString().contains("v0") && !host.index("v0").isPresent()) {
            return List.of();
        }
        JnrSyscalls syscalls = new JnrSyscalls();
        List<String> ran = new ArrayList<>();
        try (Runner runner = new Runner(
                syscalls,
                new NativeCaseSockets(syscalls),
                uid -> PrivateNetwork.ofUser(new NativeCaseSockets(syscalls), uid))) {
            runner.run(noted.sequence(), (step, end) -> ran.add(shown(end)));
        }
        return ran;
    }

    @TestFactory
    Stream<DynamicTest> theRulesSayWhatTheNoteSays() throws IOException {
        Host linux = Host.loopback().with(List.of(new Device("lo", 1), new Device("v0", 2)));
        return noted().stream()
                .flatMap(noted -> Ruleset.all().stream()
                        .filter(noted::concerns)
                        .map(kernel -> DynamicTest.dynamicTest(kernel + ": " + noted.title(), () -> {
                            Host host = Noted.linux(kernel) ? linux : OTHERS;
                            List<String> predicted =
                                    Predictor.predict(kernel.rules(), host, 0, noted.sequence()).stream()
                                            .map(said -> shown(said.ran()))
                                            .toList();
                            assertEquals(lines(noted, noted.expected(kernel)), lines(noted, predicted));
                        })));
    }

    private static String lines(Noted noted, List<String> outcomes) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < noted.steps.size(); i++) {
            lines.add(noted.steps.get(i) + "  # " + (i < outcomes.size() ? outcomes.get(i) : "?"));
        }
        return String.join("\n", lines);
    }
}
