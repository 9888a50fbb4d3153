package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Namespace;
import dev.reuseport.abi.Abi;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of flows of datagrams on Linux, seen by the packaged program. */
@Timeout(120)
final class RestartUdpIT {
    /** Six standard deviations of a share of 2000. */
    private static final double TOLERANCE = 0.07;

    @BeforeAll
    static void onLinux() {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: it spreads datagrams by a hash");
    }

    private static JsonObject restart(String options) throws Exception {
        String line = "restart --protocol udp --format json " + options;
        try (Launched launched = Namespace.launch(line.trim().split(" "))) {
            assertEquals(0, launched.awaitExit(), () -> launched.err().toString());
            return JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--listeners 2                       | 0.5",
                "--listeners 4                       | 0.75",
                "--listeners 4 --leaver 3            | 0.5",
                "--listeners 4 --join                | 0.5",
                "--listeners 4 --mode jdk            | 0.75",
                "--listeners 4 --listen-addr ::1     | 0.75",
                "--listeners 8 --strategy steer-drain| 0.625"
            })
    void asManyFlowsMoveAsTheHashSays(String options, double share) throws Exception {
        Loopback.assumeIpv6(options.contains("::1"));
        JsonObject restart = restart(options);
        assertEquals(2000, restart.get("flows").getAsInt());
        assertEquals(share, restart.get("expectedShare").getAsDouble(), 1e-9);
        assertEquals(share, restart.get("movedShare").getAsDouble(), TOLERANCE, restart::toString);
        if (!options.contains("--join")) {
            int own = restart.get("ownFlows").getAsInt();
            assertTrue(own > 0 && restart.get("moved").getAsInt() >= own, restart::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --mode jdk", " --listen-addr ::1"})
    void whoClosesLosesWhatItHasNotRead(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        JsonObject restart = restart("--strategy close" + how);
        int queued = restart.get("queuedOnLeaver").getAsInt();
        assertTrue(queued > 0, restart::toString);
        assertEquals(queued, restart.get("lost").getAsInt());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"drain", "steer-drain", "drain --mode jdk", "steer-drain --listen-addr ::1", "drain --leaver 1"})
    void whoReadsFirstLosesNothing(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        JsonObject restart = restart("--strategy " + how);
        assertTrue(restart.get("queuedOnLeaver").getAsInt() > 0, restart::toString);
        assertEquals(0, restart.get("lost").getAsInt(), restart::toString);
        assertEquals(!how.startsWith("steer"), restart.get("movedMeanwhile").isJsonNull());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--protocol udp --rolling",
                "--protocol udp --strategy filter-drain",
                "--protocol udp --leaver 2",
                "--join"
            })
    void whatDoesNotGoTogetherIsRefused(String options) throws Exception {
        try (Launched launched = new Launched(("restart " + options).split(" "))) {
            assertEquals(2, launched.awaitExit());
            assertFalse(launched.err().isEmpty());
        }
    }
}
