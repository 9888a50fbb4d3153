package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Namespace;
import dev.reuseport.Nobody;
import dev.reuseport.abi.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reports of the host that runs this, and what two of them differ by. */
@Timeout(900)
final class ReportIT {
    private static final long PATIENCE_SECONDS = 280;
    private static final String DISABLE =
            "for each in all lo; do echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done";

    @TempDir
    private Path scratch;

    private static String outOf(Launched launched) throws InterruptedException {
        try (launched) {
            assertTrue(launched.process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "still running");
            assertEquals(0, launched.awaitExit(), () -> launched.err() + " " + launched.out());
            return String.join("\n", launched.out());
        }
    }

    private static List<JsonObject> runs(JsonObject report) {
        List<JsonObject> runs = new ArrayList<>();
        for (Map.Entry<String, JsonElement> part :
                report.getAsJsonObject("parts").entrySet()) {
            JsonObject found = part.getValue().getAsJsonObject();
            if (found.has("status")) {
                runs.add(found);
            } else {
                found.entrySet().forEach(each -> runs.add(each.getValue().getAsJsonObject()));
            }
        }
        return runs;
    }

    private static JsonObject checked(String text) {
        JsonObject report = JsonParser.parseString(text).getAsJsonObject();
        assertEquals(1, report.get("schema").getAsInt());
        assertEquals(
                Set.of("numbers", "sysctls", "options", "compare", "bind", "claims", "spread", "restart", "start"),
                report.getAsJsonObject("parts").keySet());
        for (JsonObject run : runs(report)) {
            String status = run.get("status").getAsString();
            assertTrue(Set.of("done", "notPossible").contains(status), run::toString);
            assertEquals(status.equals("done"), !run.get("answer").isJsonNull(), run::toString);
            assertTrue(status.equals("done") || !run.get("reason").isJsonNull(), run::toString);
        }
        return report;
    }

    @Test
    void twoReportsOfOneHostDoNotDiffer() throws Exception {
        Path one = scratch.resolve("one.json");
        Path other = scratch.resolve("other.json");
        for (Path file : List.of(one, other)) {
            outOf(new Launched("report", "--out", file.toString()));
            checked(Files.readString(file));
        }
        assertTrue(outOf(new Launched("diff", one.toString(), other.toString())).endsWith("No difference."));
        assertTrue(outOf(new Launched("diff", one.toString(), other.toString(), "--format", "json"))
                .contains("\"differences\": []"));
    }

    @Test
    void anOrdinaryUserGetsOneAndIsToldWhatIsMissing() throws Exception {
        JsonObject report = checked(outOf(Nobody.launched("report")));
        assertEquals(Nobody.UID, report.getAsJsonObject("host").get("uid").getAsInt());
        JsonObject several =
                report.getAsJsonObject("parts").getAsJsonObject("bind").getAsJsonObject("of several users");
        assertEquals("notPossible", several.get("status").getAsString());
        assertTrue(several.get("reason").getAsString().contains("uid=N needs root"));
    }

    @Test
    void whereThereIsNoIpv6ThePartsThatNeedItSaySo() throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: net.ipv6.conf.all.disable_ipv6");
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, to switch IPv6 off in it");
        JsonObject report = checked(outOf(Namespace.launchAfter(DISABLE, "report")));
        assertFalse(report.getAsJsonObject("host").get("ipv6Loopback").getAsBoolean());
        JsonObject spread =
                report.getAsJsonObject("parts").getAsJsonObject("spread").getAsJsonObject("tcp ::1 2");
        assertEquals("notPossible", spread.get("status").getAsString());
        assertTrue(spread.get("reason").getAsString().contains("this machine has no ::1"));
    }
}
