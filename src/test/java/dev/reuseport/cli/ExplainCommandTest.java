package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void jsonHasTheOwnerAndItsFlags() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        try (NativeSocket owner = NativeSocket.open(new JnrSyscalls(), Loopback.family(), Const.SOCK_STREAM)) {
            owner.set(SockOpts.SO_REUSEADDR, true);
            owner.bind(Loopback.address());
            owner.listen(9);
            String where = owner.localAddress().toString();
            assertEquals(0, run("explain", "tcp", where, "SO_REUSEPORT", "--format", "json"), err::toString);
            JsonObject json = JsonParser.parseString(out.toString()).getAsJsonObject();
            assertEquals("EADDRINUSE", json.get("verdict").getAsString());
            assertEquals("EADDRINUSE", json.get("predicted").getAsString());
            assertTrue(json.get("agrees").getAsBoolean());
            assertEquals("bind", json.get("call").getAsString());
            assertEquals("owner-lacks-reuse-port", json.get("rule").getAsString());
            assertFalse(json.getAsJsonArray("remedies").isEmpty());
            JsonObject seen = json.getAsJsonArray("owners").get(0).getAsJsonObject();
            assertEquals(ProcessHandle.current().pid(), seen.get("pid").getAsLong());
            assertEquals(owner.fd(), seen.get("fd").getAsInt());
            assertEquals(where, seen.get("local").getAsString());
            assertEquals("LISTEN", seen.get("state").getAsString());
            assertTrue(seen.get("reuseAddr").getAsBoolean());
            assertFalse(seen.get("reusePort").getAsBoolean());
            assertEquals(0, seen.get("queue").getAsInt());
            assertEquals(9, seen.get("backlog").getAsInt());
            assertTrue(seen.get("inTheWay").getAsBoolean());
            assertTrue(json.get("untried").isJsonNull());
        }
    }

    @Test
    void whatWasNotTriedIsSaid() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "Linux: whose flags can be read");
        try (NativeSocket member = NativeSocket.open(new JnrSyscalls(), Loopback.family(), Const.SOCK_DGRAM)) {
            member.set(SockOpts.SO_REUSEPORT, true);
            member.bind(Loopback.address());
            String where = member.localAddress().toString();
            assertEquals(0, run("explain", "udp", where, "SO_REUSEPORT"), err::toString);
            assertTrue(
                    out.toString().startsWith("udp " + where + " SO_REUSEPORT: ok by the rules, bind not tried\n"),
                    out::toString);
            for (boolean anyway : new boolean[] {false, true}) {
                out.getBuffer().setLength(0);
                List<String> line =
                        new ArrayList<>(List.of("explain", "udp", where, "SO_REUSEPORT", "--format", "json"));
                line.addAll(anyway ? List.of("--try") : List.of());
                assertEquals(0, run(line.toArray(String[]::new)), err::toString);
                JsonObject json = JsonParser.parseString(out.toString()).getAsJsonObject();
                assertEquals("ok", json.get("verdict").getAsString());
                assertEquals(anyway, json.get("untried").isJsonNull(), json::toString);
            }
        }
    }

    @Test
    void aSuccessHasNeitherCallNorRemedies() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        assertEquals(0, run("explain", "udp", "127.0.0.1:0", "--format", "json"), err::toString);
        JsonObject json = JsonParser.parseString(out.toString()).getAsJsonObject();
        assertEquals("ok", json.get("verdict").getAsString());
        assertTrue(json.get("call").isJsonNull());
        assertTrue(json.getAsJsonArray("remedies").isEmpty());
    }

    @Test
    @NeedsIpv6
    void allAddressesOfANameAreExplained(@TempDir Path folder) throws Exception {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        Path hosts = Files.writeString(folder.resolve("hosts"), "::1 both.test\n127.0.0.1 both.test\n");
        try (NativeSocket owner = NativeSocket.open(new JnrSyscalls(), Const.AF_INET, Const.SOCK_STREAM)) {
            owner.bind(Sockaddr.resolve("127.0.0.1", 0));
            owner.listen(1);
            String where = "both.test:" + owner.localAddress().port();
            try (Launched json = named(hosts, where, "--format", "json");
                    Launched text = named(hosts, where)) {
                assertEquals(0, json.awaitExit(), json.err()::toString);
                JsonObject told =
                        JsonParser.parseString(String.join("\n", json.out())).getAsJsonObject();
                assertEquals("EADDRINUSE", told.get("verdict").getAsString(), "the first that fails is told first");
                JsonArray answers = told.getAsJsonArray("answers");
                assertEquals(2, answers.size());
                assertEquals(
                        owner.localAddress().toString(),
                        answers.get(1).getAsJsonObject().get("address").getAsString());
                assertEquals(0, text.awaitExit(), text.err()::toString);
                assertTrue(text.out().stream().anyMatch(line -> line.startsWith("tcp [::1]:")), text.out()::toString);
                assertTrue(
                        text.out().contains("tcp " + owner.localAddress() + ": EADDRINUSE from bind"),
                        text.out()::toString);
            }
        }
    }

    @Test
    void aStepOfTryIsExplainedWithItsListen() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        assertEquals(0, run("explain", "tcp", Loopback.address().toString(), "SO_REUSEADDR", "listen"), err::toString);
        assertTrue(out.toString().contains(" SO_REUSEADDR: ok\n"), out::toString);
        assertEquals(2, run("explain", "udp", "127.0.0.1:0", "listen"));
    }

    @Test
    void aWildcardIsWrittenAsSsPrintsIt() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        try (NativeSocket owner = NativeSocket.open(new JnrSyscalls(), Loopback.family(), Const.SOCK_STREAM)) {
            owner.bind(Loopback.address());
            owner.listen(9);
            int port = owner.localAddress().port();
            for (String where : new String[] {Integer.toString(port), ":" + port, "*:" + port}) {
                out.getBuffer().setLength(0);
                assertEquals(0, run("explain", "tcp", where), err::toString);
                String wildcard = Loopback.family() == Const.AF_INET6 ? "[::]:" : "0.0.0.0:";
                assertTrue(out.toString().startsWith("tcp " + wildcard + port + ": EADDRINUSE"), out::toString);
            }
        }
    }

    private static Launched named(Path hosts, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts,
                "-cp",
                System.getProperty("java.class.path"),
                "dev.reuseport.cli.Main",
                "explain",
                "tcp"));
        line.addAll(List.of(arguments));
        return new Launched(new ProcessBuilder(line));
    }

    @Test
    void wrongArgumentsAreNamed() {
        for (String[] wrong : new String[][] {
            {"explain"},
            {"explain", "tcp"},
            {"explain", "sctp", "127.0.0.1:1"},
            {"explain", "tcp", "127.0.0.1"},
            {"explain", "tcp", "*"},
            {"explain", "tcp", "65536"},
            {"explain", "tcp", ":"},
            {"explain", "unix", "@"},
            {"explain", "tcp", "127.0.0.1:65536"},
            {"explain", "tcp", "::1:80"},
            {"explain", "tcp", "127.0.0.1:1", "SO_NOTHING"},
            {"explain", "tcp", "127.0.0.1:1", "SO_REUSEPORT=maybe"},
            {"explain", "tcp", "127.0.0.1:1", "SO_BINDTODEVICE=a b", "--uid", "65534"},
            {"explain", "tcp", "127.0.0.1:1", "--uid", "-1"}
        }) {
            assertEquals(2, run(wrong), String.join(" ", wrong));
        }
        assertEquals("", out.toString());
    }
}
