package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code list} of real sockets, as text, JSON and OpenMetrics. */
@Timeout(120)
final class ListIT {
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-z_]+)\\{([a-z0-9]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"(?:,[a-z0-9]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\")*)\\}"
                    + " ([0-9]+)");

    @TempDir
    private Path scratch;

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "the sockets of others are seen on Linux");
    }

    private static List<String> listed(String... arguments) throws Exception {
        try (Launched list = new Launched(arguments)) {
            assertEquals(0, list.awaitExit(), list.err()::toString);
            return list.out();
        }
    }

    private static List<JsonObject> sockets(JsonObject answer, int port) {
        List<JsonObject> found = new ArrayList<>();
        for (JsonElement each : answer.getAsJsonArray("sockets")) {
            if (each.getAsJsonObject().get("local").getAsString().endsWith(":" + port)) {
                found.add(each.getAsJsonObject());
            }
        }
        return found;
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private static JsonObject json(String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("list", "--format", "json"));
        command.addAll(List.of(more));
        return JsonParser.parseString(String.join("\n", listed(command.toArray(String[]::new))))
                .getAsJsonObject();
    }

    @Test
    void eachMemberOfAnNginxHasALine() throws Exception {
        try (NginxScene nginx = NginxScene.start(scratch, "127.0.0.1", 3)) {
            List<String> lines = listed("list", "tcp").stream()
                    .filter(line -> line.contains(" " + nginx.address() + " "))
                    .toList();
            assertEquals(3, lines.size(), lines::toString);
            for (String line : lines) {
                assertTrue(line.matches("tcp .* nginx.* SO_REUSEADDR SO_REUSEPORT +0 of 511 +0"), line);
            }
            Set<Long> pids = new HashSet<>();
            for (JsonObject socket : sockets(json("tcp"), port(nginx.address()))) {
                assertEquals("nginx", socket.get("command").getAsString());
                assertTrue(socket.get("reusePort").getAsBoolean());
                assertEquals(511, socket.get("limit").getAsLong());
                assertEquals(0, socket.get("drops").getAsLong());
                pids.add(socket.get("pid").getAsLong());
            }
            assertEquals(3, pids.size(), "each worker accepts from one");
        }
    }

    @Test
    void aDatagramThatWaitsIsInTheQueueAndOneSocketIsEnough() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
                ServerSocket listener = new ServerSocket(0, 7, InetAddress.getByName("127.0.0.1"));
                DatagramSocket sender = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            sender.send(new DatagramPacket(new byte[100], 100, socket.getLocalSocketAddress()));
            JsonObject answer = json();
            JsonObject udp = sockets(answer, socket.getLocalPort()).get(0);
            assertEquals("udp", udp.get("protocol").getAsString());
            assertTrue(udp.get("queue").getAsLong() >= 100, udp::toString);
            assertEquals(socket.getReceiveBufferSize() * 2L, udp.get("limit").getAsLong());
            assertEquals(ProcessHandle.current().pid(), udp.get("pid").getAsLong());
            JsonObject tcp = sockets(answer, listener.getLocalPort()).get(0);
            assertEquals(7, tcp.get("limit").getAsLong());
            assertEquals(List.of(), sockets(json("tcp"), socket.getLocalPort()));
        }
    }

    @Test
    void whoHasNoPrivilegeGetsQuestionMarksAndOneLineWhy() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 7, InetAddress.getByName("127.0.0.1"));
                Launched list = Nobody.launched("list", "tcp")) {
            assertEquals(0, list.awaitExit(), list.err()::toString);
            String line = list.out().stream()
                    .filter(each -> each.contains(":" + listener.getLocalPort() + " "))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(list.out()));
            assertTrue(line.matches("tcp .* \\? .*SO_REUSEADDR=\\? SO_REUSEPORT=\\?.* 0 of 7 +0"), line);
            assertEquals(
                    1,
                    list.out().stream()
                            .filter(each -> each.startsWith("Note: ? stands for"))
                            .count(),
                    list.out()::toString);
        }
    }

    @Test
    void ctrlCEndsAWatchWith130() throws Exception {
        try (Launched list = new Launched("list", "--watch=200ms", "--format", "json")) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (list.out().size() < 2) {
                assertTrue(list.process().isAlive() && System.nanoTime() < deadline, list.err()::toString);
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertEquals(
                    0,
                    new ProcessBuilder("sh", "-c", "kill -INT " + list.pid())
                            .start()
                            .waitFor());
            assertEquals(130, list.awaitExit());
            JsonObject second = JsonParser.parseString(list.out().get(1)).getAsJsonObject();
            assertTrue(second.get("seconds").getAsDouble() > 0);
            assertTrue(second.has("sockets"));
        }
    }

    /** A family's lines stand together, each sample below what says of which type it is, and the last line is the end. */
    private static void assertExposition(List<String> lines) {
        assertEquals("# EOF", lines.get(lines.size() - 1));
        String family = "";
        String type = "";
        Set<String> families = new HashSet<>();
        Set<String> samples = new HashSet<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] words = line.split(" ");
            if (line.startsWith("# HELP ")) {
                family = words[2];
                assertTrue(families.add(family), line);
            } else if (line.startsWith("# TYPE ")) {
                assertEquals(family, words[2]);
                type = words[3];
                assertTrue(Set.of("gauge", "counter").contains(type), line);
            } else if (line.startsWith("# UNIT ")) {
                assertTrue(words[2].equals(family) && family.endsWith("_" + words[3]), line);
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), line);
                assertEquals(family + (type.equals("counter") ? "_total" : ""), sample.group(1));
                assertTrue(samples.add(sample.group(1) + sample.group(2)), line);
            }
        }
        assertEquals(5, families.size());
    }

    @Test
    void openMetricsIsAnExpositionWhateverAProcessCallsItself() throws Exception {
        try (NamedHolder holder = new NamedHolder()) {
            holder.rename("a\"b\\c\nd\u001b{x}".getBytes(StandardCharsets.UTF_8));
            List<String> lines = listed("list", "--format", "openmetrics");
            assertExposition(lines);
            String sample = lines.stream()
                    .filter(line -> line.startsWith("reuseport_accept_queue_limit{")
                            && line.contains(":" + holder.port() + "\""))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(lines));
            assertTrue(sample.contains("pid=\"" + holder.pid() + "\""), sample);
            assertTrue(sample.contains("command=\"a\\\"b\\\\c\\\\x0ad\\\\x1b{x}\""), sample);
            // Not every user has a name.
            assertTrue(sample.matches(".*,uid=\"\\d+\"(,user=\"[^\"]+\")?} \\d+"), sample);
            assertTrue(lines.contains("# TYPE reuseport_drops counter"));
        }
    }

    /** Debian has it as python3-prometheus-client. */
    @Test
    void prometheusOwnParserReadsIt() throws Exception {
        assumeTrue(parser(List.of(), "").equals("0"), "python3-prometheus-client is not installed");
        try (NamedHolder holder = new NamedHolder()) {
            holder.rename("a\"b\\c".getBytes(StandardCharsets.UTF_8));
            List<String> lines = listed("list", "--format", "openmetrics");
            long samples = lines.stream().filter(line -> !line.startsWith("#")).count();
            assertEquals(Long.toString(samples), parser(lines, "a\"b\\c"));
        }
    }

    /** Returns how many samples it finds; anything else if it refuses them, or none has that command. */
    private static String parser(List<String> lines, String command) throws IOException, InterruptedException {
        String python = "import sys\n"
                + "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n"
                + "text = sys.stdin.read() or '# EOF\\n'\n"
                + "samples = [s for f in parse(text) for s in f.samples]\n"
                + "print(len(samples) if not samples or any(s.labels.get('command') == sys.argv[1] for s in samples)"
                + " else 'nobody')\n";
        Process process;
        try {
            process = new ProcessBuilder("python3", "-c", python, command)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return "";
        }
        try (var in = process.getOutputStream()) {
            in.write((lines.isEmpty() ? "" : String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.strip();
    }

    @Test
    void openMetricsIsOfOneLook() throws Exception {
        try (Launched list = new Launched("list", "--format", "openmetrics", "--watch")) {
            assertEquals(2, list.awaitExit());
            assertTrue(list.err().get(0).contains("openmetrics is of one look"), list.err()::toString);
            assertFalse(list.out().stream().anyMatch(line -> line.contains("EOF")));
        }
    }
}
