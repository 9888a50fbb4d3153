package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Nobody;
import dev.reuseport.SockDiagOfHost;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ExplainIT {
    private static final Path PORT_START = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

    @BeforeEach
    void onLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "who has a port can be seen on Linux only");
    }

    private static JsonObject json(Launched explain) throws InterruptedException {
        assertEquals(0, explain.awaitExit(), () -> explain.err() + " " + explain.out());
        return JsonParser.parseString(String.join("\n", explain.out())).getAsJsonObject();
    }

    private static List<String> strings(JsonArray array) {
        return array.asList().stream().map(element -> element.getAsString()).toList();
    }

    @Test
    void aPrivilegedPortNeedsRoot() throws Exception {
        String start = Files.readAllLines(PORT_START).get(0);
        assumeTrue(Integer.parseInt(start) > 1, "port 1 is not privileged: ip_unprivileged_port_start is " + start);
        try (Launched explain = Nobody.launched("explain", "tcp", "127.0.0.1:1", "--format", "json")) {
            JsonObject json = json(explain);
            assertEquals("EACCES", json.get("verdict").getAsString());
            assertEquals("EACCES", json.get("predicted").getAsString());
            assertEquals("privileged-port", json.get("rule").getAsString());
            assertEquals(
                    List.of(
                            "bind as root, or with CAP_NET_BIND_SERVICE",
                            "lower net.ipv4.ip_unprivileged_port_start to 1"),
                    strings(json.getAsJsonArray("remedies")));
        }
    }

    @Test
    void withoutPrivilegeItShowsWhatTheKernelTellsEverybody() throws Exception {
        SockDiagOfHost.assumePresent();
        try (ServerSocket owner = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
                Launched explain = Nobody.launched("explain", "tcp", "127.0.0.1:" + owner.getLocalPort())) {
            assertEquals(0, explain.awaitExit(), explain.err()::toString);
            List<String> out = explain.out();
            assertTrue(
                    out.stream()
                            .anyMatch(line -> line.contains("LISTEN")
                                    && line.contains("SO_REUSEADDR=? SO_REUSEPORT=?")
                                    && line.matches(".* 0 of 5 +in the way")),
                    out::toString);
        }
    }

    @Test
    void withoutPrivilegeItSaysWhatItKnowsWithoutTheFlags() throws Exception {
        SockDiagOfHost.assumePresent();
        try (ServerSocketChannel owner = ServerSocketChannel.open()) {
            owner.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            owner.bind(new InetSocketAddress(Loopback.inet(), 0));
            int port = ((InetSocketAddress) owner.getLocalAddress()).getPort();
            try (Launched explain = Nobody.launched(
                    "explain", "tcp", Loopback.here("[::1]:") + port, "SO_REUSEPORT", "--format", "json")) {
                JsonObject json = json(explain);
                assertEquals("EADDRINUSE", json.get("verdict").getAsString());
                JsonObject seen = json.getAsJsonArray("owners").get(0).getAsJsonObject();
                assertEquals(0, seen.get("uid").getAsInt());
                assertTrue(seen.get("pid").isJsonNull());
                assertTrue(seen.get("reusePort").isJsonNull());
                assertEquals("LISTEN", seen.get("state").getAsString());
                assertEquals(0, seen.get("queue").getAsInt());
                assertEquals(50, seen.get("backlog").getAsInt());
                assertEquals("unknown", json.get("rule").getAsString());
                String reason = json.get("reason").getAsString();
                assertTrue(reason.startsWith("one of these, as flags could not be read: "), reason);
                assertTrue(reason.contains("the process of uid 0 that cannot be seen"), reason);
                assertTrue(reason.contains("without SO_REUSEPORT"), reason);
                assertTrue(reason.contains("one effective user"), reason);
                List<String> notes = strings(json.getAsJsonArray("notes"));
                assertTrue(notes.stream().anyMatch(note -> note.contains("cannot be seen from here")), notes::toString);
            }
        }
    }

    @Test
    void textSaysWhoWhyAndWhatWouldHelp() throws Exception {
        try (ServerSocket owner = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
                Launched explain =
                        new Launched("explain", "tcp", "127.0.0.1:" + owner.getLocalPort(), "SO_REUSEPORT")) {
            assertEquals(0, explain.awaitExit(), explain.err()::toString);
            List<String> out = explain.out();
            assertEquals("tcp 127.0.0.1:" + owner.getLocalPort() + " SO_REUSEPORT: EADDRINUSE from bind", out.get(0));
            assertTrue(
                    out.get(1).startsWith("Why: pid " + ProcessHandle.current().pid() + " ("), out::toString);
            assertTrue(
                    out.stream().anyMatch(line -> line.matches("member +pid +fd +uid +address +state +flags +queue")),
                    out::toString);
            assertTrue(
                    out.stream().anyMatch(line -> line.contains("LISTEN") && line.endsWith("in the way")),
                    out::toString);
        }
    }
}
