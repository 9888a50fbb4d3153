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
import dev.reuseport.abi.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Linux does with datagrams, seen by the packaged program. */
@Timeout(120)
final class SpreadUdpIT {
    @BeforeAll
    static void onLinux() {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: it spreads datagrams by a hash");
    }

    private static JsonObject spread(String options) throws Exception {
        return spreadAfter("true", options);
    }

    private static JsonObject spreadAfter(String shell, String options) throws Exception {
        String line = "spread --protocol udp --format json " + options;
        try (Launched launched = Namespace.launchAfter(shell, line.trim().split(" "))) {
            assertEquals(0, launched.awaitExit(), () -> launched.err().toString());
            return JsonParser.parseString(String.join("\n", launched.out())).getAsJsonObject();
        }
    }

    private static List<Integer> each(JsonObject spread, String what) {
        return StreamSupport.stream(spread.getAsJsonArray("members").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(member -> member.get(what).getAsInt())
                .toList();
    }

    private static int sum(JsonObject spread, String what) {
        return each(spread, what).stream().mapToInt(Integer::intValue).sum();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--listeners 2",
                "--listeners 8",
                "--listeners 64",
                "--mode jdk --listeners 8",
                "--mode jdk --listen-addr ::1",
                "--listen-addr ::1 --listeners 8"
            })
    void theHashSpreadsSourcesEvenlyAndKeepsEachAtOneMember(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        JsonObject spread = spread("--datagrams 3 " + how);
        assertEquals(6000, spread.get("datagrams").getAsInt());
        assertEquals(6000, sum(spread, "datagrams"), spread::toString);
        assertEquals(2000, sum(spread, "sources"), spread::toString);
        assertEquals(1.0, spread.get("sticky").getAsDouble());
        assertTrue(spread.get("pValue").getAsDouble() > 0.0001, spread::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --mode jdk", " --listen-addr ::1"})
    void withReuseaddrAloneTheLastBoundGetsEverything(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        JsonObject spread = spread("--sources 200 --flag SO_REUSEADDR" + how);
        assertEquals(List.of(0, 0, 0, 200), each(spread, "sources"), spread::toString);
        assertTrue(spread.get("notes").toString().contains("bound last got everything"), spread::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --mode jdk", " --listen-addr ::1"})
    void whoConnectsTakesTheFlowAndNoOther(String how) throws Exception {
        Loopback.assumeIpv6(how.contains("::1"));
        JsonObject spread = spread("--sources 200 --datagrams 3 --connected" + how);
        JsonObject connected = spread.getAsJsonObject("connected");
        assertEquals(3, connected.get("taken").getAsInt());
        assertEquals(4, connected.get("member").getAsInt());
        assertTrue(connected.get("before").getAsInt() < 4);
        assertEquals(1, each(spread, "sources").get(4));
        assertEquals(200, sum(spread, "sources"));
    }

    @Test
    void aProgramChoosesAsForTcp() throws Exception {
        assertEquals(List.of(0, 500, 0, 0), each(spread("--sources 500 --steer 1"), "datagrams"));
        JsonObject random = spread("--sources 500 --datagrams 3 --steer random");
        assertEquals(1500, sum(random, "datagrams"));
        assertTrue(random.get("sticky").getAsDouble() < 0.5, random::toString);
    }

    @Test
    void aMemberThatDoesNotReadLosesWhatItsBufferDoesNotHold() throws Exception {
        JsonObject spread = spread("--datagrams 3 --busy 1");
        int dropped = each(spread, "dropped").get(0);
        assertTrue(dropped > 0, spread::toString);
        assertEquals(0, sum(spread, "dropped") - dropped, "the others read");
        assertEquals(6000, sum(spread, "datagrams") + dropped, spread::toString);
        assertTrue(spread.get("pValue").isJsonNull(), "nobody knows whose the dropped ones were");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "239.1.2.3",
                "239.1.2.3 --mode jdk",
                "239.1.2.3 --flag SO_REUSEADDR",
                "127.255.255.255",
                "ff11::5",
                "ff11::5 --mode jdk",
                "ff15::5"
            })
    void ofMulticastAndBroadcastEveryMemberGetsACopy(String address) throws Exception {
        boolean ipv6 = address.contains("::");
        Loopback.assumeIpv6(ipv6);
        Assumptions.assumeTrue(!ipv6 || Namespace.possible(), "a route to ff00::/8, which takes a network namespace");
        JsonObject spread = spreadAfter(
                ipv6 ? "ip -6 route add local ff00::/8 dev lo table local" : "true",
                "--sources 100 --datagrams 2 --listen-addr " + address);
        assertEquals(Collections.nCopies(4, 200), each(spread, "datagrams"), spread::toString);
        assertTrue(spread.get("copies").getAsBoolean());
        assertTrue(spread.get("sticky").isJsonNull());
    }

    @Test
    void withoutARouteToIpv6MulticastItSaysWhatToDo() throws Exception {
        Loopback.assumeIpv6(true);
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, whose loopback has no such route");
        try (Launched launched = Namespace.launch("spread", "--protocol", "udp", "--listen-addr", "ff11::5")) {
            assertEquals(3, launched.awaitExit());
            assertTrue(launched.err().get(0).contains("ip -6 route add"), launched.err()::toString);
        }
    }

    @Test
    void thePictureIsOfTheSources(@TempDir Path folder) throws Exception {
        Path picture = folder.resolve("udp.svg");
        JsonObject spread = spread("--sources 300 --chart " + picture);
        String svg = Files.readString(picture);
        for (int member = 0; member < 4; member++) {
            assertTrue(
                    svg.contains(
                            "<title>" + member + ": " + each(spread, "sources").get(member) + "</title>"),
                    svg);
        }
        assertTrue(svg.contains(">sources</text>"), svg);
    }

    @Test
    void whereNoDatagramArrivesItIsSaid() throws Exception {
        Loopback.assumeIpv6(true);
        Assumptions.assumeTrue(Namespace.possible(), "a network namespace, to have a route that leads away");
        String away = "ip -6 route add multicast ff00::/8 dev lo table local";
        try (Launched launched = Namespace.launchAfter(
                away, "spread", "--protocol", "udp", "--listen-addr", "ff02::1:3", "--sources", "20")) {
            assertEquals(1, launched.awaitExit());
            assertTrue(launched.err().get(0).contains("no member"), launched.err()::toString);
            assertTrue(launched.out().contains("lost: 80 of 80 copies"), launched.out()::toString);
        }
    }

    @Test
    void theTextSaysHowManySourcesStayed() throws Exception {
        try (Launched launched = Namespace.launch("spread", "--protocol", "udp", "--sources", "300")) {
            assertEquals(0, launched.awaitExit());
            assertEquals(
                    "sticky: 100.0 % of the sources reached one member only",
                    launched.out().get(launched.out().size() - 1));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--protocol udp --connections 5",
                "--protocol udp --chart picture.gif",
                "--sources 5",
                "--flag SO_REUSEADDR",
                "--protocol udp --flag SO_REUSEADDR --steer 1",
                "--protocol udp --listen-addr 239.1.2.3 --steer 1",
                "--protocol udp --listen-addr 192.0.2.1",
                "--protocol udp --flag SO_KEEPALIVE"
            })
    void whatDoesNotGoTogetherIsRefused(String options) throws Exception {
        try (Launched launched = new Launched(("spread " + options).split(" "))) {
            assertEquals(2, launched.awaitExit());
            assertFalse(launched.err().isEmpty());
        }
    }
}
