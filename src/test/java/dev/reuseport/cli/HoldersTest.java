package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Root;
import dev.reuseport.abi.Abi;
import dev.reuseport.proc.HostileNames;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.PrintableTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who holds a port, in scenes of several processes. */
@Timeout(120)
final class HoldersTest {
    private static final int NAMES = 40;

    @TempDir
    private Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
    }

    private static String run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true), arguments[0])
                .execute(arguments);
        assertEquals(0, status, () -> err + "\n" + out);
        return out.toString();
    }

    private static JsonObject json(String... arguments) {
        String[] all = Stream.concat(Stream.of(arguments), Stream.of("--format", "json"))
                .toArray(String[]::new);
        return JsonParser.parseString(run(all)).getAsJsonObject();
    }

    private static List<String> strings(JsonObject json, String key) {
        return json.getAsJsonArray(key).asList().stream()
                .map(element -> element.getAsString())
                .toList();
    }

    private static JsonObject owner(JsonObject json, int index) {
        return json.getAsJsonArray("owners").get(index).getAsJsonObject();
    }

    private static void assertFree(String protocol, String where) {
        assertEquals("ok", json("explain", protocol, where).get("verdict").getAsString());
    }

    @Test
    void aChildThatInheritedIsNamedAndMustEndToo() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        // Whoever gets the orphan may be in the session of the tests: the first process of a container.
                        "os.setsid()",
                        "one = listener()",
                        "one.set_inheritable(True)",
                        "child = subprocess.Popen(['sleep', '1000'], close_fds=False, stdout=subprocess.DEVNULL)",
                        "say(one.getsockname()[1], child.pid)",
                        "stay()"))) {
            String where = "127.0.0.1:" + scene.number(0);
            int child = scene.number(1);
            JsonObject json = json("explain", "tcp", where);
            String who = "pid " + scene.pid() + " (python3)";
            assertEquals(
                    List.of(
                            "end " + who + " and pid " + child + " (sleep)",
                            "set SO_REUSEPORT on the newcomer, and set SO_REUSEPORT on " + who + " before it binds"),
                    strings(json, "remedies"));
            JsonObject owner = owner(json, 0);
            assertEquals(scene.pid(), owner.get("pid").getAsInt());
            assertFalse(owner.get("inherited").getAsBoolean());
            assertEquals(
                    ProcessHandle.current().pid(),
                    owner.getAsJsonArray("parents")
                            .get(0)
                            .getAsJsonObject()
                            .get("pid")
                            .getAsLong());
            JsonObject heir = owner.getAsJsonArray("alsoHeldBy").get(0).getAsJsonObject();
            assertEquals(child, heir.get("pid").getAsInt());
            assertEquals("sleep", heir.get("command").getAsString());
            assertEquals("sleep 1000", heir.get("commandLine").getAsString());
            assertEquals(scene.pid(), heir.get("inheritedFrom").getAsInt());
            assertTrue(
                    strings(json, "notes").stream()
                            .anyMatch(note -> note.startsWith("pid " + child + " (sleep) did not bind " + where)
                                    && note.contains("close-on-exec")),
                    json::toString);
            String text = run("explain", "tcp", where);
            assertTrue(text.contains("  " + scene.pid() + " python3, " + child + " sleep  "), text);
            assertTrue(text.contains("pid " + child + ": sleep 1000\n"), text);
            assertTrue(text.contains("inherited from " + who + ", which bound it"), text);

            PythonScene.end(scene.pid());
            JsonObject orphaned = json("explain", "tcp", where);
            assertEquals(List.of("end pid " + child + " (sleep)"), strings(orphaned, "remedies"));
            assertTrue(owner(orphaned, 0).get("orphan").getAsBoolean());
            PythonScene.end(child);
            assertFree("tcp", where);
        }
    }

    @Test
    void manyProcessesAreAllNamed() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "children = []",
                        "for i in range(12):",
                        "    child = os.fork()",
                        "    if child == 0: stay()",
                        "    children.append(child)",
                        "say(one.getsockname()[1], *children)",
                        "stay()"))) {
            JsonObject json = json("explain", "tcp", "127.0.0.1:" + scene.number(0));
            String end = strings(json, "remedies").get(0);
            assertTrue(end.startsWith("end 13 processes (python3 " + scene.pid() + " "), end);
            TreeSet<String> named =
                    new TreeSet<>(List.of(end.replaceAll("\\D+", " ").strip().split(" ")));
            for (int i = 1; i <= 12; i++) {
                assertTrue(named.contains(Integer.toString(scene.number(i))), end);
            }
            assertEquals(12, owner(json, 0).getAsJsonArray("alsoHeldBy").size());
            assertEquals(List.of(), strings(json, "notes"), "workers inherit on purpose");
            String text = run("explain", "tcp", "127.0.0.1:" + scene.number(0));
            assertTrue(
                    text.lines().filter(line -> line.startsWith("pid ")).count() <= 4,
                    () -> "alike, but for a second: " + text);
        }
    }

    @Test
    void workersOfDifferentSocketsMustAllEnd() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "one = listener()",
                        "two = listener('127.0.0.2', one.getsockname()[1])",
                        "children = []",
                        "for mine, other in ((one, two), (one, two), (two, one), (two, one)):",
                        "    child = os.fork()",
                        "    if child == 0:",
                        "        other.close()",
                        "        stay()",
                        "    children.append(child)",
                        "port = one.getsockname()[1]",
                        "one.close(); two.close()",
                        "say(port, *children)",
                        "stay()"))) {
            JsonObject json = json("explain", "tcp", "0.0.0.0:" + scene.number(0));
            String end = strings(json, "remedies").get(0);
            for (int i = 1; i <= 4; i++) {
                assertTrue(end.contains("pid " + scene.number(i) + " (python3)"), end);
            }
            assertEquals(2, json.getAsJsonArray("owners").size(), json::toString);
            for (int i = 1; i <= 4; i++) {
                PythonScene.end(scene.number(i));
            }
            assertFree("tcp", "0.0.0.0:" + scene.number(0));
        }
    }

    @Test
    void aDaemonThatBoundItselfIsAskedToSetTheOption() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "if os.fork(): stay()",
                        "os.setsid()",
                        "if os.fork(): os._exit(0)",
                        "while os.getppid() != 1 and os.getsid(os.getppid()) == os.getsid(0): time.sleep(0.01)",
                        "one = listener()",
                        "say(one.getsockname()[1], os.getpid())",
                        "stay()"))) {
            String who = "pid " + scene.number(1) + " (python3)";
            try {
                JsonObject json = json("explain", "tcp", "127.0.0.1:" + scene.number(0));
                assertTrue(owner(json, 0).get("orphan").getAsBoolean(), json::toString);
                assertEquals(
                        List.of(
                                "end " + who,
                                "set SO_REUSEPORT on the newcomer, and set SO_REUSEPORT on " + who
                                        + " before it binds"),
                        strings(json, "remedies"));
            } finally {
                PythonScene.end(scene.number(1));
            }
        }
    }

    private static List<String> titlesOfHeirs(JsonObject json) {
        return json.getAsJsonArray("owners").asList().stream()
                .flatMap(owner -> owner.getAsJsonObject().getAsJsonArray("alsoHeldBy").asList().stream())
                .map(heir ->
                        heir.getAsJsonObject().get("commandLine").toString().replace("\"", ""))
                .toList();
    }

    @Test
    void nginxEndsWithItsWorkers() throws Exception {
        Path nginx = Path.of("/usr/sbin/nginx");
        assumeTrue(Files.isExecutable(nginx), "nginx is not installed");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        String configuration = String.join(
                "\n",
                "daemon off; worker_processes 2; pid nginx.pid; error_log stderr; events {}",
                "http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;",
                "uwsgi_temp_path uwsgi; scgi_temp_path scgi; server { listen 127.0.0.1:" + port + "; return 204; } }");
        Path file = Files.writeString(folder.resolve("nginx.conf"), configuration);
        Process process = new ProcessBuilder(nginx.toString(), "-p", folder.toString(), "-c", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            List<String> titles = List.of("nginx: worker process", "nginx: worker process");
            while (process.isAlive()
                    && !titlesOfHeirs(json("explain", "tcp", "127.0.0.1:" + port))
                            .equals(titles)) {
                Thread.onSpinWait();
            }
            String end = strings(json("explain", "tcp", "127.0.0.1:" + port), "remedies")
                    .get(0);
            assertTrue(end.startsWith("end pid " + process.pid() + " (nginx), pid "), end);
            List<ProcessHandle> workers = process.descendants().toList();
            assertEquals(2, workers.size());
            workers.forEach(worker -> assertTrue(end.contains("pid " + worker.pid() + " (nginx)"), end));
        } finally {
            PythonScene.endAll(process);
        }
    }

    @Test
    void everyUdpOwnerIsInTheWay() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "port = 0",
                        "children = []",
                        "for i in range(3):",
                        "    one = listener('127.0.0.1', port, socket.SOCK_DGRAM, socket.SO_REUSEADDR)",
                        "    port = one.getsockname()[1]",
                        "    child = os.fork()",
                        "    if child == 0: stay()",
                        "    one.close()",
                        "    children.append(child)",
                        "say(port, *children)",
                        "stay()"))) {
            String where = "127.0.0.1:" + scene.number(0);
            JsonObject json = json("explain", "udp", where);
            JsonArray owners = json.getAsJsonArray("owners");
            assertEquals(3, owners.size());
            owners.forEach(
                    owner -> assertTrue(owner.getAsJsonObject().get("inTheWay").getAsBoolean(), json::toString));
            String end = strings(json, "remedies").stream()
                    .filter(remedy -> remedy.startsWith("end "))
                    .findFirst()
                    .orElseThrow();
            for (int i = 1; i <= 3; i++) {
                assertTrue(end.contains("pid " + scene.number(i) + " "), end);
                PythonScene.end(scene.number(i));
            }
            assertFree("udp", where);
        }
    }

    @Test
    void aDockerProxyStandsForAContainer() throws IOException {
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of("call('docker-proxy')", "one = listener()", "say(one.getsockname()[1])", "stay()"),
                "-proto",
                "tcp",
                "-host-ip",
                "127.0.0.1",
                "-host-port",
                "8080",
                "-container-ip",
                "172.17.0.2",
                "-container-port",
                "80")) {
            assertEquals(
                    List.of("stop the container at 172.17.0.2, port 80 that docker-proxy forwards to"
                            + " (docker ps --filter publish=8080 names it)"),
                    strings(json("explain", "tcp", "127.0.0.1:" + scene.number(0)), "remedies"));
        }
    }

    @Test
    void aSocketOnItsWayBetweenProcessesIsNobodysYet() throws IOException {
        Root.assume("looking into all processes");
        assumeTrue(Proc.ofHost().mayLookEverywhere(), "this is not the initial pid namespace");
        try (PythonScene scene = new PythonScene(
                List.of(),
                List.of(
                        "left, right = socket.socketpair()",
                        "one = listener()",
                        "port = one.getsockname()[1]",
                        "socket.send_fds(left, [b'x'], [one.fileno()])",
                        "one.close()",
                        "say(port)",
                        "stay()"))) {
            JsonObject json = json("explain", "tcp", "127.0.0.1:" + scene.number(0));
            assertEquals("EADDRINUSE", json.get("verdict").getAsString());
            String all = json.toString();
            assertFalse(all.contains("another user's"), all);
            assertFalse(all.contains("end the process"), all);
            assertTrue(all.contains("no process has a descriptor of one socket"), all);
        }
    }

    @Test
    void noNameForgesAnythingOrReachesATerminal() throws IOException {
        try (NamedHolder holder = new NamedHolder()) {
            Random random = new Random(20_261_128);
            String where = "127.0.0.1:" + holder.port();
            String pid = Long.toString(holder.pid());
            JsonObject before = owner(json("explain", "tcp", where), 0);
            boolean root = new JnrSyscalls().geteuid() == 0;
            for (int i = 0; i < NAMES; i++) {
                byte[] name = HostileNames.drawn(random);
                String hex = HexFormat.of().formatHex(name);
                String shown = Printable.of(name).toString();
                holder.rename(name);
                for (String text : List.of(run("explain", "tcp", where), run("inspect", "--pid", pid))) {
                    text.lines().forEach(line -> assertTrue(PrintableTest.harmless(line), hex));
                    assertTrue(text.contains("pid " + pid + " (" + shown), () -> hex + "\n" + text);
                }
                JsonObject owner = owner(json("explain", "tcp", where), 0);
                assertEquals(Printable.of(name).text(), owner.get("command").getAsString(), hex);
                before.addProperty("command", owner.get("command").getAsString());
                assertEquals(before, owner, hex);
                String nameless = "?";
                assertEquals(
                        root ? "nobody" : System.getProperty("user.name"),
                        owner.get("user").isJsonNull()
                                ? nameless
                                : owner.get("user").getAsString());
            }
        }
    }
}
