package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import dev.reuseport.Root;
import dev.reuseport.abi.Abi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Holders in another network namespace, or who are the first of a pid namespace, as in containers. */
@Timeout(120)
final class NamespacesIT {
    private static final List<String> LISTENS = List.of("one = listener()", "say(one.getsockname()[1])", "stay()");
    private static final List<String> NETWORK =
            List.of("unshare", "-n", "sh", "-c", "ip link set lo up; exec \"$0\" \"$@\"");

    @BeforeEach
    void asRootOfLinux() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "namespaces are Linux's");
        Root.assume("making namespaces");
    }

    private static JsonObject json(Launched explain) throws InterruptedException {
        try (explain) {
            assertEquals(0, explain.awaitExit(), () -> explain.err() + " " + explain.out());
            return JsonParser.parseString(String.join("\n", explain.out())).getAsJsonObject();
        }
    }

    private static List<String> strings(JsonObject json, String key) {
        return json.getAsJsonArray(key).asList().stream()
                .map(element -> element.getAsString())
                .toList();
    }

    @Test
    void aPortThatIsTakenInAnotherNetworkNamespaceIsSaidToBe() throws Exception {
        try (PythonScene scene = new PythonScene(NETWORK, LISTENS)) {
            String where = "127.0.0.1:" + scene.number(0);
            JsonObject here = json(new Launched("explain", "tcp", where, "--format", "json"));
            assertEquals("ok", here.get("verdict").getAsString());
            String who = "by pid " + scene.pid() + " (python3): explain --netns " + scene.pid();
            assertTrue(strings(here, "notes").stream().anyMatch(note -> note.contains(who)), here::toString);
            JsonObject there = json(new Launched(
                    "explain", "tcp", where, "--netns", Integer.toString(scene.pid()), "--format", "json"));
            assertEquals("EADDRINUSE", there.get("verdict").getAsString());
            assertTrue(there.get("agrees").getAsBoolean());
            JsonObject owner = there.getAsJsonArray("owners").get(0).getAsJsonObject();
            assertEquals(scene.pid(), owner.get("pid").getAsInt());
            assertTrue(owner.get("netns").isJsonNull(), "it is where explain looks");
            try (Launched inspect = new Launched("inspect", "--pid", Integer.toString(scene.pid()))) {
                assertEquals(0, inspect.awaitExit(), inspect.err()::toString);
                assertTrue(
                        inspect.err().get(0).contains("(python3) is in another network namespace, net:["),
                        inspect.err()::toString);
            }
        }
    }

    @Test
    void whoHasASocketOfThisNamespaceFromAnotherIsSaidToBeThere() throws Exception {
        List<String> script = new ArrayList<>(List.of(
                "one = listener()",
                "one.set_inheritable(True)",
                "child = subprocess.Popen(['unshare', '-n', 'sleep', '1000'], close_fds=False, stdout=subprocess.DEVNULL)",
                "mine = os.readlink('/proc/self/ns/net')",
                "while os.readlink('/proc/%d/ns/net' % child.pid) == mine: time.sleep(0.01)",
                "say(one.getsockname()[1], child.pid)",
                "stay()"));
        try (PythonScene scene = new PythonScene(List.of(), script)) {
            JsonObject json = json(new Launched("explain", "tcp", "127.0.0.1:" + scene.number(0), "--format", "json"));
            JsonObject heir = json.getAsJsonArray("owners")
                    .get(0)
                    .getAsJsonObject()
                    .getAsJsonArray("alsoHeldBy")
                    .get(0)
                    .getAsJsonObject();
            assertTrue(heir.get("netns").getAsString().startsWith("net:["), heir::toString);
        }
    }

    @Test
    void anotherUserOfAnotherNamespaceIsTriedThere() throws Exception {
        Root.assume("becoming another user", Root.Capability.CAP_SETUID);
        try (PythonScene scene = new PythonScene(NETWORK, LISTENS)) {
            JsonObject there = json(new Launched(
                    "explain",
                    "tcp",
                    "127.0.0.1:" + scene.number(0),
                    "--netns",
                    Integer.toString(scene.pid()),
                    "--uid",
                    Integer.toString(Nobody.UID),
                    "--format",
                    "json"));
            assertEquals("EADDRINUSE", there.get("verdict").getAsString());
        }
    }

    @Test
    void enteringOneTakesAPrivilege() throws Exception {
        try (PythonScene scene = new PythonScene(NETWORK, LISTENS);
                Launched explain =
                        Nobody.launched("explain", "tcp", "127.0.0.1:0", "--netns", Integer.toString(scene.pid()))) {
            assertEquals(3, explain.awaitExit(), explain.err()::toString);
            assertEquals(1, explain.err().size(), explain.err()::toString);
            assertTrue(explain.err().get(0).contains("CAP_SYS_ADMIN"), explain.err()::toString);
        }
        try (Launched explain = new Launched("explain", "tcp", "127.0.0.1:0", "--netns", "999999999")) {
            assertEquals(1, explain.awaitExit(), explain.err()::toString);
            assertTrue(explain.err().get(0).contains("no such process"), explain.err()::toString);
        }
    }

    /** Explains within a pid namespace whose first process has this name and listens. */
    private static JsonObject explainedBelow(String name) throws Exception {
        String script = String.join(
                "\n",
                "import os, socket, subprocess, sys",
                "open('/proc/self/comm', 'w').write(sys.argv[1])",
                "one = socket.socket()",
                "one.bind(('127.0.0.1', 0))",
                "one.listen(5)",
                "where = '127.0.0.1:%d' % one.getsockname()[1]",
                "sys.exit(subprocess.run([sys.argv[2], 'explain', 'tcp', where, '--format', 'json']).returncode)");
        List<String> unshare = List.of("unshare", "--pid", "--fork", "--mount-proc");
        Process possible = new ProcessBuilder(Stream.concat(unshare.stream(), Stream.of("python3", "-c", ""))
                        .toList())
                .start();
        assumeTrue(possible.waitFor() == 0, "a pid namespace with python3 cannot be made here");
        return json(new Launched(new ProcessBuilder(Stream.concat(
                        unshare.stream(),
                        Stream.of(
                                "python3",
                                "-c",
                                script,
                                name,
                                Launched.launcher().toString()))
                .toList())));
    }

    @Test
    void aListenerOfSystemdIsASocketUnits() throws Exception {
        List<String> remedies = strings(explainedBelow("systemd"), "remedies");
        assertTrue(remedies.get(0).startsWith("systemctl stop NAME.socket, "), remedies::toString);
        assertTrue(remedies.stream().noneMatch(remedy -> remedy.contains("end pid 1")), remedies::toString);
    }

    @Test
    void whoIsTheFirstOfAContainerIsItsEnd() throws Exception {
        List<String> remedies = strings(explainedBelow("node"), "remedies");
        assertEquals("stop the container whose first process pid 1 (node) is", remedies.get(0));
    }

    @Test
    void whatTheKernelHasIsNobodysElse() throws Exception {
        List<String> command = List.of(
                "unshare",
                "-n",
                "sh",
                "-c",
                "ip link set lo up; ip link add vx type vxlan id 7 dstport 4789 local 127.0.0.1 && ip link set vx up && exec"
                        + " \"$0\" \"$@\"");
        Process possible = new ProcessBuilder(
                        Stream.concat(command.stream(), Stream.of("true")).toList())
                .redirectErrorStream(true)
                .start();
        assumeTrue(possible.waitFor() == 0, "an interface of VXLAN cannot be made here");
        assumeTrue(
                Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString().equals("pid:[4026531836]"),
                "not in the first pid namespace, from where all processes are seen");
        JsonObject json = json(new Launched(new ProcessBuilder(Stream.concat(
                        command.stream(),
                        Stream.of(Launched.launcher().toString(), "explain", "udp", "0.0.0.0:4789", "--format", "json"))
                .toList())));
        assertEquals("EADDRINUSE", json.get("verdict").getAsString());
        assertTrue(json.toString().contains("the kernel's own"), json::toString);
        assertTrue(strings(json, "remedies").get(0).startsWith("end what has it without a descriptor"), json::toString);
    }
}
