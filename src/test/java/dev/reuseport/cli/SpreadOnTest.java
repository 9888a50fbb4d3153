package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose connections those to a server are that runs already: what is found is what the server itself wrote down. */
@Timeout(120)
final class SpreadOnTest {
    private static final int CONNECTIONS = 600;

    @TempDir
    private Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a connection can be seen on Linux only");
    }

    private record Ran(int status, String out, String err) {
        JsonObject json() {
            return JsonParser.parseString(out).getAsJsonObject();
        }
    }

    private static Ran run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = Stream.concat(Stream.of("spread"), Stream.of(arguments)).toArray(String[]::new);
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true), "spread")
                .execute(all);
        return new Ran(status, out.toString(), err.toString());
    }

    private static JsonObject spread(String address, String... more) {
        return spread(CONNECTIONS, address, more);
    }

    private static JsonObject spread(int connections, String address, String... more) {
        Ran ran = run(Stream.concat(
                        Stream.of("--on", address, "--connections", Integer.toString(connections), "--format", "json"),
                        Stream.of(more))
                .toArray(String[]::new));
        assertEquals(0, ran.status, ran.err + ran.out);
        assertTrue(ran.err.contains("makes " + connections + " connections to " + address), ran.err);
        assertEquals(connections, ran.json().get("connections").getAsInt());
        return ran.json();
    }

    private static Map<Integer, Long> members(JsonObject spread) {
        return spread.getAsJsonArray("members").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(member -> member.get("connections").getAsInt() > 0)
                .collect(Collectors.toMap(
                        member -> member.get("pid").getAsInt(),
                        member -> member.get("connections").getAsLong(),
                        Long::sum,
                        TreeMap::new));
    }

    private static void assertAllFound(JsonObject spread) {
        for (String lost : List.of("queued", "gone", "unseen")) {
            assertEquals(0, spread.get(lost).getAsInt(), lost + " of " + spread);
        }
        assertEquals(
                CONNECTIONS,
                members(spread).values().stream().mapToLong(Long::longValue).sum());
    }

    private static void assertSame(ServerScene server) throws IOException {
        JsonObject spread = spread(server.address(), "--send", ServerScene.SENT);
        assertAllFound(spread);
        assertEquals(CONNECTIONS, spread.get("answered").getAsInt(), spread::toString);
        assertEquals(server.answered(CONNECTIONS), members(spread));
    }

    @Test
    void nginxWritesDownTheSame() throws IOException {
        try (ServerScene nginx = ServerScene.nginx(folder, InetAddress.getByName("127.0.0.1"), 4)) {
            assertSame(nginx);
            JsonObject silent = spread(nginx.address());
            assertAllFound(silent);
            assertEquals(4, silent.getAsJsonArray("members").size(), "its master accepts nothing: " + silent);
            assertTrue(silent.get("pValue").getAsDouble() > 1e-9, silent::toString);
        }
    }

    @Test
    @NeedsIpv6
    void nginxWritesDownTheSameOverIpv6() throws IOException {
        try (ServerScene nginx = ServerScene.nginx(folder, InetAddress.getByName("::1"), 3)) {
            assertSame(nginx);
        }
    }

    @Test
    void haproxyWritesDownTheSame() throws IOException {
        try (ServerScene haproxy = ServerScene.haproxy(folder, InetAddress.getByName("127.0.0.1"))) {
            assertSame(haproxy);
        }
    }

    @Test
    void gunicornWritesDownTheSame() throws IOException {
        try (ServerScene gunicorn = ServerScene.gunicorn(folder, InetAddress.getByName("127.0.0.1"))) {
            assertSame(gunicorn);
        }
    }

    @Test
    void aServerOfTheJdkIsFoundToo() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        ServerSocketChannel server = ServerSocketChannel.open();
        List<SocketChannel> kept = new ArrayList<>();
        Thread acceptor = new Thread(() -> {
            try (server) {
                while (true) {
                    kept.add(server.accept());
                    accepted.incrementAndGet();
                }
            } catch (IOException e) {
                // closed by the interruption: the test is over
            }
        });
        server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), CONNECTIONS);
        acceptor.start();
        JsonObject spread = spread("127.0.0.1:" + server.socket().getLocalPort());
        acceptor.interrupt();
        acceptor.join();
        for (SocketChannel each : kept) {
            each.close();
        }
        assertEquals(CONNECTIONS, accepted.get());
        assertAllFound(spread);
    }

    /** Two members, of which the second neither accepts nor is stopped, and two that share the socket of the first. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 1", "1, 2"})
    void whatNobodyAcceptsWaitsInItsMembersQueue(int accepting, int idle) throws IOException {
        Path log = Files.createFile(folder.resolve("log"));
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "def member(port):",
                        "    one = socket.socket()",
                        "    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)",
                        "    one.bind(('127.0.0.1', port))",
                        "    one.listen(1000)",
                        "    return one",
                        "def accept(one):",
                        "    log = open(sys.argv[1], 'a', buffering=1)",
                        "    clients = []",
                        "    while True:",
                        "        clients.append(one.accept()[0])",
                        "        log.write('%d\\n' % os.getpid())",
                        "def process(work, one):",
                        "    ready, told = os.pipe()",
                        "    child = os.fork()",
                        "    if child == 0:",
                        "        own = member(one.getsockname()[1])",
                        "        one.close()",
                        "        os.write(told, b'x')",
                        "        work(own)",
                        "    os.read(ready, 1)",
                        "    return child",
                        "placeholder = socket.socket()",
                        "placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)",
                        "placeholder.bind(('127.0.0.1', 0))",
                        "children = [process(accept, placeholder) for i in range(int(sys.argv[2]))]",
                        "children += [process(lambda own: stay(), placeholder) for i in range(int(sys.argv[3]))]",
                        "say(placeholder.getsockname()[1], *children)",
                        "stay()"),
                log.toString(),
                Integer.toString(accepting),
                Integer.toString(idle))) {
            Path picture = folder.resolve("on.svg");
            JsonObject spread = spread("127.0.0.1:" + scene.number(0), "--chart", picture.toString());
            assertAllFound(spread);
            String svg = Files.readString(picture);
            Map<Integer, Long> written = Files.readAllLines(log).stream()
                    .collect(Collectors.groupingBy(Integer::parseInt, TreeMap::new, Collectors.counting()));
            int queued = 0;
            for (JsonElement each : spread.getAsJsonArray("members")) {
                JsonObject member = each.getAsJsonObject();
                int pid = member.get("pid").getAsInt();
                queued += member.get("queued").getAsInt();
                long accepted = written.getOrDefault(pid, 0L);
                assertTrue(
                        svg.contains("<title>" + pid + ": "
                                + (accepted > 0
                                        ? accepted
                                        : member.get("queued").getAsLong()) + "</title>"),
                        svg);
                assertEquals(
                        written.getOrDefault(pid, 0L),
                        member.get("connections").getAsLong()
                                - member.get("queued").getAsLong(),
                        spread::toString);
            }
            assertTrue(queued > 0, spread::toString);
            for (int i = 1 + accepting; i <= accepting + idle; i++) {
                assertTrue(members(spread).getOrDefault(scene.number(i), 0L) > 0, spread::toString);
            }
        }
    }

    /** A server that forks for each connection has many processes, and one member. */
    @Test
    void aChildThatServesCountsForWhoForkedIt() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "one.listen(1000)",
                        "say(one.getsockname()[1])",
                        "while True:",
                        "    client = one.accept()[0]",
                        "    if os.fork() == 0:",
                        "        one.close()",
                        "        while client.recv(100): pass",
                        "        os._exit(0)",
                        "    client.close()"))) {
            JsonObject spread = spread(50, "127.0.0.1:" + scene.number(0));
            assertEquals(Map.of(scene.pid(), 50L), members(spread), spread::toString);
        }
    }

    /** As a cluster of Node.js does: the master has the listener, and its workers get what it accepts, some time later. */
    @Test
    void whatAMasterHandsToItsWorkersIsTheirs() throws IOException {
        Path log = Files.createFile(folder.resolve("log"));
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "one.listen(1000)",
                        "pairs = []",
                        "for i in range(3):",
                        "    ours, theirs = socket.socketpair()",
                        "    if os.fork() == 0:",
                        "        one.close()",
                        "        clients = []",
                        "        while True:",
                        "            clients += socket.recv_fds(theirs, 1, 1)[1]",
                        "            open(sys.argv[1], 'a').write('%d\\n' % os.getpid())",
                        "            theirs.send(b'x')",
                        "    pairs.append(ours)",
                        "say(one.getsockname()[1])",
                        "given = 0",
                        "while True:",
                        "    client = one.accept()[0]",
                        "    time.sleep(0.002)",
                        "    worker = pairs[given * given % 7 % 3]",
                        "    given += 1",
                        "    socket.send_fds(worker, [b'x'], [client.fileno()])",
                        "    worker.recv(1)",
                        "    client.close()"),
                log.toString())) {
            JsonObject spread = spread("127.0.0.1:" + scene.number(0));
            assertAllFound(spread);
            Map<Integer, Long> written = Files.readAllLines(log).stream()
                    .collect(Collectors.groupingBy(Integer::parseInt, TreeMap::new, Collectors.counting()));
            assertEquals(written, members(spread), spread::toString);
            assertEquals(3, spread.getAsJsonArray("members").size(), "its master keeps nothing: " + spread);
            assertTrue(
                    spread.get("notes").toString().contains("pid " + scene.pid() + " (python3) accepts and hands"),
                    spread::toString);
        }
    }

    /** Its parent only waits for connections, by epoll; the child does so in accept. */
    @Test
    void aChildThatAcceptsByItselfIsHandedNothing() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "import select",
                        "one = listener()",
                        "one.listen(1000)",
                        "child = os.fork()",
                        "clients = []",
                        "while child == 0: clients.append(one.accept()[0])",
                        "waiting = select.epoll()",
                        "waiting.register(one.fileno(), 0)",
                        "say(one.getsockname()[1], child)",
                        "stay()"))) {
            JsonObject spread = spread(20, "127.0.0.1:" + scene.number(0));
            assertEquals(Map.of(scene.number(1), 20L), members(spread), spread::toString);
            assertEquals("[]", spread.get("notes").toString());
        }
    }

    /** Such a server has no socket of a connection before its first bytes: nobody can be found before they are sent. */
    @Test
    void aServerThatWaitsForTheFirstBytesGetsThem() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "one.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)",
                        "one.listen(1000)",
                        "say(one.getsockname()[1])",
                        "clients = []",
                        "while True:",
                        "    clients.append(one.accept()[0])",
                        "    clients[-1].send(clients[-1].recv(10))"))) {
            JsonObject spread = spread(50, "127.0.0.1:" + scene.number(0), "--send", "x");
            assertEquals(Map.of(scene.pid(), 50L), members(spread), spread::toString);
            assertEquals(50, spread.get("answered").getAsInt(), spread::toString);
        }
    }

    /** So few in a second that each is looked for alone, when it is closed already. */
    private static Ran spreadSlowly(PythonScene scene) {
        return run("--on", "127.0.0.1:" + scene.number(0), "--connections", "5", "--rate", "10", "--format", "json");
    }

    @Test
    void whereNobodyIsSeenToHaveGotAnyTheStatusSaysSo() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of("one = listener()", "say(one.getsockname()[1])", "while True: one.accept()[0].close()"))) {
            Ran ran = spreadSlowly(scene);
            assertEquals(5, ran.json().get("gone").getAsInt(), ran.out);
            assertTrue(ran.json().get("notes").toString().contains("it serves faster than anybody"), ran.out);
            assertEquals(3, ran.status, ran.out);
        }
    }

    @Test
    void whatIsResetIsNotSaidToBeServed() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "import struct",
                        "one = listener()",
                        "one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))",
                        "say(one.getsockname()[1])",
                        "while True: one.accept()[0].close()"))) {
            Ran ran = spreadSlowly(scene);
            assertEquals(5, ran.json().get("connections").getAsInt(), ran.out + ran.err);
            assertEquals(0, ran.json().get("gone").getAsInt(), ran.out);
            assertEquals("{\"ECONNRESET\":5}", ran.json().get("failures").toString());
            String notes = ran.json().get("notes").toString();
            assertTrue(notes.contains("5 were reset before"), notes);
            assertFalse(notes.contains("faster"), notes);
            assertEquals(3, ran.status, ran.out);
        }
    }

    /** Of what waited when the server was killed nothing was closed in order, and no other one can be made. */
    @Test
    void whatAKilledServerLeavesWasReset() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "one.listen(1000)",
                        "say(one.getsockname()[1])",
                        "import select; select.select([one], [], [])",
                        "time.sleep(0.05)",
                        "os.kill(os.getpid(), signal.SIGKILL)"))) {
            Ran ran = run(
                    "--on",
                    "127.0.0.1:" + scene.number(0),
                    "--connections",
                    "400",
                    "--rate",
                    "200",
                    "--format",
                    "json");
            assertEquals(1, ran.status, ran.out + ran.err);
            assertEquals(0, ran.json().get("gone").getAsInt(), ran.out);
            String notes = ran.json().get("notes").toString();
            assertFalse(notes.contains("faster"), notes);
            assertTrue(notes.contains(" were reset before"), notes);
        }
    }

    /** All that wait do so in the queue of the only member. */
    @Test
    void whatWaitsInAKnownQueueIsAttributed() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(), List.of("one = listener()", "one.listen(100)", "say(one.getsockname()[1])", "stay()"))) {
            assertEquals(Map.of(scene.pid(), 5L), members(spread(5, "127.0.0.1:" + scene.number(0))));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--on 192.0.2.1:80, 2, 192.0.2.1 is no address of this host",
        "--on 127.0.0.1:80 --listeners 3, 2, --listeners is for listeners that spread opens",
        "--on 127.0.0.1:80 --sources 3, 2, --sources is for listeners that spread opens",
        "--on 127.0.0.1:80 --datagrams 2, 2, --datagrams is for listeners that spread opens",
        "--on 127.0.0.1:80 --flag SO_REUSEADDR, 2, --flag is for listeners that spread opens",
        "--on 127.0.0.1:80 --connected, 2, --connected is for listeners that spread opens",
        "--on 127.0.0.1:80 --rate 0, 2, --rate is 1 to 20000",
        "--on 127.0.0.1:80 --send \\q, 2, --send: Invalid escape sequence",
        "--rate 5, 2, --rate goes with --on alone",
        "--on 127.0.0.1:1, 1, nobody listens on 127.0.0.1:1 in this network namespace"
    })
    void whatCannotBeIsSaid(String arguments, int status, String sentence) {
        Ran ran = run(arguments.split(" "));
        assertEquals(status, ran.status, ran.err);
        assertTrue(ran.err.contains(sentence), ran.err);
    }
}
