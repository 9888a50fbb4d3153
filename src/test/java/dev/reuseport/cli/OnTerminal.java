package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** The packaged program on a terminal of so many columns, which python3 makes. */
final class OnTerminal {
    private static final String PYTHON = "import fcntl, os, pty, struct, sys, termios\n"
            + "pid, fd = pty.fork()\n"
            + "if pid == 0:\n"
            + "    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))\n"
            + "    os.execvp(sys.argv[2], sys.argv[2:])\n"
            + "while True:\n"
            + "    try:\n"
            + "        data = os.read(fd, 65536)\n"
            + "    except OSError:\n"
            + "        break\n"
            + "    if not data:\n"
            + "        break\n"
            + "    os.write(1, data)\n"
            + "sys.exit(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))\n";

    /** Colours, cursors, and what is cleared. */
    private static final Pattern CONTROL = Pattern.compile("\033\\[[0-9;?]*[A-Za-z]");

    private OnTerminal() {}

    /** Skips the test if there can be no terminal. */
    static void needed() throws IOException, InterruptedException {
        Process python;
        try {
            python = new ProcessBuilder("python3", "-c", "import fcntl, pty, termios").start();
        } catch (IOException e) {
            python = null;
        }
        Assumptions.assumeTrue(python != null && python.waitFor() == 0, "a terminal is made by python3");
    }

    /** Runs it, and returns what came on the terminal. */
    static String run(int columns, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "python3",
                "-c",
                PYTHON,
                Integer.toString(columns),
                Launched.launcher().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("NO_COLOR");
        builder.environment().put("TERM", "xterm");
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> String.join(" ", command));
        return text.replace("\r\n", "\n");
    }

    /** Returns it without colours; of a line that was written over, what was written last. */
    static List<String> lines(String text) {
        return CONTROL.matcher(text)
                .replaceAll("")
                .lines()
                .map(line -> line.substring(line.lastIndexOf('\r') + 1))
                .toList();
    }
}
