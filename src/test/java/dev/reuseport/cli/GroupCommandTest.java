package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.reuseport.abi.Abi;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of others that run, and what they say of themselves beside what group says of them. */
class GroupCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WORKERS = 4;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<Process> started = new ArrayList<>();
    private final List<Socket> clients = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
    }

    @AfterEach
    void endThem() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        started.forEach(PythonScene::endAll);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        return Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);
    }

    /** Returns the one group of TCP at a port of 127.0.0.1. */
    private JsonObject group(int port) {
        assertEquals(0, run("group", "tcp", "127.0.0.1:" + port, "--format", "json"), err::toString);
        JsonArray groups =
                JsonParser.parseString(out.toString()).getAsJsonObject().getAsJsonArray("groups");
        assertEquals(1, groups.size(), groups::toString);
        return groups.get(0).getAsJsonObject();
    }

    private static List<JsonObject> objects(JsonObject of, String key) {
        List<JsonObject> all = new ArrayList<>();
        of.getAsJsonArray(key).forEach(each -> all.add(each.getAsJsonObject()));
        return all;
    }

    private static Map<Long, Integer> established(JsonObject group) {
        Map<Long, Integer> counts = new TreeMap<>();
        objects(group, "processes")
                .forEach(each -> counts.put(
                        each.get("pid").getAsLong(), each.get("established").getAsInt()));
        return counts;
    }

    private static String installed(String program) {
        return Stream.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin")
                .map(folder -> new File(folder, program))
                .filter(File::canExecute)
                .map(File::getPath)
                .findFirst()
                .orElseGet(() -> {
                    assumeTrue(false, program + " is not installed");
                    return program;
                });
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        started.add(process);
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private interface State {
        boolean reached() throws Exception;
    }

    private void await(String what, State state) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!state.reached()) {
            assertTrue(System.nanoTime() < deadline, () -> "after " + PATIENCE + " not yet: " + what + ": " + out);
            Thread.sleep(20);
        }
    }

    /** Waits until each of these processes serves, and nobody else. */
    private void awaitServers(int port, int count) throws Exception {
        await(count + " servers", () -> {
            int status = run("group", "tcp", "127.0.0.1:" + port, "--format", "json");
            return status == 0 && established(group(port)).size() == count;
        });
    }

    /** Asks once, keeps the connection, and returns the answer's last line. */
    private String ask(int port) throws IOException {
        Socket client = new Socket("127.0.0.1", port);
        clients.add(client);
        client.setSoTimeout((int) PATIENCE.toMillis());
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        int length = 0;
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        char[] body = new char[length];
        int read = 0;
        while (read < length) {
            read += in.read(body, read, length - read);
        }
        return new String(body).strip();
    }

    private Map<Long, Integer> ask(int port, int connections) throws IOException {
        Map<Long, Integer> answered = new TreeMap<>();
        for (int i = 0; i < connections; i++) {
            answered.merge(Long.parseLong(ask(port)), 1, Integer::sum);
        }
        return answered;
    }

    private Process nginx(int port) throws IOException {
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                worker_processes %d;
                pid nginx.pid;
                error_log stderr;
                events { worker_connections 1024; }
                http {
                    access_log off;
                    keepalive_timeout 600;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    server {
                        listen 127.0.0.1:%d reuseport backlog=77;
                        location / { return 200 "$pid\\n"; }
                    }
                }
                """.formatted(WORKERS, port));
        return start(installed("nginx"), "-p", directory.toString(), "-c", configuration.toString());
    }

    @Test
    void nginxsWorkersHaveWhatTheySayThatTheyHave() throws Exception {
        int port = freePort();
        Process master = nginx(port);
        awaitServers(port, WORKERS);
        Map<Long, Integer> answered = ask(port, 100);
        JsonObject group = group(port);
        Map<Long, Integer> seen = established(group);
        seen.values().removeIf(count -> count == 0);
        assertEquals(answered, seen);
        List<JsonObject> members = objects(group, "members");
        assertEquals(WORKERS, members.size());
        Set<Long> accepting = new HashSet<>();
        for (JsonObject member : members) {
            assertTrue(member.get("reusePort").getAsBoolean(), member::toString);
            assertEquals(77, member.get("limit").getAsInt());
            assertEquals(0, member.get("drops").getAsInt());
            accepting.add(member.get("pid").getAsLong());
            assertEquals(WORKERS + 1, member.getAsJsonArray("holders").size(), "the master and every worker");
        }
        assertEquals(established(group).keySet(), accepting, "each worker accepts from one");
        assertEquals(WORKERS - 1, group.get("degreesOfFreedom").getAsInt());
        assertEquals(0, group.getAsJsonArray("warnings").size(), group::toString);

        new ProcessBuilder("sh", "-c", "kill -HUP " + master.pid()).start().waitFor();
        await("new workers", () -> {
            Set<Long> now = established(group(port)).keySet();
            return now.stream().filter(pid -> !accepting.contains(pid)).count() == WORKERS;
        });
        // Idle connections are closed by the old workers, which then end.
        await("the end of the old workers", () -> established(group(port)).size() == WORKERS);
        Map<Long, Integer> again = ask(port, 60);
        Map<Long, Integer> after = established(group(port));
        after.values().removeIf(count -> count == 0);
        assertEquals(again, after);
        assertEquals(WORKERS, objects(group(port), "members").size());
    }

    @Test
    void aStoppedWorkerIsFoundWithinTwoLooks() throws Exception {
        int port = freePort();
        nginx(port);
        awaitServers(port, WORKERS);
        long stopped = established(group(port)).keySet().iterator().next();
        new ProcessBuilder("sh", "-c", "kill -STOP " + stopped).start().waitFor();
        try {
            Thread watch = new Thread(
                    () -> run("group", "tcp", "127.0.0.1:" + port, "--watch=2s", "--count", "3", "--format", "json"));
            out.getBuffer().setLength(0);
            watch.start();
            await("the first look", () -> !out.toString().isEmpty());
            for (int i = 0; i < 60; i++) {
                clients.add(new Socket("127.0.0.1", port));
            }
            watch.join();
            List<JsonObject> looks = out.toString()
                    .lines()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
            assertEquals(3, looks.size());
            JsonObject last = objects(looks.get(2), "groups").get(0);
            JsonObject member = objects(last, "members").stream()
                    .filter(each -> each.get("pid").getAsLong() == stopped)
                    .findFirst()
                    .orElseThrow();
            assertTrue(member.get("queue").getAsInt() > 0, last::toString);
            int others = 60 - member.get("queue").getAsInt();
            assertEquals(
                    others,
                    established(last).values().stream()
                            .mapToInt(Integer::intValue)
                            .sum());
            Set<String> warnings = new HashSet<>();
            looks.forEach(look -> objects(look, "groups")
                    .forEach(group ->
                            group.getAsJsonArray("warnings").forEach(each -> warnings.add(each.getAsString()))));
            assertTrue(
                    warnings.stream().anyMatch(each -> each.startsWith("pid " + stopped + " (nginx) is stopped")),
                    warnings::toString);
            assertTrue(
                    warnings.stream()
                            .anyMatch(each ->
                                    each.contains("(pid " + stopped + " nginx) with a queue that nobody accepts")),
                    warnings::toString);
        } finally {
            new ProcessBuilder("sh", "-c", "kill -CONT " + stopped).start().waitFor();
        }
    }

    /** Each takes 6 ms for a request, and 250 come in a second: something waits at many a look. */
    @Test
    void whoIsBusyAndAcceptsIsNotWarnedOf() throws Exception {
        List<String> script = List.of(
                "import random, threading",
                "one = listener('127.0.0.1', 0, socket.SOCK_STREAM, socket.SO_REUSEPORT)",
                "port = one.getsockname()[1]",
                "def serve():",
                "    own = listener('127.0.0.1', port, socket.SOCK_STREAM, socket.SO_REUSEPORT)",
                "    own.listen(128)",
                "    os.write(ready[1], b'.')",
                "    while True:",
                "        end = own.accept()[0]; end.recv(100); time.sleep(0.006); end.send(b'.'); end.close()",
                "ready = os.pipe()",
                "for i in range(3):",
                "    if not os.fork(): one.close(); serve()",
                "for i in range(3): os.read(ready[0], 1)",
                "one.close()",
                "def ask():",
                "    with socket.create_connection(('127.0.0.1', port)) as client: client.send(b'.'); client.recv(1)",
                "say(port)",
                "while True: threading.Thread(target=ask).start(); time.sleep(random.expovariate(250))");
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            String where = "127.0.0.1:" + scene.number(0);
            int status = run("group", "tcp", where, "--watch=250ms", "--count", "30", "--format", "json");
            assertEquals(0, status, err::toString);
            List<String> warned = out.toString()
                    .lines()
                    .filter(line -> line.contains("a queue that nobody accepts from"))
                    .toList();
            assertEquals(List.of(), warned);
        }
    }

    @Test
    void gunicornsWorkersShareWhatEachOpened() throws Exception {
        int port = freePort();
        Files.writeString(directory.resolve("app.py"), """
                import os
                def app(environ, start):
                    body = str(os.getpid()).encode()
                    start('200 OK', [('Content-Length', str(len(body)))])
                    return [body]
                """);
        start(
                installed("gunicorn"),
                "--reuse-port",
                "-k",
                "gthread",
                "--keep-alive",
                "60",
                "-w",
                "3",
                "-b",
                "127.0.0.1:" + port,
                "app:app");
        awaitServers(port, 3);
        Map<Long, Integer> answered = ask(port, 12);
        Map<Long, Integer> seen = established(group(port));
        seen.values().removeIf(count -> count == 0);
        assertEquals(answered, seen);
        objects(group(port), "members")
                .forEach(member -> assertTrue(member.get("reusePort").getAsBoolean(), member::toString));
    }

    @Test
    void haproxysThreadsAreOneProcessWithAListenerEach() throws Exception {
        int port = freePort();
        Path configuration = Files.writeString(directory.resolve("haproxy.cfg"), """
                global
                    nbthread 2
                defaults
                    mode http
                    timeout client 60s
                    timeout connect 5s
                    timeout server 5s
                frontend one
                    bind 127.0.0.1:%1$d shards by-thread
                    http-request return status 200 content-type text/plain string 1
                """.formatted(port));
        Process haproxy = start(installed("haproxy"), "-db", "-f", configuration.toString());
        awaitServers(port, 1);
        for (int i = 0; i < 20; i++) {
            ask(port);
        }
        JsonObject group = group(port);
        assertEquals(Map.of(haproxy.pid(), 20), established(group));
        assertEquals(2, objects(group, "members").size());
        assertTrue(group.get("chiSquare").isJsonNull(), "nothing to compare");
    }

    @Test
    void aMasterThatHandsOnWhatItAcceptsIsNotTested() throws Exception {
        int port = freePort();
        Path script = Files.writeString(directory.resolve("master.js"), """
                const cluster = require('cluster'), http = require('http');
                if (cluster.isMaster) {
                    for (let i = 0; i < 3; i++) cluster.fork();
                } else {
                    http.createServer((asked, answer) => {
                        const pid = '' + process.pid;
                        answer.writeHead(200, {'Content-Length': pid.length});
                        answer.end(pid);
                    }).listen({port: %d, host: '127.0.0.1'}).keepAliveTimeout = 600000;
                }
                """.formatted(port));
        start(installed("node"), script.toString());
        Set<Long> workers = new HashSet<>();
        await("three workers", () -> {
            try {
                workers.add(Long.parseLong(ask(port)));
            } catch (ConnectException e) {
                return false;
            }
            return workers.size() == 3;
        });
        JsonObject group = group(port);
        assertEquals(workers, established(group).keySet());
        assertEquals(2, group.get("degreesOfFreedom").getAsInt());
    }

    @Test
    void theJdksServerIsAGroupOfOne() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 41);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 1);
            exchange.getResponseBody().write('1');
            exchange.close();
        });
        server.start();
        try {
            int port = server.getAddress().getPort();
            ask(port);
            JsonObject group = group(port);
            assertEquals(Map.of(ProcessHandle.current().pid(), 1), established(group));
            assertEquals(41, objects(group, "members").get(0).get("limit").getAsInt());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void datagramsThatWaitAndThatWereDroppedAreCounted() throws Exception {
        List<String> script = List.of(
                "kind = socket.SOCK_DGRAM",
                "one = listener('127.0.0.1', 0, kind, socket.SO_REUSEPORT)",
                "port = one.getsockname()[1]",
                "two = listener('127.0.0.1', port, kind, socket.SO_REUSEPORT)",
                "for each in (one, two): each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)",
                "sender = socket.socket(socket.AF_INET, kind)",
                "for i in range(100): sender.sendto(bytes(500), ('127.0.0.1', port))",
                "got = 0",
                "for each in (one, two):",
                "    each.setblocking(False)",
                "    try:",
                "        while each.recv(1000, 0): got += 1",
                "    except BlockingIOError: pass",
                "sender.sendto(bytes(500), ('127.0.0.1', port))",
                "say(port, 100 - got)",
                "stay()");
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            assertEquals(0, run("group", "udp", "127.0.0.1:" + scene.number(0), "--format", "json"), err::toString);
            JsonObject group = objects(JsonParser.parseString(out.toString()).getAsJsonObject(), "groups")
                    .get(0);
            int drops = 0;
            int waiting = 0;
            for (JsonObject member : objects(group, "members")) {
                assertEquals(scene.pid(), member.get("pid").getAsInt());
                drops += member.get("drops").getAsInt();
                waiting += member.get("queue").getAsInt() > 500 ? 1 : 0;
                assertEquals(4096, member.get("limit").getAsInt());
            }
            assertEquals(scene.number(1), drops);
            assertTrue(drops > 0, "a buffer of 4096 bytes holds no hundred datagrams");
            assertEquals(1, waiting);
            assertTrue(group.getAsJsonArray("warnings").get(0).getAsString().contains(drops + " dropped"));
        }
    }

    @Test
    void whoeverHasExecutedAnotherProgramHasItsName() throws Exception {
        List<String> script = List.of(
                "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])",
                "one = listener()",
                "one.set_inheritable(True)",
                "say(one.getsockname()[1])",
                "signal.sigwait([signal.SIGUSR1])",
                "os.execvp('sleep', ['sleep', '1000'])");
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            String where = "127.0.0.1:" + scene.number(0);
            Thread watch = new Thread(() -> run("group", "tcp", where, "--watch=500ms", "--count", "4"));
            watch.start();
            await("the first look", () -> out.toString().contains(scene.pid() + " python3"));
            new ProcessBuilder("sh", "-c", "kill -USR1 " + scene.pid()).start().waitFor();
            watch.join();
            String last = out.toString().substring(out.toString().lastIndexOf("member"));
            assertEquals(2, last.split(scene.pid() + " sleep", -1).length - 1, last);
        }
    }

    @Test
    void whenAllHaveLeftThatIsSaid() throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        String where = "127.0.0.1:" + server.getLocalPort();
        Thread watch = new Thread(() -> run("group", "tcp", where, "--watch=300ms", "--count", "3"));
        watch.start();
        await("the first look", () -> out.toString().contains("one socket"));
        server.close();
        watch.join();
        assertTrue(out.toString().contains("nobody has this address now"), out::toString);
        assertTrue(out.toString().contains("ListenOverflows"), out::toString);
    }

    @Test
    void connectedSocketsOfUdpAreSaidToBeInNoGroup() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        try (DatagramSocket peer = new DatagramSocket(0, loopback);
                DatagramSocket one = new DatagramSocket(null)) {
            one.setReuseAddress(true);
            one.bind(new InetSocketAddress(loopback, 0));
            one.connect(peer.getLocalSocketAddress());
            int port = one.getLocalPort();
            assertEquals(1, run("group", "udp", ":" + port));
            try (DatagramSocket two = new DatagramSocket(null)) {
                two.setReuseAddress(true);
                two.bind(new InetSocketAddress(loopback, port));
                two.connect(peer.getLocalSocketAddress());
                assertEquals(1, run("group", "127.0.0.1:" + port));
                assertEquals(1, run("group", "tcp", ":" + port));
                assertEquals(1, run("group", "127.0.0.2:" + port));
            }
            assertEquals(
                    List.of(
                            "nobody has udp :" + port + " but one connected UDP socket, which is in no group",
                            "nobody has 127.0.0.1:" + port + " but 2 connected UDP sockets, which are in no group",
                            "nobody has tcp :" + port + " in this network namespace",
                            "nobody has 127.0.0.2:" + port + " in this network namespace"),
                    err.toString()
                            .lines()
                            .map(line -> line.substring("reuseport group: ".length()))
                            .toList());
        }
    }

    @Test
    void whatIsOfTcpIsNotSaidOfUdp() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            String where = "127.0.0.1:" + socket.getLocalPort();
            assertEquals(0, run("group", "udp", where, "--watch=100ms", "--count", "2"), err::toString);
            assertTrue(!out.toString().contains("ListenOverflows"), out::toString);
        }
    }

    @Test
    void aConnectionIsOfTheListenerOfItsInterface() throws Exception {
        List<String> script = List.of(
                "one = listener('0.0.0.0', 0, socket.SOCK_STREAM, socket.SO_REUSEPORT)",
                "port = one.getsockname()[1]",
                "two = socket.socket()",
                "two.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)",
                "try: two.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo')",
                "except PermissionError: sys.exit()",
                "two.bind(('0.0.0.0', port))",
                "two.listen(5)",
                "clients = [socket.create_connection(('127.0.0.1', port)) for i in range(4)]",
                "ends = [two.accept() for i in range(3)]",
                "say(port)",
                "stay()");
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            assertEquals(0, run("group", "tcp", "127.0.0.1:" + scene.number(0), "--format", "json"), err::toString);
            Map<String, String> seen = new TreeMap<>();
            objects(JsonParser.parseString(out.toString()).getAsJsonObject(), "groups")
                    .forEach(group -> seen.put(
                            group.get("device").toString(), established(group).values() + " " + group.get("waiting")));
            assertEquals(Map.of("\"lo\"", "[3] 1", "null", "[0] 0"), seen);
        }
    }

    @Test
    void withoutAnAddressEachOfMoreThanOneSocketIsALine() throws Exception {
        List<String> script = List.of(
                "one = listener('127.0.0.1', 0, socket.SOCK_STREAM, socket.SO_REUSEPORT)",
                "two = listener('127.0.0.1', one.getsockname()[1], socket.SOCK_STREAM, socket.SO_REUSEPORT)",
                "alone = listener()",
                "say(one.getsockname()[1], alone.getsockname()[1])",
                "stay()");
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            assertEquals(0, run("group"), err::toString);
            assertEquals(
                    1,
                    out.toString()
                            .lines()
                            .filter(line -> line.matches("tcp +127\\.0\\.0\\.1:" + scene.number(0) + " +2 +1 +0 .*"))
                            .count(),
                    out::toString);
            assertTrue(!out.toString().contains(":" + scene.number(1) + " "), out::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--watch=1x", "--watch=1e9s", "--watch=", "--watch=28080x", "--watch=99999999999s"})
    void whatIsAttachedToWatchIsATimeOrWrong(String option) {
        for (String command : List.of("group", "list")) {
            err.getBuffer().setLength(0);
            assertEquals(2, run(command, option, "--count", "1"));
            assertEquals(
                    "reuseport " + command + ": --watch: '" + option.substring("--watch=".length())
                            + "' is not a time like 30s, 0.5s or 500ms, of a year at most (see reuseport " + command
                            + " --help)",
                    err.toString().lines().findFirst().orElseThrow());
        }
    }

    @Test
    void aWordBehindWatchIsATimeIfItLooksLikeOne() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(server.getLocalPort());
            assertEquals(0, run("group", "--count", "1", "--watch", port), err::toString);
            assertTrue(out.toString().contains(":" + port + ": one socket"), out::toString);
            assertEquals(0, run("group", "--count", "1", "--watch", "2s", port), err::toString);
            assertTrue(out.toString().contains(":" + port + ": one socket"), out::toString);
            assertEquals(0, run("group", "--count", "1", "--watch=28080", port), err::toString);
            assertEquals(2, run("group", "--count", "1", "--watch", "99999999999s"));
            assertTrue(err.toString().startsWith("reuseport group: --watch: '99999999999s' is not"), err::toString);
            assertEquals(0, run("group", "tcp", port, "--count", "1", "--watch"), err::toString);
        }
    }

    @Test
    void nobodyThereIsAFailureAndWrongWordsAreSaid() throws Exception {
        int port = freePort();
        assertEquals(1, run("group", "tcp", "127.0.0.1:" + port));
        assertEquals(
                "reuseport group: nobody has tcp 127.0.0.1:" + port + " in this network namespace"
                        + System.lineSeparator(),
                err.toString());
        assertEquals(2, run("group", "tcp", "127.0.0.1:80", "udp"));
        assertEquals(2, run("group", "sctp", "127.0.0.1:80"));
        assertEquals(2, run("group", "tcp", "--watch=50ms"));
        assertEquals(2, run("group", "tcp", "--count", "0"));
        assertEquals(2, run("group", "tcp", "--watch=never"));
    }
}
