package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import dev.reuseport.abi.Abi;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged program: how it ends, and what it shows to whom. */
class GroupIT {
    private static final List<String> PAIR = List.of(
            "one = listener('127.0.0.1', 0, socket.SOCK_STREAM, socket.SO_REUSEPORT)",
            "two = listener('127.0.0.1', one.getsockname()[1], socket.SOCK_STREAM, socket.SO_REUSEPORT)",
            "say(one.getsockname()[1])",
            "stay()");

    /** Runs the rest of its arguments on a terminal, presses Ctrl-C when a second picture was drawn, and tells the end. */
    private static final List<String> TERMINAL = List.of(
            "import pty, termios",
            "main, side = pty.openpty()",
            "before = termios.tcgetattr(side)",
            "def own(): os.setsid(); os.close(os.open(os.ttyname(0), os.O_RDWR))",
            "child = subprocess.Popen(sys.argv[1:], stdin=side, stdout=side, stderr=side, preexec_fn=own)",
            "seen = b''",
            "while seen.count(b'sockets, in the order') < 2: seen += os.read(main, 4096)",
            "def shown(): return seen.rfind(b'\\x1b[?25h') > seen.rfind(b'\\x1b[?25l') >= 0",
            "while not shown() and seen.count(b'sockets, in the order') < 5: seen += os.read(main, 4096)",
            "between = shown()",
            "os.write(main, b'\\x03')",
            "signal.signal(signal.SIGCHLD, signal.SIG_DFL)",
            "status = child.wait()",
            "after = termios.tcgetattr(side)",
            "os.set_blocking(main, False)",
            "try:",
            "    while True: seen += os.read(main, 4096)",
            "except OSError: pass",
            "say(status, int(before == after), int(between and shown()), int(b'\\x1b[?1049h' in seen), seen.count(b'F\\x1b[J'))",
            "stay()");

    /** Runs the rest of its arguments without /proc and where no socket of AF_NETLINK may be made (seccomp(2)); and tells the end. */
    private static final List<String> BLIND = List.of(
            "import ctypes, errno, struct",
            "libc = ctypes.CDLL(None)",
            "call = {'x86_64': 41, 'aarch64': 198}[os.uname().machine]",
            "def instruction(code, true, false, operand): return struct.pack('HBBI', code, true, false, operand)",
            "load, equal, end, refused, allowed = 0x20, 0x15, 0x06, 0x50000 | errno.EPERM, 0x7fff0000",
            "program = b''.join((",
            "    instruction(load, 0, 0, 0), instruction(equal, 0, 3, call),",
            "    instruction(load, 0, 0, 16), instruction(equal, 0, 1, socket.AF_NETLINK),",
            "    instruction(end, 0, 0, refused), instruction(end, 0, 0, allowed)))",
            "kept = ctypes.create_string_buffer(program)",
            "class Program(ctypes.Structure): _fields_ = ('length', ctypes.c_ushort), ('first', ctypes.c_void_p)",
            "filter = Program(len(program) // 8, ctypes.addressof(kept))",
            "if libc.mount(b'tmpfs', b'/proc', b'tmpfs', 0, None): sys.exit()",
            "if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(filter), 0, 0): sys.exit()",
            "signal.signal(signal.SIGCHLD, signal.SIG_DFL)",
            "ran = subprocess.run(sys.argv[1:], capture_output=True)",
            "say(ran.returncode, len(ran.stdout), int(b'there is no /proc/thread-self/net/tcp' in ran.stderr))",
            "stay()");

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
    }

    @Test
    void ctrlCEndsItWithStatus130AndTheTerminalAsItWas() throws Exception {
        try (PythonScene server = new PythonScene(List.of(), PAIR);
                PythonScene terminal = new PythonScene(
                        List.of(),
                        TERMINAL,
                        Launched.launcher().toString(),
                        "group",
                        "tcp",
                        "127.0.0.1:" + server.number(0),
                        "--watch=200ms")) {
            assertEquals(130, terminal.number(0));
            assertEquals(1, terminal.number(1), "the settings of the terminal");
            assertEquals(1, terminal.number(2), "the cursor is shown between two pictures, and at the end");
            assertEquals(0, terminal.number(3), "the other screen");
            assertTrue(terminal.number(4) > 0, "the second picture is in the place of the first");
        }
    }

    @Test
    void whoHasNoPrivilegeSeesTheQueuesAndIsToldWhatWouldHelp() throws Exception {
        try (PythonScene server = new PythonScene(List.of(), PAIR)) {
            String where = "127.0.0.1:" + server.number(0);
            try (Launched text = Nobody.launched("group", "tcp", where)) {
                assertEquals(0, text.awaitExit(), text.err()::toString);
                assertEquals(
                        2,
                        text.out().stream()
                                .filter(line -> line.matches("[12] +\\? .*SO_REUSEPORT=\\?.* 0 of 5 +0"))
                                .count(),
                        text.out()::toString);
                assertEquals(
                        1,
                        text.out().stream()
                                .filter(line ->
                                        line.startsWith("Note: ? stands for what may not be seen: it belongs to uid"))
                                .count(),
                        text.out()::toString);
            }
            try (Launched json = Nobody.launched("group", "tcp", where, "--format", "json")) {
                assertEquals(0, json.awaitExit(), json.err()::toString);
                JsonObject member = JsonParser.parseString(String.join("\n", json.out()))
                        .getAsJsonObject()
                        .getAsJsonArray("groups")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("members")
                        .get(0)
                        .getAsJsonObject();
                assertTrue(member.get("pid").isJsonNull(), member::toString);
                assertTrue(member.get("reusePort").isJsonNull(), member::toString);
                assertEquals(5, member.get("limit").getAsInt());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"group", "list"})
    void whoeverIsInAnotherPidNamespaceIsSaidToBe(String command) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("unshare", "-p", "-f", "--mount-proc"));
        assumeTrue(
                new ProcessBuilder(Stream.concat(arguments.stream(), Stream.of("true"))
                                        .toList())
                                .start()
                                .waitFor()
                        == 0,
                "a PID namespace takes a privilege");
        try (PythonScene server = new PythonScene(List.of(), PAIR)) {
            arguments.addAll(List.of(Launched.launcher().toString(), command, "tcp"));
            if (command.equals("group")) {
                arguments.add("127.0.0.1:" + server.number(0));
            }
            try (Launched inside = new Launched(new ProcessBuilder(arguments))) {
                assertEquals(0, inside.awaitExit(), inside.err()::toString);
                assertEquals(
                        1,
                        inside.out().stream()
                                .filter(line -> line.startsWith("Note: ? stands for what may not be seen: no process of"
                                        + " this PID namespace has it"))
                                .count(),
                        inside.out()::toString);
            }
        }
    }

    /** The JVM finds its own libraries by /proc, unless it is told. */
    @ParameterizedTest
    @ValueSource(strings = {"group", "group 127.0.0.1:1", "group --format json", "list"})
    void whereNothingCanBeSeenTheStatusIs3(String command) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "env",
                "LD_LIBRARY_PATH=" + Path.of(System.getProperty("java.home"), "lib"),
                Launched.launcher().toString()));
        arguments.addAll(List.of(command.split(" ")));
        try (PythonScene blind =
                new PythonScene(List.of("unshare", "-r", "-n", "-m"), BLIND, arguments.toArray(String[]::new))) {
            assertEquals(3, blind.number(0));
            assertEquals(0, blind.number(1), "something was printed");
            assertEquals(1, blind.number(2), "the reason");
        }
    }
}
