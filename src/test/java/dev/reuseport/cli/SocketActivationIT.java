package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.receiver.Sender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code serve} under somebody who opens its listeners: a small parent in Python, and systemd's own tool. */
@Timeout(120)
final class SocketActivationIT {
    private static final Pattern LISTENING =
            Pattern.compile("(Receiver-(\\d+): )Listening sockname=\\('([^']+)', (\\d+)[^)]*\\)");

    /**
     * Opens what its first argument lists, hands it down from descriptor 3 on, and becomes the rest of its arguments.
     * OFF is added to the pid that it says; STDIN=1 hands the first one down as descriptor 0 instead. With KEEP=1 it
     * becomes nothing but starts it, passes SIGTERM on, and says at the end whether accept on the first one would wait.
     */
    private static final String PARENT = String.join(
            "\n",
            "import os, signal, socket, sys",
            "kinds = sys.argv[1].split(',')",
            "held = []",
            "for kind in kinds:",
            "    family = socket.AF_INET6 if kind == 'tcp6' else socket.AF_UNIX if kind == 'unix' else socket.AF_INET",
            "    one = socket.socket(family, socket.SOCK_DGRAM if kind == 'udp' else socket.SOCK_STREAM)",
            "    if kind != 'unix':",
            "        one.bind(('::1' if kind == 'tcp6' else '127.0.0.1', 0))",
            "    else:",
            "        one.bind('\\0reuseport-test-%d' % os.getpid())",
            "    if kind not in ('udp', 'bound'):",
            "        one.listen(8)",
            "    held.append(one)",
            "high = [os.dup(one.fileno()) for one in held]",
            "high = [os.dup2(fd, 100 + i) for i, fd in enumerate(high)]",
            "if os.environ.get('KEEP'):",
            "    child = os.fork()",
            "    if child:",
            "        signal.signal(signal.SIGTERM, lambda number, frame: os.kill(child, number))",
            "        os.waitpid(child, 0)",
            "        waits = os.get_blocking(held[0].fileno())",
            "        print('accept waits' if waits else 'accept does not wait', file=sys.stderr, flush=True)",
            "        sys.exit()",
            "if os.environ.get('STDIN'):",
            "    os.dup2(high[0], 0)",
            "else:",
            "    for i, fd in enumerate(high):",
            "        os.dup2(fd, 3 + i)",
            "    os.environ['LISTEN_PID'] = str(os.getpid() + int(os.environ.get('OFF', '0')))",
            "    os.environ['LISTEN_FDS'] = str(len(high))",
            "    os.environ['LISTEN_FDNAMES'] = ':'.join(kinds)",
            "os.execv(sys.argv[2], sys.argv[2:])");

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsPython() {
        assumeOnPath("python3");
    }

    private static void assumeOnPath(String tool) {
        boolean found = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
        Assumptions.assumeTrue(found, tool);
    }

    private static ProcessBuilder handDown(String kinds, String... options) {
        List<String> command = new ArrayList<>(List.of("python3", "-c", PARENT, kinds));
        command.addAll(List.of(Launched.launcher().toString(), "serve"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command);
    }

    /** Sends to the listener that the receiver took over, and returns the reply. */
    private static String send(Matcher listening) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getByName(listening.group(3)), Integer.parseInt(listening.group(4)));
        byte[] reply = new Sender(address, Duration.ofSeconds(20)).send("Hi\n".getBytes(StandardCharsets.US_ASCII));
        return new String(reply, StandardCharsets.US_ASCII);
    }

    private static List<Matcher> awaitListeners(Launched receiver, int count) throws InterruptedException {
        List<Matcher> found = new ArrayList<>();
        receiver.awaitErr(line -> {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()
                    && found.stream().noneMatch(known -> known.group().equals(line))) {
                found.add(listening);
            }
            return found.size() == count;
        });
        return found;
    }

    @Test
    @NeedsIpv6
    void allDescriptorsAreServedByTheProcessThatTheyWereFor() throws Exception {
        try (Launched receiver = new Launched(handDown("tcp,tcp6,tcp"))) {
            for (Matcher listening : awaitListeners(receiver, 3)) {
                assertEquals("Receiver-" + receiver.pid() + ": recv message=b'Hi\\n'\n", send(listening));
            }
            receiver.process().destroy();
            assertEquals(143, receiver.awaitExit());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'tcp,udp',  descriptor 4 (udp) is not a listening TCP socket: SO_TYPE",
        "'bound',    descriptor 3 (bound) is not a listening TCP socket: SO_ACCEPTCONN is off",
        "'tcp,unix', descriptor 4 (unix) is not a listening TCP socket: not of IPv4 or IPv6"
    })
    void whatIsNoListeningTcpSocketIsRefusedByItsName(String kinds, String message) throws Exception {
        try (Launched receiver = new Launched(handDown(kinds))) {
            assertEquals(1, receiver.awaitExit());
            assertEquals(1, receiver.err().size(), () -> receiver.err().toString());
            assertTrue(receiver.err().get(0).startsWith("reuseport serve: " + message), receiver.err()::toString);
        }
    }

    @Test
    void whatIsForAnotherProcessIsLeftAlone() throws Exception {
        ProcessBuilder builder = handDown("tcp", "--listen-addr", Loopback.host(), "--listen-port", "0");
        builder.environment().put("OFF", "1");
        try (Launched receiver = new Launched(builder)) {
            Matcher listening = awaitListeners(receiver, 1).get(0);
            assertEquals(Loopback.host(), listening.group(3));
        }
    }

    @Test
    void theJdkTakesOverDescriptorZeroAlone() throws Exception {
        try (Launched refused = new Launched(handDown("tcp", "--mode", "jdk"))) {
            assertEquals(3, refused.awaitExit());
            assertEquals(1, refused.err().size(), () -> refused.err().toString());
            assertTrue(refused.err().get(0).contains("descriptor 0"), refused.err()::toString);
        }
        ProcessBuilder unix = handDown("unix", "--mode", "jdk");
        unix.environment().put("STDIN", "1");
        try (Launched refused = new Launched(unix)) {
            assertEquals(1, refused.awaitExit());
            String named = "reuseport serve: descriptor 0 is not a listening TCP socket: not of IPv4 or IPv6 but of";
            assertTrue(refused.err().get(0).startsWith(named), refused.err()::toString);
        }
        ProcessBuilder inetd = handDown("tcp", "--mode", "jdk");
        inetd.environment().put("STDIN", "1");
        try (Launched receiver = new Launched(inetd)) {
            Matcher listening = awaitListeners(receiver, 1).get(0);
            assertEquals("127.0.0.1", listening.group(3));
            assertEquals("Receiver-" + receiver.pid() + ": recv message=b'Hi\\n'\n", send(listening));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void whoHoldsTheListenerTooGetsItBackAsItWas(String mode) throws Exception {
        ProcessBuilder builder = handDown("tcp", "--mode", mode);
        builder.environment().put("KEEP", "1");
        if (mode.equals("jdk")) {
            builder.environment().put("STDIN", "1");
        }
        try (Launched holder = new Launched(builder)) {
            assertTrue(send(awaitListeners(holder, 1).get(0)).contains(": recv message=b'Hi\\n'"));
            // Process.destroy would close its stderr.
            holder.process().toHandle().destroy();
            assertEquals(
                    "accept waits", holder.awaitErr(line -> line.startsWith("accept ") && !line.contains("sockname")));
            assertEquals(0, holder.awaitExit());
        }
    }

    @ParameterizedTest
    @CsvSource({"native,tcp", "jdk,tcp", "native,udp", "jdk,udp"})
    void theServiceManagerHearsWhenItIsReadyAndWhenItStops(String mode, String protocol) throws Exception {
        for (String name :
                List.of(folder.resolve("notify-" + mode + protocol).toString(), "@reuseport-test-" + mode + protocol)) {
            String listen = String.join(
                    "\n",
                    "import os, socket, sys",
                    "name = sys.argv[1]",
                    "one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
                    "one.bind('\\0' + name[1:] if name[0] == '@' else name)",
                    "one.settimeout(60)",
                    "print('bound', file=sys.stderr, flush=True)",
                    "for i in range(2):",
                    "    print(one.recv(100).decode(), file=sys.stderr, flush=True)");
            try (Launched manager = new Launched(new ProcessBuilder("python3", "-c", listen, name))) {
                manager.awaitErr("bound"::equals);
                ProcessBuilder builder = new ProcessBuilder(
                        Launched.launcher().toString(),
                        "serve",
                        "--mode",
                        mode,
                        "--protocol",
                        protocol,
                        "--listen-addr",
                        Loopback.host(),
                        "--listen-port",
                        "0");
                builder.environment().put("NOTIFY_SOCKET", name);
                try (Launched receiver = new Launched(builder)) {
                    manager.awaitErr("READY=1"::equals);
                    if (protocol.equals("tcp")) {
                        assertEquals(
                                "Receiver-" + receiver.pid() + ": recv message=b'Hi\\n'\n",
                                send(awaitListeners(receiver, 1).get(0)));
                    }
                    receiver.process().destroy();
                    manager.awaitErr("STOPPING=1"::equals);
                    assertEquals(143, receiver.awaitExit());
                    assertEquals(0, manager.awaitExit());
                }
            }
        }
    }

    @Test
    void aServiceManagerThatCannotBeToldEndsNothing() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Launched.launcher().toString(), "serve", "--listen-addr", Loopback.host(), "--listen-port", "0");
        builder.environment().put("NOTIFY_SOCKET", folder.resolve("nobody").toString());
        try (Launched receiver = new Launched(builder)) {
            receiver.awaitErr(line -> line.startsWith("reuseport serve: NOTIFY_SOCKET: connect: ENOENT"));
            assertEquals(
                    "Receiver-" + receiver.pid() + ": recv message=b'Hi\\n'\n",
                    send(awaitListeners(receiver, 1).get(0)));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return free.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk --inetd"})
    void systemdsOwnToolHandsItDown(String how) throws Exception {
        assumeOnPath("systemd-socket-activate");
        String[] modeAndOption = how.split(" ");
        List<String> command = new ArrayList<>(List.of("systemd-socket-activate"));
        if (modeAndOption.length > 1) {
            command.add(modeAndOption[1]);
        }
        String address = "127.0.0.1:" + freePort();
        command.addAll(List.of("-l", address, "-E", "PATH"));
        if (System.getenv("JAVA_HOME") != null) {
            command.addAll(List.of("-E", "JAVA_HOME"));
        }
        command.addAll(List.of(Launched.launcher().toString(), "serve", "--mode", modeAndOption[0]));
        try (Launched receiver = new Launched(new ProcessBuilder(command))) {
            receiver.awaitErr(line -> line.startsWith("Listening on " + address));
            int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
            byte[] reply = new Sender(new InetSocketAddress("127.0.0.1", port), Duration.ofSeconds(30))
                    .send("Hi\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    "Receiver-" + receiver.pid() + ": recv message=b'Hi\\n'\n",
                    new String(reply, StandardCharsets.US_ASCII));
        }
    }
}
