package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Namespace;
import dev.reuseport.Root;
import dev.reuseport.abi.Abi;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** The article's claims, put to the kernel that runs this. */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
final class ClaimsIT {
    private final Map<String, JsonObject> claims = new LinkedHashMap<>();
    private int status;

    @BeforeAll
    void runOnce() throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: what is expected here was seen there");
        try (Launched launched = new Launched("claims", "--format", "json")) {
            status = launched.awaitExit();
            JsonObject json =
                    JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
            for (JsonElement each : json.getAsJsonArray("claims")) {
                JsonObject claim = each.getAsJsonObject();
                claims.put(claim.get("id").getAsString(), claim);
                assertFalse(claim.get("evidence").getAsString().isBlank());
            }
        }
    }

    private void assertVerdict(String expected, String id) {
        assertEquals(
                expected,
                claims.get(id).get("verdict").getAsString(),
                () -> claims.get(id).toString());
    }

    @Test
    void eachClaimHasAVerdict() {
        assertEquals(
                List.of(
                        "several-listeners",
                        "all-must-set-reuseport",
                        "all-must-set-reuseaddr",
                        "same-user",
                        "kernel-picks-idle",
                        "spreads-evenly",
                        "restart-is-free",
                        "socket-activation"),
                List.copyOf(claims.keySet()));
    }

    @Test
    void severalListenAndAllMustSetReusePortButNotReuseAddr() {
        assertVerdict("holds", "several-listeners");
        assertVerdict("holds", "all-must-set-reuseport");
        assertVerdict("fails", "all-must-set-reuseaddr");
    }

    @Test
    void theKernelSpreadsByAHashAndNotByWhoIsIdle() {
        assertVerdict("fails", "kernel-picks-idle");
        assertVerdict("holds", "spreads-evenly");
    }

    @Test
    void whatIsSeenOfDatagramsStandsBehindTheEvidence() {
        assertEvidence("all-must-set-reuseport", "SO_REUSEADDR alone, and get 0, 0, 0, 200 of 200 sources");
        assertEvidence("spreads-evenly", "2000 sources over 4 sockets: p = [\\d.]+, 2000 of them at one socket only");
        assertEvidence(
                "restart-is-free",
                "one of 4 UDP sockets that closes loses [1-9]\\d* datagrams that it has not read, and of 2000 flows 1[45]\\d\\d"
                        + " go to another socket");
    }

    private void assertEvidence(String id, String expected) {
        String evidence = claims.get(id).get("evidence").getAsString();
        assertTrue(Pattern.compile(expected).matcher(evidence).find(), evidence);
    }

    @Test
    void allMustBeOfOneUser() throws IOException {
        Root.assume("becoming another user", Root.Capability.CAP_SETUID);
        assertVerdict("holds", "same-user");
    }

    @Test
    void aRestartIsFreeOnlyIfTheKernelHandsTheQueueOn() throws InterruptedException {
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, for net.ipv4.tcp_migrate_req");
        assertVerdict("depends", "restart-is-free");
    }

    @Test
    void systemdHandsListenersDown() {
        String verdict = claims.get("socket-activation").get("verdict").getAsString();
        Assumptions.assumeFalse(verdict.equals("notTested"), "systemd-socket-activate");
        assertVerdict("holds", "socket-activation");
    }

    @Test
    void exit0MeansThatAllWereJudged() {
        boolean all = claims.values().stream()
                .noneMatch(claim -> claim.get("verdict").getAsString().equals("notTested"));
        assertEquals(all ? 0 : 3, status);
    }

    @Test
    void theDemoEndsWithThem() throws Exception {
        String[] demoAndClaims = {"demo", "--claims", "--port", Integer.toString(Loopback.freePort())};
        try (Launched demo = new Launched(Stream.of(demoAndClaims, Loopback.listenAddr())
                .flatMap(Stream::of)
                .toArray(String[]::new))) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
            List<String> out = demo.out();
            int table = out.indexOf(out.stream()
                    .filter(line -> line.startsWith("Everything that the article shows happened"))
                    .findFirst()
                    .orElseThrow());
            for (String id : claims.keySet()) {
                assertTrue(
                        out.subList(table, out.size()).stream().anyMatch(line -> line.startsWith(id + ": ")),
                        () -> id + " in " + out);
            }
        }
    }
}
