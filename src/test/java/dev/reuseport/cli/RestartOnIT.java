package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.Nobody;
import dev.reuseport.abi.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a command costs the clients of servers that are not this program's. */
@Timeout(120)
final class RestartOnIT {
    /** Counts whom it accepted and answered, and writes that down when it is told to end. */
    private static final List<String> COUNTING = List.of(
            "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})",
            "one = listener()",
            "one.listen(512)",
            "one.settimeout(0.05)",
            "answered = 0",
            "say(one.getsockname()[1])",
            "while signal.SIGTERM not in signal.sigpending():",
            "    try: client, name = one.accept()",
            "    except socket.timeout: continue",
            "    client.settimeout(None)",
            "    if client.recv(64) == b'hello\\n': client.sendall(b'hi\\n')",
            "    client.close()",
            "    answered += 1",
            "open(sys.argv[1], 'w').write(str(answered))");

    @TempDir
    Path folder;

    @BeforeAll
    static void onLinux() {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "the members of a group are seen on Linux only");
    }

    private static JsonObject run(int status, Launched launched) throws InterruptedException {
        try (launched) {
            assertEquals(status, launched.awaitExit(), () -> launched.err().toString());
            return JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
        }
    }

    private static String[] restart(String target, List<String> options, String... command) {
        List<String> all = new ArrayList<>(
                List.of("restart", "--on", target, "--duration", "500ms", "--format", "json", "--rate", "200"));
        all.addAll(options);
        all.add("--");
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    private static int number(JsonObject json, String key) {
        return json.get(key).getAsInt();
    }

    private static Set<Integer> pids(JsonObject json, String key) {
        Set<Integer> pids = new TreeSet<>();
        for (JsonElement pid : json.getAsJsonArray(key)) {
            pids.add(pid.getAsInt());
        }
        return pids;
    }

    private void assertCountsWhatTheServerCounts(List<String> options) throws Exception {
        Path answered = folder.resolve("answered");
        try (PythonScene server = new PythonScene(List.of(), COUNTING, answered.toString())) {
            JsonObject json = run(
                    1,
                    new Launched(
                            restart("127.0.0.1:" + server.number(0), options, "sh", "-c", "kill " + server.pid())));
            assertEquals(0, number(json, "exit"));
            assertEquals(Integer.parseInt(Files.readString(answered)), number(json, "answered"), json::toString);
            assertTrue(number(json, "answered") > 50, json::toString);
            assertTrue(number(json, "lost") > 50, json::toString);
            assertEquals(number(json, "connections"), number(json, "answered") + number(json, "lost"));
            assertEquals(number(json, "lost"), number(json, "refused") + number(json, "reset"), json::toString);
            assertEquals(number(json, "lost"), json.getAsJsonArray("losses").size());
            assertEquals(Set.of(server.pid()), pids(json, "before"));
            assertEquals(Set.of(), pids(json, "after"));
            JsonObject after = json.getAsJsonArray("phases").get(2).getAsJsonObject();
            assertEquals(number(after, "connections"), number(after, "refused"), json::toString);
        }
    }

    private static double stall(JsonObject json, String key) {
        return json.getAsJsonObject("stall").get(key).getAsDouble();
    }

    /** The server is away for a second: its port refuses, and is taken again. */
    @Test
    void aTimeInWhichAllAreRefusedIsAStall() throws Exception {
        try (PythonScene server = new PythonScene(
                List.of(),
                List.of(
                        "one = listener('127.0.0.1', 0, socket.SOCK_STREAM, socket.SO_REUSEADDR)",
                        "where = one.getsockname()",
                        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})",
                        "say(where[1])",
                        "one.settimeout(0.05)",
                        "while True:",
                        "    if signal.SIGUSR1 in signal.sigpending():",
                        "        one.close()",
                        "        time.sleep(1)",
                        "        signal.sigwait({signal.SIGUSR1})",
                        "        one = listener('127.0.0.1', where[1], socket.SOCK_STREAM, socket.SO_REUSEADDR)",
                        "        one.settimeout(0.05)",
                        "    try: one.accept()[0].close()",
                        "    except OSError: pass"))) {
            JsonObject json = run(
                    1,
                    new Launched(restart(
                            "127.0.0.1:" + server.number(0),
                            List.of(),
                            "sh",
                            "-c",
                            "kill -USR1 " + server.pid() + "; sleep 1.2")));
            assertTrue(number(json, "refused") > 100, json::toString);
            JsonObject after = json.getAsJsonArray("phases").get(2).getAsJsonObject();
            assertTrue(number(after, "answered") > 0, json::toString);
            assertTrue(stall(json, "seconds") > 0.9 && stall(json, "seconds") < 1.5, json::toString);
            assertTrue(stall(json, "at") > -0.1 && stall(json, "at") < 1, json::toString);
        }
    }

    @Test
    void whereNobodyAnswersTheStallIsAllTheTime() throws Exception {
        JsonObject json = run(1, new Launched(restart("127.0.0.1:" + Loopback.freePort(), List.of(), "true")));
        assertEquals(number(json, "connections"), number(json, "refused"));
        assertTrue(stall(json, "seconds") > 0.9, json::toString);
        assertEquals(-0.5, stall(json, "at"), 0.2, json::toString);
    }

    /** A port alone is what has it, wherever that is. */
    @ParameterizedTest
    @ValueSource(strings = {"", ":", "*:", "0.0.0.0:", "[::]:"})
    void aWildcardIsWhoeverListensThere(String before) throws Exception {
        try (PythonScene server =
                new PythonScene(List.of(), COUNTING, folder.resolve("answered").toString())) {
            JsonObject json = run(0, new Launched(restart(before + server.number(0), List.of(), "true")));
            assertEquals(0, number(json, "lost"), json::toString);
            assertTrue(number(json, "answered") > 50, json::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"restart", "spread"})
    void aLinkLocalAddressTakesItsInterface(String command) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(command, "--on", "[fe80::1]:80"));
        if (command.equals("restart")) {
            arguments.addAll(List.of("--", "true"));
        }
        try (Launched launched = new Launched(arguments.toArray(String[]::new))) {
            assertEquals(2, launched.awaitExit(), () -> launched.out().toString());
            assertTrue(launched.err().toString().contains("[fe80::1%lo]:80"), launched.err()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--protocol=udp", "--sources=3", "--join", "--leaver=1"})
    void whatIsForOwnListenersIsRefused(String option) throws Exception {
        try (Launched launched = new Launched("restart", "--on", "127.0.0.1:1", option, "--", "true")) {
            assertEquals(2, launched.awaitExit(), () -> launched.out().toString());
        }
    }

    @Test
    void aServerThatEndsAnsweredWhomItCounted() throws Exception {
        assertCountsWhatTheServerCounts(List.of());
    }

    @Test
    void soDidOneThatIsSentSomething() throws Exception {
        assertCountsWhatTheServerCounts(List.of("--send", "hello\\n"));
    }

    @Test
    void anOrdinaryUserSeesWhatBecameOfTheConnectionsAndNotOfWhom() throws Exception {
        try (PythonScene server =
                new PythonScene(List.of(), COUNTING, folder.resolve("unused").toString())) {
            JsonObject json = run(0, Nobody.launched(restart("127.0.0.1:" + server.number(0), List.of(), "true")));
            assertEquals(0, number(json, "lost"), json::toString);
            assertTrue(json.get("before").isJsonNull(), json::toString);
            assertTrue(!json.getAsJsonArray("notes").isEmpty(), json::toString);
        }
    }

    @Test
    void aCommandThatFailsIsAFailure() throws Exception {
        try (PythonScene server =
                new PythonScene(List.of(), COUNTING, folder.resolve("unused").toString())) {
            JsonObject json =
                    run(1, new Launched(restart("127.0.0.1:" + server.number(0), List.of(), "sh", "-c", "exit 7")));
            assertEquals(7, number(json, "exit"));
            assertEquals(0, number(json, "lost"), json::toString);
        }
    }

    @Test
    void aReloadOfNginxIsAnsweredByTheWorkersThatItsLogNames() throws Exception {
        assertReloads("127.0.0.1");
    }

    @Test
    @NeedsIpv6
    void soItIsOverIpv6() throws Exception {
        assertReloads("[::1]");
    }

    private void assertReloads(String host) throws Exception {
        try (NginxScene nginx = NginxScene.start(folder, host, 4)) {
            JsonObject json = run(
                    0,
                    new Launched(
                            restart(nginx.address(), List.of("--send", "GET / HTTP/1.0\\r\\n\\r\\n"), nginx.reload())));
            assertEquals(0, number(json, "lost"), json::toString);
            List<Integer> logged = nginx.awaitLogged(number(json, "answered"));
            assertEquals(number(json, "answered"), logged.size());
            Set<Integer> served = pids(json, "before");
            assertEquals(4, served.size(), json::toString);
            assertTrue(logged.stream().anyMatch(served::contains), json::toString);
            served.addAll(pids(json, "after"));
            assertTrue(served.containsAll(logged), () -> logged + " " + json);
        }
    }
}
