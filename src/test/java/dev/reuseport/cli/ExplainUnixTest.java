package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Root;
import dev.reuseport.abi.Abi;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who holds a name of AF_UNIX, and what is in the way of one. */
@Timeout(120)
final class ExplainUnixTest {
    private static final List<String> TWO = List.of(
            "one = socket.socket(socket.AF_UNIX)",
            "one.bind(sys.argv[1])",
            "one.listen()",
            "os.chdir(os.path.dirname(sys.argv[1]))",
            "other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
            "other.bind('relative.sock')",
            "hidden = socket.socket(socket.AF_UNIX)",
            "hidden.bind('\\0' + sys.argv[1])",
            "hidden.listen()",
            "say(os.getpid())",
            "stay()");

    private static final List<String> AGAIN = List.of(
            "old = socket.socket(socket.AF_UNIX)",
            "old.bind(sys.argv[1])",
            "old.listen()",
            "os.unlink(sys.argv[1])",
            "new = socket.socket(socket.AF_UNIX)",
            "new.bind(sys.argv[1])",
            "new.listen()",
            "client = socket.socket(socket.AF_UNIX)",
            "client.connect(sys.argv[1])",
            "accepted = new.accept()[0]",
            "os.rename(sys.argv[1], sys.argv[1] + '.moved') if len(sys.argv) > 2 else None",
            "say(os.getpid(), new.fileno(), accepted.fileno())",
            "stay()");

    @TempDir
    private Path directory;

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a name can be seen on Linux only");
    }

    private record Answer(int status, String out, String err) {
        JsonObject json() {
            assertEquals(0, status, err);
            return JsonParser.parseString(out).getAsJsonObject();
        }
    }

    private static Answer run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = Stream.concat(Stream.of("explain", "unix"), Stream.of(arguments))
                .toArray(String[]::new);
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true), "explain")
                .execute(all);
        return new Answer(status, out.toString(), err.toString());
    }

    private static JsonObject json(String... arguments) {
        return run(Stream.concat(Stream.of(arguments), Stream.of("--format", "json"))
                        .toArray(String[]::new))
                .json();
    }

    private static String verdict(JsonObject json) {
        return json.get("verdict").getAsString();
    }

    private static String remedies(JsonObject json) {
        return json.getAsJsonArray("remedies").toString();
    }

    private static JsonObject owner(JsonObject json) {
        assertEquals(1, json.getAsJsonArray("owners").size(), json::toString);
        return json.getAsJsonArray("owners").get(0).getAsJsonObject();
    }

    @Test
    void whoListensAtAPathIsNamedAndUnlinkIsEnough() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), TWO, path.toString())) {
            JsonObject json = json(path.toString());
            assertEquals("EADDRINUSE", verdict(json));
            assertEquals(server.number(0), owner(json).get("pid").getAsInt());
            assertEquals("LISTEN", owner(json).get("state").getAsString());
            assertTrue(remedies(json).contains("end pid " + server.number(0)), json::toString);
            assertTrue(remedies(json).contains("unlink"), json::toString);
            JsonObject relative = json(directory.resolve("relative.sock").toString(), "dgram");
            assertEquals("dgram", owner(relative).get("type").getAsString());
            Files.delete(path);
            JsonObject free = json(path.toString());
            assertEquals("ok", verdict(free));
            assertTrue(free.getAsJsonArray("notes").toString().contains("listens still"), free::toString);
        }
        assertFalse(Files.exists(path));
    }

    /** Some file systems count files in two ways: there nothing is said of who is reached. */
    private static void assumeReached(JsonObject owner) {
        assumeTrue(!owner.get("reached").isJsonNull(), "which socket a file leads to is not seen here");
    }

    @Test
    void ofAPathThatWasBoundAgainTheNewSocketIsInTheWay() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), AGAIN, path.toString())) {
            JsonObject json = json(path.toString());
            assertEquals(2, json.getAsJsonArray("owners").size(), json::toString);
            assumeReached(json.getAsJsonArray("owners").get(0).getAsJsonObject());
            for (JsonElement each : json.getAsJsonArray("owners")) {
                JsonObject owner = each.getAsJsonObject();
                assertEquals(
                        owner.get("fd").getAsInt() == server.number(1),
                        owner.get("reached").getAsBoolean(),
                        json::toString);
            }
            assertTrue(json.get("notes").toString().contains("leads to what is in the way alone"), json::toString);
            Answer answer = run(path.toString());
            assertEquals(
                    1,
                    answer.out()
                            .lines()
                            .filter(line -> line.endsWith("  in the way"))
                            .count(),
                    answer.out());
        }
    }

    @Test
    void aSocketIsFoundByItsFileWhateverItWasBoundAs() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), AGAIN, path.toString(), "move")) {
            JsonObject json = json(path + ".moved");
            assumeTrue(!json.getAsJsonArray("owners").isEmpty(), "which socket a file leads to is not seen here");
            assertEquals(server.number(1), owner(json).get("fd").getAsInt());
            assertEquals(path.toString(), owner(json).get("local").getAsString());
            assertEquals("ok", verdict(json(path.toString())));
        }
    }

    @Test
    void aConnectionThatWasAcceptedIsNotInTheWay() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), AGAIN, path.toString())) {
            StringWriter out = new StringWriter();
            assertEquals(
                    0,
                    Main.commandLine(new PrintWriter(out, true), new PrintWriter(out, true), "inspect")
                            .execute("inspect", "--pid", Integer.toString(server.number(0))),
                    out::toString);
            assertTrue(
                    out.toString().contains("fd " + server.number(2) + ": unix " + path + " stream, CONNECTED"),
                    out::toString);
            JsonObject json = json(path.toString());
            assertFalse(
                    json.getAsJsonArray("owners").asList().stream()
                            .anyMatch(each -> each.getAsJsonObject().get("fd").getAsInt() == server.number(2)),
                    json::toString);
        }
    }

    @Test
    void anAbstractNameIsFreeOnceItsSocketIsGone() throws IOException {
        String name = "@" + directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), TWO, name.substring(1))) {
            JsonObject json = json(name, "SO_REUSEADDR");
            assertEquals("EADDRINUSE", verdict(json));
            assertEquals(server.number(0), owner(json).get("pid").getAsInt());
            assertEquals("ok", verdict(json(name, "dgram")));
        }
        assertEquals("ok", verdict(json(name)));
    }

    @Test
    void aNameThatIsFilledUpWithNulsIsAnotherAndShown() throws IOException {
        String name = "@" + directory.resolve("a.sock");
        List<String> padded = List.of(
                "one = socket.socket(socket.AF_UNIX)",
                "one.bind(('\\0' + sys.argv[1]).encode().ljust(108, b'\\0'))",
                "one.listen()",
                "say(os.getpid())",
                "stay()");
        try (PythonScene server = new PythonScene(List.of(), padded, name.substring(1))) {
            JsonObject json = json(name);
            assertEquals("ok", verdict(json));
            assertEquals(server.number(0), owner(json).get("pid").getAsInt());
            assertFalse(owner(json).get("reached").getAsBoolean());
            assertTrue(json.get("notes").toString().contains("NULs"), json::toString);
        }
    }

    @Test
    void aFileThatNobodyListensAtIsStale() throws IOException {
        Path path = directory.resolve("a.sock");
        new PythonScene(List.of(), TWO, path.toString()).close();
        JsonObject json = json(path.toString());
        assertEquals("EADDRINUSE", verdict(json));
        assertTrue(json.get("reason").getAsString().contains("ECONNREFUSED"), json::toString);
        assertTrue(json.getAsJsonArray("owners").isEmpty(), json::toString);
        assertEquals(
                "[\"unlink(\\\"" + path + "\\\") before it binds, as servers do at their start\"]", remedies(json));
        Files.delete(path);
        assertEquals("ok", verdict(json(path.toString())));
        assertFalse(Files.exists(path));
    }

    @Test
    void aFileOfAnotherKindIsNeverToBeUnlinked() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        for (Path path : List.of(file, link, directory)) {
            JsonObject json = json(path.toString());
            assertEquals("EADDRINUSE", verdict(json));
            assertFalse(remedies(json).contains("unlink"), json::toString);
            assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
        }
    }

    @Test
    void theFolderThatIsInTheWayIsNamed() throws IOException {
        JsonObject missing = json(directory.resolve("no/such/a.sock").toString());
        assertEquals("ENOENT", verdict(missing));
        assertTrue(
                missing.get("reason")
                        .getAsString()
                        .endsWith(directory.resolve("no").toString()),
                missing::toString);
        Path file = Files.createFile(directory.resolve("file"));
        JsonObject inFile = json(file.resolve("a.sock").toString());
        assertEquals("ENOTDIR", verdict(inFile));
        assertEquals(file + " is no directory", inFile.get("reason").getAsString());
        Answer tooLong = run("/" + "a".repeat(200));
        assertEquals(3, tooLong.status());
        assertTrue(tooLong.err().contains("longer than"), tooLong.err());
        assertEquals(2, run("@").status());
    }

    private Path closed() throws IOException {
        Path closed = Files.createDirectory(directory.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-x------"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return closed;
    }

    @Test
    void whoMayNotWriteThereIsTold() throws IOException {
        assumeTrue(new JnrSyscalls().geteuid() != 0, "root may write everywhere");
        Path closed = closed();
        JsonObject json = json(closed.resolve("a.sock").toString());
        assertEquals("EACCES", verdict(json));
        assertTrue(json.get("reason").getAsString().contains("may not make a file in " + closed), json::toString);
    }

    @Test
    void anotherUserIsToldWhereItMayNotGo() throws IOException {
        Root.assume("another user", Root.Capability.CAP_SETUID);
        Path closed = closed();
        JsonObject json = json(closed.resolve("a.sock").toString(), "--uid", "65534");
        assertEquals("EACCES", verdict(json));
        assertTrue(json.get("reason").getAsString().contains("may not search " + closed), json::toString);
    }

    @Test
    void inspectListsTheNamesOfAProcess() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), TWO, path.toString())) {
            StringWriter out = new StringWriter();
            assertEquals(
                    0,
                    Main.commandLine(new PrintWriter(out, true), new PrintWriter(out, true), "inspect")
                            .execute("inspect", "--pid", Integer.toString(server.number(0))),
                    out::toString);
            for (String line : List.of(
                    ": unix " + path + " stream, LISTEN",
                    ": unix relative.sock dgram, BOUND",
                    ": unix @" + path + " stream, LISTEN")) {
                assertTrue(out.toString().contains(line), out::toString);
            }
        }
    }

    @Test
    void aTableIsForPeople() throws IOException {
        Path path = directory.resolve("a.sock");
        try (PythonScene server = new PythonScene(List.of(), TWO, path.toString())) {
            Answer answer = run(path.toString());
            assertEquals(0, answer.status(), answer.err());
            assertTrue(answer.out().startsWith("unix " + path + ": EADDRINUSE from bind\nWhy: "), answer.out());
            assertTrue(answer.out().contains("pid " + server.number(0) + " (python3)"), answer.out());
        }
    }
}
