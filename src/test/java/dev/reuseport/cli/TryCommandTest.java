package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.bind.rules.Ruleset;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TryCommandTest {
    @BeforeAll
    static void expectationsAreLinuxs() {
        assumeTrue(Abi.host().platform().linux(), "what is expected of the kernel here is Linux's");
    }

    private record Outcome(int status, String out, String err) {}

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("try"));
        Stream.of(arguments).map(Loopback::here).forEach(all::add);
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString());
    }

    private static JsonObject step(JsonObject json, int index) {
        return json.getAsJsonArray("cases")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("steps")
                .get(index)
                .getAsJsonObject();
    }

    @Test
    void kernelAndRulesStandSideBySide() {
        Outcome outcome = run("tcp [::1]:0 SO_REUSEPORT listen", "tcp [::1]:@1 listen");
        assertEquals(0, outcome.status(), outcome.err());
        List<String> lines = outcome.out().lines().toList();
        assertEquals(3, lines.size(), outcome.out());
        assertTrue(lines.get(0).contains("this kernel"), outcome.out());
        assertTrue(lines.get(1).contains("ok, listen ok, port "), outcome.out());
        assertTrue(lines.get(2).endsWith("EADDRINUSE                 same"), outcome.out());
    }

    @Test
    @NeedsIpv6
    void whatEarlierReleasesOfABranchDoIsSaidUnasked() {
        String first = "tcp [::]:0 IPV6_V6ONLY listen";
        String branch = run(first, "tcp [::ffff:127.0.0.1]:@1", "--no-run", "--rules", "linux-6.8")
                .out();
        assertTrue(branch.contains("before 6.8.5 EADDRINUSE"), branch);
        String release = run(first, "tcp [::ffff:127.0.0.1]:@1", "--no-run", "--rules", "linux-6.8.4")
                .out();
        assertFalse(release.contains("because"), release);
    }

    @Test
    void reasonsAreGivenWhenAsked() {
        Outcome outcome = run("tcp [::1]:0 SO_REUSEPORT listen", "tcp [::1]:@1 listen", "--reasons");
        assertTrue(outcome.out().contains(Loopback.here("because socket 1 listens on [::1]:")), outcome.out());
        assertTrue(outcome.out().contains(" with SO_REUSEPORT, and the newcomer has not set it"), outcome.out());
    }

    @Test
    void rulesOfAnotherSystemAreShownWithoutBlame() {
        Outcome outcome = run("tcp 0.0.0.0:0 listen", "tcp 127.0.0.1:@1 SO_REUSEADDR listen", "--rules", "freebsd");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("DIFFERS: ok, listen ok"), outcome.out());
        assertTrue(outcome.out().contains("because the newcomer has SO_REUSEADDR"), outcome.out());
    }

    @Test
    void aKernelThatSaysOtherwiseIsExit1() throws IOException {
        try (ServerSocket unknownToTheRules = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = run("tcp 127.0.0.1:" + unknownToTheRules.getLocalPort());
            assertEquals(1, outcome.status(), outcome.out());
            assertTrue(outcome.out().contains("DIFFERS: ok"), outcome.out());
        }
    }

    @Test
    void aHostIsWrittenDownAndSupposedAgain(@TempDir Path folder) throws IOException {
        Outcome saved = run("--save-host");
        assertEquals(0, saved.status(), saved.err());
        Path file = Files.writeString(folder.resolve("host"), saved.out() + "host address 203.0.113.1/24%eth9\n");
        Outcome there = run("tcp 203.0.113.1:0 listen", "tcp 127.0.0.1:0", "--host", file.toString());
        assertEquals(0, there.status(), there.err());
        assertFalse(there.out().contains("EADDRNOTAVAIL"), there.out());
        Outcome here = run("tcp 203.0.113.1:0 listen", "--no-run");
        assertTrue(here.out().contains("EADDRNOTAVAIL"), here.out());
    }

    @Test
    void aStepSupposesWhatTheNextOnesMeet() {
        Outcome outcome = run(
                "host sysctl net.ipv4.ip_local_port_range=40000 40000",
                "tcp 127.0.0.1:0 listen",
                "tcp 127.0.0.1:0 listen",
                "--no-run",
                "--rules",
                "linux");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("ok, listen ok, port 40000"), outcome.out());
        assertTrue(outcome.out().contains("EADDRINUSE"), outcome.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "host addres 1.2.3.4%eth0     | line 1, column 6: of a host is said",
                "tcp 127.0.0.1:0              | says nothing of a host",
                "nonsense                     | a step begins with",
            })
    void aFileOfAHostThatIsNoneIsSaidToBe(String line, String says, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("host"), line + "\n");
        Outcome outcome = run("tcp 127.0.0.1:0", "--host", file.toString());
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains(says), outcome.err());
        assertEquals(
                2,
                run("tcp 127.0.0.1:0", "--host", folder.resolve("none").toString())
                        .status());
    }

    @Test
    void rulesThatHaveNoNameAreNamed() {
        Outcome outcome = run("tcp 127.0.0.1:0", "--rules", "solaris");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("linux-5.4") && outcome.err().contains("linux-6.1.170"), outcome.err());
        assertEquals(
                0,
                run("tcp 127.0.0.1:0", "--no-run", "--rules", "linux-6.1.170").status());
    }

    static Stream<Ruleset> unix() {
        return Ruleset.all().stream().filter(rules -> rules != Ruleset.WINDOWS);
    }

    @ParameterizedTest
    @MethodSource("unix")
    void withoutARunEverySystemIsAsked(Ruleset kernel) {
        Outcome outcome = run(
                "tcp 127.0.0.1:0 SO_REUSEPORT uid=1",
                "tcp 127.0.0.1:@1 SO_REUSEPORT uid=2",
                "--no-run",
                "--rules",
                kernel.toString(),
                "--reasons");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("EADDRINUSE"), outcome.out());
        assertTrue(outcome.out().contains("user 1"), outcome.out());
    }

    @Test
    void windowsIsAskedOfItsOwnOptionAndSaysWhatItDoesNotKnow() {
        Outcome outcome = run(
                "tcp 0.0.0.0:0 SO_EXCLUSIVEADDRUSE",
                "tcp 127.0.0.1:@1 SO_REUSEADDR",
                "tcp 127.0.0.1:@1 SO_REUSEPORT",
                "--no-run",
                "--rules",
                "windows",
                "--reasons");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("EACCES"), outcome.out());
        assertTrue(outcome.out().contains("the page does not speak of SO_REUSEPORT"), outcome.out());
    }

    @Test
    void jsonHasBothAndTheReason() {
        Outcome outcome = run("tcp [::1]:0 listen", "tcp [::1]:@1 SO_REUSEPORT listen", "listen 1", "--format", "json");
        JsonObject json = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertEquals(Ruleset.LINUX.toString(), json.get("rules").getAsString());
        JsonObject first = step(json, 0);
        assertEquals(Loopback.here("tcp [::1]:0 listen"), first.get("step").getAsString());
        assertEquals("ok", first.get("bind").getAsString());
        assertEquals("ok", first.get("listen").getAsString());
        assertTrue(first.get("port").getAsInt() > 0);
        JsonObject second = step(json, 1);
        assertEquals("EADDRINUSE", second.get("bind").getAsString());
        assertTrue(second.get("listen").isJsonNull());
        JsonObject predicted = second.getAsJsonObject("predicted");
        assertEquals("EADDRINUSE", predicted.get("bind").getAsString());
        assertEquals("owner-lacks-reuse-port", predicted.get("rule").getAsString());
        assertEquals(1, predicted.getAsJsonArray("inTheWay").get(0).getAsInt());
        assertTrue(predicted.get("reason").getAsString().contains("socket 1"));
        assertTrue(step(json, 2).get("bind").isJsonNull());
        assertEquals("ok", step(json, 2).get("listen").getAsString());
    }

    @Test
    void jsonWithoutARunHasNoOutcomes() {
        Outcome outcome = run("tcp [::1]:0 listen", "--no-run", "--format", "json");
        JsonObject first = step(JsonParser.parseString(outcome.out()).getAsJsonObject(), 0);
        assertTrue(first.get("bind").isJsonNull());
        assertTrue(first.get("listen").isJsonNull());
        assertEquals("ok", first.getAsJsonObject("predicted").get("listen").getAsString());
    }

    @Test
    void aFileHasManyCases(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("cases");
        Files.writeString(file, Loopback.here("# the first\ntcp [::1]:0 listen\n\n\nudp [::1]:0\nclose 1\n"));
        Outcome outcome = run("--file", file.toString());
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("Case 1"), outcome.out());
        assertTrue(outcome.out().contains("Case 2"), outcome.out());
    }

    @Test
    void aFileThatCannotBeReadIsNamedWithTheCause(@TempDir Path directory) throws IOException {
        Path latin1 = Files.write(directory.resolve("latin1"), new byte[] {'#', (byte) 0xe9, '\n'});
        for (String[] expected : new String[][] {
            {latin1.toString(), "it is not UTF-8"},
            {directory.toString(), "Is a directory"},
            {directory.resolve("nowhere").toString(), "there is no such file"}
        }) {
            Outcome outcome = run("--file", expected[0]);
            assertEquals(2, outcome.status(), outcome.err());
            assertTrue(outcome.err().contains("--file " + expected[0] + ": " + expected[1]), outcome.err());
        }
    }

    @Test
    void aSyntaxErrorRunsNothing(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("cases");
        Files.writeString(file, "tcp [::1]:0 listen\n\ntcp [::1]:70000\n");
        Outcome outcome = run("--file", file.toString());
        assertEquals(2, outcome.status());
        assertEquals("", outcome.out());
        assertTrue(outcome.err().contains("line 3, column 11"), outcome.err());
    }

    @Test
    void whatCannotBeRunHereIsExit3() {
        Outcome outcome = run("tcp 127.0.0.1:0 SO_REUSEPORT_LB listen", "tcp 127.0.0.1:0 listen");
        assertEquals(3, outcome.status(), outcome.out());
        assertTrue(outcome.out().contains("not run: linux has no SO_REUSEPORT_LB"), outcome.out());
        assertEquals(3, run("tcp 127.0.0.1:0 SO_REUSEPORT", "--mode", "jdk").status());
        assertEquals(0, run("tcp 192.0.2.1:0", "close 1").status(), "what is not open is nobody's lack");
        assertEquals(0, run("tcp 127.0.0.1:0 SO_REUSEPORT_LB", "--no-run").status());
    }

    @Test
    void nothingToDoIsAMistake() {
        assertEquals(2, run().status());
        assertEquals(2, run("tcp [::1]:0", "--file", "x").status());
        assertEquals(2, run("--file", "/nowhere/cases").status());
        assertEquals(2, run("# nothing").status());
        assertEquals(2, run("tcp [::1]:0", "--rules", "plan9").status());
        assertEquals(2, run("tcp [::1]:0 uid=77 listen", "--mode", "jdk").status());
    }

    @Test
    void aByteOrderMarkIsSkipped(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("cases"), "\ufefftcp 127.0.0.1:0 listen\n");
        assertEquals(
                0,
                run("--file", file.toString(), "--no-run", "--rules", "linux").status());
    }

    /** UTF-16 either way, with its mark and without. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "x-UTF-16LE-BOM"})
    void utf16IsRefusedInASentence(String charset, @TempDir Path directory) throws IOException {
        Path file = Files.write(directory.resolve("cases"), "tcp 127.0.0.1:0 listen\n".getBytes(charset));
        Outcome outcome = run("--file", file.toString());
        assertEquals(2, outcome.status());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("\0"), outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/zero", "/dev/urandom"})
    void aFileWithoutEndIsRefused(String endless) {
        assumeTrue(Files.isReadable(Path.of(endless)), "there is no " + endless);
        Outcome outcome = run("--file", endless);
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("--file " + endless + ": it is longer than 16 MiB"), outcome.err());
    }

    @Test
    void moreStepsThanAnybodyWaitsForAreRefused(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("cases"), "tcp 127.0.0.1:0\n".repeat(100_001));
        Outcome outcome = run("--file", file.toString(), "--no-run", "--rules", "linux");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("there are 100001 steps; 100000 is the most"), outcome.err());
    }

    @Test
    void aWordOfAMegabyteIsOneShortLine(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("cases"), "tcp \u001b[31m" + "x".repeat(1 << 20) + "\n");
        Outcome outcome = run("--file", file.toString());
        assertEquals(2, outcome.status());
        assertEquals(1, outcome.err().lines().count());
        assertTrue(outcome.err().length() < 2000 && outcome.err().contains("\\x1b[31m"), outcome.err());
    }
}
