package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Namespace;
import dev.reuseport.abi.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Linux does with connections, seen by the packaged program. */
@Timeout(120)
final class SpreadIT {
    @BeforeAll
    static void onLinux() {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: it spreads TCP by a hash");
    }

    private static JsonObject json(int status, Launched launched) throws InterruptedException {
        try (launched) {
            assertEquals(status, launched.awaitExit(), () -> launched.err().toString());
            return JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
        }
    }

    private static JsonObject spread(String options) throws Exception {
        return json(0, Namespace.launch(("spread --format json " + options).split(" ")));
    }

    private static List<Integer> counts(JsonObject spread) {
        return StreamSupport.stream(spread.getAsJsonArray("members").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(member -> member.get("connections").getAsInt())
                .toList();
    }

    private static int sum(JsonObject spread) {
        return counts(spread).stream().mapToInt(Integer::intValue).sum();
    }

    private static void assertEven(JsonObject spread) {
        assertEquals(spread.get("connections").getAsInt(), sum(spread));
        assertTrue(spread.get("pValue").getAsDouble() > 0.0001, spread::toString);
        assertEquals(counts(spread).size() - 1, spread.get("degreesOfFreedom").getAsInt());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 64, 512})
    void theHashSpreadsTenThousandEvenly(int listeners) throws Exception {
        JsonObject spread = spread("--listeners " + listeners);
        assertEquals(10_000, spread.get("connections").getAsInt());
        assertEquals(listeners, counts(spread).size());
        assertEven(spread);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--mode jdk", "--mode jdk --listeners 64", "--listen-addr ::1"})
    void itDoesSoWhicheverWayTheyListen(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        assertEven(spread("--connections 2000 " + how));
    }

    @Test
    void steeringAllToOneIsNotEven() throws Exception {
        JsonObject spread = spread("--steer 1 --connections 1000");
        assertEquals(List.of(0, 1000, 0, 0), counts(spread));
        assertTrue(spread.get("pValue").getAsDouble() < 0.0001);
        assertEquals("1", spread.get("steer").getAsString());
    }

    @Test
    void anIndexThatNobodyHasLeavesItToTheHash() throws Exception {
        assertEven(spread("--steer 4 --connections 2000"));
    }

    @Test
    void randomSteeringIsEven() throws Exception {
        assertEven(spread("--steer random --connections 2000"));
    }

    @Test
    void steeringByCpuReachesOnlyMembersThatAreCpus() throws Exception {
        JsonObject spread = spread("--steer cpu --connections 500 --listeners 1024");
        int cpus = Runtime.getRuntime().availableProcessors();
        Assumptions.assumeTrue(cpus < 64, "fewer CPUs than members");
        long reached = counts(spread).stream().filter(count -> count > 0).count();
        assertTrue(reached <= cpus, spread::toString);
        assertEquals(500, sum(spread));
    }

    @Test
    void busyMembersGetTheirShareAllTheSame() throws Exception {
        JsonObject spread = spread("--busy 2 --connections 2000");
        assertEven(spread);
        assertTrue(spread.getAsJsonArray("members")
                .get(0)
                .getAsJsonObject()
                .get("busy")
                .getAsBoolean());
        assertTrue(spread.get("notes").toString().contains("net.core.somaxconn"), spread::toString);
    }

    @Test
    void processesAreCountedByWhoAnswered() throws Exception {
        JsonObject spread = spread("--processes --listeners 3 --busy 1 --connections 900");
        assertEven(spread);
        long pids = StreamSupport.stream(spread.getAsJsonArray("members").spliterator(), false)
                .map(member -> member.getAsJsonObject().get("pid").getAsLong())
                .distinct()
                .count();
        assertEquals(3, pids);
    }

    @Test
    void fourThousandListenersFitIntoOneProcess() throws Exception {
        JsonObject spread = json(
                0,
                Namespace.launchAfter(
                        "ulimit -n 8192",
                        "spread",
                        "--listeners",
                        "4096",
                        "--connections",
                        "5000",
                        "--format",
                        "json"));
        assertEquals(4096, counts(spread).size());
        assertEquals(5000, sum(spread));
    }

    @Test
    void outOfDescriptorsWhileListeningItGoesOnWithTheRest() throws Exception {
        JsonObject spread = json(
                0,
                Namespace.launchAfter(
                        "ulimit -n 400", "spread", "--listeners", "4096", "--connections", "1000", "--format", "json"));
        assertTrue(spread.get("notes").toString().contains("out of descriptors"), spread::toString);
        assertTrue(counts(spread).size() > 1 && counts(spread).size() < 400, spread::toString);
        assertEquals(1000, sum(spread));
    }

    @Test
    void outOfDescriptorsWhileConnectingItEndsWithWhatItMeasured() throws Exception {
        JsonObject spread =
                json(1, Namespace.launchAfter("ulimit -n 400", "spread", "--busy", "4", "--format", "json"));
        assertTrue(spread.get("endedEarly").getAsString().startsWith("out of descriptors"), spread::toString);
        assertEquals(1, spread.getAsJsonObject("failures").get("EMFILE").getAsInt());
        int made = spread.get("connections").getAsInt();
        assertTrue(made > 0 && made < 400, spread::toString);
        assertEquals(made, sum(spread));
    }

    @Test
    void aFullQueueIsNamed() throws Exception {
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, for net.core.somaxconn");
        JsonObject spread = json(
                1,
                Namespace.launchAfter(
                        "echo 16 > /proc/sys/net/core/somaxconn", "spread", "--busy", "1", "--format", "json"));
        assertTrue(spread.get("endedEarly").getAsString().contains("queue was full"), spread::toString);
        assertTrue(spread.get("notes").toString().contains("net.core.somaxconn is 16"), spread::toString);
        assertEquals(17, counts(spread).get(0), "a queue of 16 holds one more");
        assertEquals(spread.get("connections").getAsInt(), sum(spread));
    }

    @Test
    void nothingOutlastsTheTimeout() throws Exception {
        JsonObject spread = json(
                1, Namespace.launch("spread", "--connections", "2000000000", "--timeout", "300ms", "--format", "json"));
        assertEquals("the time was over", spread.get("endedEarly").getAsString());
        assertNotEquals(0, sum(spread));
        assertEquals(spread.get("connections").getAsInt(), sum(spread));
    }

    @Test
    void theTextHasABarForEachMember() throws Exception {
        try (Launched launched = Namespace.launch("spread", "--connections", "500")) {
            assertEquals(0, launched.awaitExit());
            assertEquals(
                    4,
                    launched.out().stream()
                            .filter(line -> line.matches("\\d +\\d+ +[\\d.]+ % +#+"))
                            .count(),
                    () -> launched.out().toString());
            assertTrue(launched.out().get(launched.out().size() - 1).startsWith("chi-square "));
        }
    }

    @Test
    void onATerminalALongRunShowsHowFarItIs() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script(1), for a terminal");
        String command = "NO_COLOR=1 '" + Launched.launcher() + "' spread --connections 20000 --listeners 2";
        try (Launched launched =
                new Launched(new ProcessBuilder("/usr/bin/script", "-q", "-e", "-c", command, "/dev/null"))) {
            assertEquals(0, launched.awaitExit());
            String seen = String.join("\n", launched.out());
            assertTrue(seen.matches("(?s)\\s*\\d+ of 20000 connections.*"), seen);
            assertFalse(seen.contains("\u001b["), "no colour");
        }
    }

    @Test
    void elsewhereItDoesNot() throws Exception {
        try (Launched launched = Namespace.launch("spread", "--connections", "20000", "--listeners", "2")) {
            assertEquals(0, launched.awaitExit());
            assertEquals(List.of(), launched.err());
        }
    }
}
