package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.print.report.CapturedReports;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each example of the README and of the help, typed as it stands: run by sh in a network namespace of its own, where those
 * it needs are running; and by bash, zsh and fish with a program in its place that prints which words it was given.
 */
@Timeout(300)
final class ExamplesIT {
    private static final Pattern HELP = Pattern.compile("(?m)^(?:Try:|Begin with:|    ) (reuseport .*)$");
    private static final Pattern PROMPT = Pattern.compile("(?m)^    (?:\\[\\d\\] )?\\$ ((?:target/)?reuseport .*)$");
    private static final Pattern TABLE = Pattern.compile("(?m)^\\| [^|]* \\| `(reuseport [^`]*)`");

    /** Words that stand for something else, or a process that was there once. */
    private static final Pattern STANDS_FOR = Pattern.compile("--pid (?:PID|\\d+)");

    private static final Pattern SERVED =
            Pattern.compile("(?:--on|group (?:tcp|udp)|send) '?((?:\\[[0-9a-f:]+\\]|[0-9.]*):\\d+)");

    private static final Pattern REPORT = Pattern.compile("\\b\\w+\\.json");

    private static final int JDK = 17;

    /** Answers on TCP, or on UDP too, at each address; says a line when it can. */
    private static final String SERVER = String.join(
            "\n",
            "import socket, sys, threading",
            "def answer(c):",
            "    try:",
            "        c.sendall(b'Somebody: ' + c.recv(4096))",
            "    except OSError:",
            "        pass",
            "    c.close()",
            "def accept(s):",
            "    while True:",
            "        threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()",
            "for word in sys.argv[1:]:",
            "    host, port = word.strip('\\'').rsplit(':', 1)",
            "    host = host.strip('[]') or '127.0.0.1'",
            "    family = socket.AF_INET6 if ':' in host else socket.AF_INET",
            "    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:",
            "        s = socket.socket(family, kind)",
            "        s.bind((host, int(port)))",
            "        if kind == socket.SOCK_STREAM:",
            "            s.listen(512)",
            "            threading.Thread(target=accept, args=(s,), daemon=True).start()",
            "        else:",
            "            kept = s",
            "print('ready', flush=True)",
            "threading.Event().wait()");

    @TempDir
    private Path scratch;

    private record Ended(int status, String out, String err) {}

    private static String help(String... command) {
        StringWriter out = new StringWriter();
        Main.commandLine(new PrintWriter(out), new PrintWriter(Writer.nullWriter()))
                .execute(command);
        return out.toString();
    }

    private static void find(Pattern pattern, String text, Set<String> into) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            into.add(matcher.group(1).replaceFirst("^target/", ""));
        }
    }

    static Set<String> examples() throws IOException {
        Set<String> examples = new LinkedHashSet<>();
        String readme = Files.readString(Path.of("README.md"));
        find(TABLE, readme, examples);
        find(PROMPT, readme, examples);
        find(HELP, help("--help"), examples);
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        for (String command :
                Main.commandLine(nowhere, nowhere).getSubcommands().keySet()) {
            find(HELP, help(command, "--help"), examples);
        }
        return examples;
    }

    @Test
    void everyCommandHasAnExample() throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        for (String command :
                Main.commandLine(nowhere, nowhere).getSubcommands().keySet()) {
            if (!Set.of("help", "generate-completion").contains(command)) {
                assertTrue(HELP.matcher(help(command, "--help")).find(), command);
            }
        }
        assertTrue(examples().size() > 40, () -> examplesOrNone().toString());
    }

    private static Set<String> examplesOrNone() {
        try {
            return examples();
        } catch (IOException e) {
            return Set.of();
        }
    }

    @BeforeEach
    void aFolderToTypeIn() throws IOException {
        Files.createDirectories(scratch.resolve("bin"));
    }

    /** Replaces what stands in {@code bin}, which the PATH begins with. */
    private void program(String name, String script) throws IOException {
        Path file = scratch.resolve("bin").resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private ProcessBuilder shell(List<String> before, String name, String line) {
        List<String> command = new ArrayList<>(before);
        command.addAll(name.equals("zsh") ? List.of("zsh", "-f", "-c", line) : List.of(name, "-c", line));
        ProcessBuilder builder = new ProcessBuilder(command).directory(scratch.toFile());
        builder.environment().merge("PATH", scratch.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        builder.environment().put("HOME", scratch.toString());
        return builder;
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Ended ended(ProcessBuilder builder) throws Exception {
        Path out = scratch.resolve("out.txt");
        Path err = scratch.resolve("err.txt");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        assertTrue(process.waitFor(200, TimeUnit.SECONDS), () -> String.join(" ", builder.command()));
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** No shell takes a bracket for a pattern, or a star, or a quote for another one. */
    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void everyShellHandsOverTheSameWords(String name) throws Exception {
        assumeTrue(runs(name, "-c", "true"), name + " is not installed");
        program("reuseport", "for word in \"$@\"; do printf '[%s]' \"$word\"; done");
        for (String example : examples()) {
            Ended sh = ended(shell(List.of(), "sh", example));
            Ended other = ended(shell(List.of(), name, example));
            assertEquals(0, sh.status(), () -> example + ": " + sh.err());
            assertEquals(sh, other, example);
        }
    }

    private static List<String> namespace() throws InterruptedException {
        String up = "ip link set lo up && exec \"$0\" \"$@\"";
        for (List<String> unshare : List.of(List.of("unshare", "-n"), List.of("unshare", "-r", "-n"))) {
            List<String> command = new ArrayList<>(unshare);
            command.addAll(List.of("sh", "-c", up));
            if (runs(Stream.concat(command.stream(), Stream.of("true")).toArray(String[]::new))) {
                return command;
            }
        }
        assumeTrue(false, "no network namespace can be made here, in which port 80 is free");
        return List.of();
    }

    private static boolean endless(String example) {
        return example.contains(" serve") || (example.contains("--watch") && !example.contains("--count"));
    }

    private static Set<Integer> statuses(String example) {
        if (endless(example)) {
            return Set.of(143);
        }
        return example.endsWith(" claims") || example.contains(" claims ") ? Set.of(0, 3) : Set.of(0);
    }

    /** Starts in the namespace what an example needs, and then the example. */
    private String arranged(String example) throws IOException {
        program("reuseport", "exec '" + Launched.launcher() + "' \"$@\"");
        program("nginx", "exit 0"); // has nothing to reload
        Files.writeString(scratch.resolve("server.py"), SERVER);
        if (example.contains(" diff ")) {
            Matcher reports = REPORT.matcher(example);
            while (reports.find()) {
                Files.writeString(scratch.resolve(reports.group()), CapturedReports.text(JDK));
            }
        }
        StringBuilder before = new StringBuilder();
        Matcher served = SERVED.matcher(example);
        if (served.find()) {
            before.append("mkfifo ready; python3 server.py '")
                    .append(served.group(1))
                    .append("' > ready & server=$!\n");
            before.append("read line < ready\n");
        }
        Matcher named = Pattern.compile("--pid ([a-z][a-z-]+)").matcher(example);
        if (named.find()) {
            before.append("cp \"$(command -v sleep)\" ").append(named.group(1)).append('\n');
            before.append("./").append(named.group(1)).append(" 300 & server=$!\n");
            before.append("until [ \"$(cat /proc/$server/comm)\" = ")
                    .append(named.group(1))
                    .append(" ]; do :; done\n");
        }
        return before + "(" + (endless(example) ? "exec " : "") + example
                + ") & example=$!\necho $example > example.pid\n"
                + "wait $example; status=$?\n[ -z \"$server\" ] || kill $server\nexit $status";
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleDoesWhatTheReadmeSays(String example) throws Exception {
        assumeFalse(STANDS_FOR.matcher(example).find(), "its process is not there any more");
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "what needs Linux is among these");
        assumeTrue(Loopback.hasIpv6() || !example.contains("::1"), "this machine has no ::1");
        assumeTrue(runs("python3", "-c", "import socket"), "python3 is who answers, and is not installed");
        ProcessBuilder builder = shell(namespace(), "sh", arranged(example));
        Ended ended = endless(example) ? endedAfterItsFirstLine(builder, example) : ended(builder);
        assertTrue(
                statuses(example).contains(ended.status()),
                () -> example + ": " + ended.status() + ", " + ended.out() + ended.err());
    }

    /** Whoever serves or watches goes on for ever: it is sent SIGTERM when it has said something. A shell
     * has what it starts in the background ignore SIGINT. */
    private Ended endedAfterItsFirstLine(ProcessBuilder builder, String example) throws Exception {
        Path out = scratch.resolve("out.txt");
        Path err = scratch.resolve("err.txt");
        boolean serves = example.contains(" serve");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
            while (serves ? !Files.readString(err).contains("Listening") : Files.size(out) == 0) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    fail(example + " did not begin: " + Files.readString(err));
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            String pid = Files.readString(scratch.resolve("example.pid")).strip();
            assertTrue(runs("sh", "-c", "kill " + pid));
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), example);
        } finally {
            PythonScene.endAll(process);
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completionIsSwitchedOnAsTheReadmeSays(String name) throws Exception {
        assumeTrue(runs(name, "-c", "true"), name + " is not installed");
        String readme = Files.readString(Path.of("README.md"));
        Matcher line = Pattern.compile("(?m)^    (source <\\(.*\\))$").matcher(readme);
        assertTrue(line.find());
        Files.createSymbolicLink(scratch.resolve("target"), Launched.launcher().getParent());
        String before = name.equals("zsh") ? "autoload -U compinit bashcompinit; compinit -u; bashcompinit; " : "";
        Ended ended = ended(shell(List.of(), name, before + line.group(1) + "; complete -p reuseport"));
        assertEquals(0, ended.status(), ended::err);
        assertTrue(ended.out().contains("reuseport"), ended::out);
    }
}
