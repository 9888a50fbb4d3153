package dev.reuseport.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A small program in Python that makes a scene of sockets and processes, says its numbers, and stays until it is ended. */
final class PythonScene implements AutoCloseable {
    /** What every scene begins with. {@code say} prints numbers, and {@code stay} ends with the test. */
    private static final String PROLOGUE = String.join(
            "\n",
            "import os, signal, socket, subprocess, sys, time",
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "def say(*numbers): print(*numbers, flush=True)",
            "def stay():",
            "    while True: signal.pause()",
            "def listener(host='127.0.0.1', port=0, kind=socket.SOCK_STREAM, *options):",
            "    one = socket.socket(socket.AF_INET, kind)",
            "    for option in options: one.setsockopt(socket.SOL_SOCKET, option, 1)",
            "    one.bind((host, port))",
            "    if kind == socket.SOCK_STREAM: one.listen(5)",
            "    return one",
            "def call(name): open('/proc/self/comm', 'w').write(name)",
            "");

    private final Process process;
    private final List<Integer> numbers = new ArrayList<>();

    /** Starts {@code before} with the program behind it, and waits for its line of numbers. */
    PythonScene(List<String> before, List<String> script, String... arguments) throws IOException {
        Path python = Stream.of("/usr/bin", "/usr/local/bin", "/bin")
                .map(folder -> Path.of(folder, "python3"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(python != null, "python3 is not installed");
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(python.toString(), "-c", PROLOGUE + String.join("\n", script)));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        assumeTrue(line != null, String.join(" ", before) + " is not possible here");
        for (String number : line.split(" ")) {
            numbers.add(Integer.parseInt(number));
        }
    }

    int number(int index) {
        return numbers.get(index);
    }

    int pid() {
        return (int) process.pid();
    }

    /** Ends a process of the scene. Whoever gets an orphan may never wait for it: one that is dead is enough. */
    static void end(int pid) {
        ProcessHandle.of(pid).ifPresent(PythonScene::end);
    }

    static void end(ProcessHandle handle) {
        handle.destroyForcibly();
        while (handle.isAlive() && !isDead(handle.pid())) {
            Thread.onSpinWait();
        }
    }

    /** Ends a server and its workers, itself first: it would begin others for those that end before it. */
    static void endAll(Process server) {
        List<ProcessHandle> workers = server.descendants().toList();
        end(server.toHandle());
        workers.forEach(PythonScene::end);
    }

    private static boolean isDead(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1)
                    .replaceFirst("(?s).*\\) ", "")
                    .startsWith("Z");
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() {
        endAll(process);
    }
}
