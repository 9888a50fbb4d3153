package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Namespace;
import dev.reuseport.Nobody;
import dev.reuseport.abi.Abi;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a member's leaving costs on Linux, under both settings of net.ipv4.tcp_migrate_req. */
@Timeout(120)
final class RestartIT {
    @BeforeAll
    static void onLinux() throws InterruptedException {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: net.ipv4.tcp_migrate_req");
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, for net.ipv4.tcp_migrate_req");
    }

    private static JsonObject restart(int migrateReq, String options) throws Exception {
        return restart(0, migrateReq, "true", options);
    }

    private static JsonObject restart(int status, int migrateReq, String shell, String options) throws Exception {
        try (Launched launched = Namespace.launchAfter(
                "echo " + migrateReq + " > /proc/sys/net/ipv4/tcp_migrate_req && " + shell,
                ("restart --format json " + options).split(" "))) {
            assertEquals(status, launched.awaitExit(), () -> launched.err().toString());
            JsonObject json =
                    JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
            assertEquals(migrateReq, json.get("migrateReq").getAsInt());
            return json;
        }
    }

    private static int number(JsonObject json, String key) {
        return json.get(key).getAsInt();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void closingLosesExactlyItsQueue(String mode) throws Exception {
        JsonObject json = restart(0, "--mode " + mode);
        assertEquals(200, number(json, "queued"));
        assertTrue(number(json, "queuedOnLeaver") > 0, json::toString);
        assertEquals(number(json, "queuedOnLeaver"), number(json, "lost"));
        assertEquals(200, number(json, "answered") + number(json, "lost"));
        assertEquals(number(json, "lost"), number(json.getAsJsonObject("failures"), "ECONNRESET"));
    }

    @Test
    void closingLosesNothingWhereTheKernelHandsTheQueueOn() throws Exception {
        JsonObject json = restart(1, "");
        assertTrue(number(json, "queuedOnLeaver") > 0, json::toString);
        assertEquals(0, number(json, "lost"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "steer-drain", "filter-drain", "drain --mode jdk"})
    void whoAcceptsWhatIsQueuedLosesNothing(String strategy) throws Exception {
        JsonObject json = restart(0, "--strategy " + strategy);
        assertTrue(number(json, "queuedOnLeaver") > 0, json::toString);
        assertEquals(0, number(json, "lost"));
        assertEquals(200, number(json, "answered"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"steer-drain", "filter-drain"})
    void everyMemberIsReplacedUnderLoadWithoutALoss(String strategy) throws Exception {
        JsonObject json = restart(0, "--rolling --duration 1s --listeners 3 --rate 500 --strategy " + strategy);
        JsonObject rolling = json.getAsJsonObject("rolling");
        assertEquals(3, number(rolling, "replaced"));
        assertEquals(500, number(json, "queued"));
        assertEquals(0, number(json, "lost"), json::toString);
        assertTrue(number(rolling, "worstStallMicros") > 0);
        JsonObject latency = rolling.getAsJsonObject("latencyMicros");
        assertTrue(number(latency, "p50") > 0 && number(latency, "p50") <= number(latency, "max"), json::toString);
    }

    /** Kernels before 2026 let everybody attach the filter; those after let everybody limit the hops. */
    @Test
    void anOrdinaryUsersMemberIsReplacedWithoutALossToo() throws Exception {
        try (Launched launched = Nobody.launched(
                "restart --rolling --duration 1s --listeners 3 --rate 500 --strategy filter-drain --format json"
                        .split(" "))) {
            assertEquals(0, launched.awaitExit(), () -> launched.err().toString());
            JsonObject json =
                    JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
            assertEquals(3, number(json.getAsJsonObject("rolling"), "replaced"));
            assertEquals(500, number(json, "queued"));
            assertEquals(0, number(json, "lost"), json::toString);
        }
    }

    @Test
    void outOfDescriptorsItEndsWithWhatItMeasured() throws Exception {
        JsonObject json = restart(1, 0, "ulimit -n 300", "--queued 1000 --strategy drain");
        assertTrue(json.get("endedEarly").getAsString().startsWith("out of descriptors"), json::toString);
        assertTrue(number(json, "queued") > 0 && number(json, "queued") < 300, json::toString);
        assertEquals(0, number(json, "lost"));
    }

    @Test
    void aStreamEndsWithWhatItMeasuredToo() throws Exception {
        JsonObject json = restart(1, 0, "ulimit -n 100", "--rolling --rate 20000 --duration 1s");
        assertTrue(json.get("endedEarly").getAsString().contains("EMFILE"), json::toString);
        assertTrue(number(json, "answered") > 0, json::toString);
    }

    @Test
    void aFullQueueEndsItWithWhatItMeasured() throws Exception {
        JsonObject json = restart(1, 0, "echo 16 > /proc/sys/net/core/somaxconn", "");
        assertTrue(json.get("endedEarly").getAsString().contains("queue was full"), json::toString);
        assertEquals(number(json, "queuedOnLeaver"), number(json, "lost"));
    }
}
