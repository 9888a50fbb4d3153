package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Commands as they are typed, within this JVM. */
final class CommandLineTest {
    private record Outcome(int status, String out, String err) {}

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);
        return new Outcome(status, out.toString(), err.toString());
    }

    @Test
    void theListOfCommandsHasALineForEachThatGoesOnBelowItself() {
        List<String> lines = run("--help").out.lines().toList();
        List<String> listed = lines.subList(lines.indexOf("Commands:") + 1, lines.lastIndexOf(""));
        assertTrue(listed.size() > 10, listed::toString);
        for (String line : listed) {
            assertTrue(line.matches("  [a-z-]+ +[A-Z].*| {10,}[^ ].*"), line);
        }
    }

    private static JsonObject json(String... arguments) {
        Outcome outcome = run(arguments);
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }

    private static String family() {
        return Loopback.hasIpv6() ? "inet6" : "inet";
    }

    private static Stream<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    static Stream<String> commands() {
        return Main.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()))
                .getSubcommands()
                .keySet()
                .stream();
    }

    @Test
    void withoutACommandTheHelpIsPrinted() {
        Outcome outcome = run();
        assertEquals(0, outcome.status());
        commands().forEach(name -> assertTrue(outcome.out().contains("  " + name), name));
    }

    @Test
    void whatThisProgramStartsOfItselfIsUnderstood() {
        OwnProgram program = new OwnProgram(List.of());
        List<List<String>> started = List.of(
                program.starting(OwnProgram.serve()),
                program.starting(OwnProgram.serve()
                        .mode(Mode.JDK)
                        .listenAddr("127.0.0.1")
                        .listenPort(0)
                        .backlog(8)
                        .withoutReuseport()
                        .busy()),
                program.starting(OwnProgram.send("[::1]:60001", "Hello").count(10)),
                program.starting(OwnProgram.restart(200)),
                Stream.concat(program.bindAs().stream(), Stream.of("65534")).toList());
        for (List<String> words : started) {
            PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
            ParseResult parsed =
                    Main.commandLine(nowhere, nowhere, words.get(0)).parseArgs(words.toArray(String[]::new));
            assertEquals(words.get(0), parsed.subcommand().commandSpec().name());
            assertEquals(List.of(), parsed.subcommand().unmatched());
        }
    }

    @Test
    void everyCommandHasAHelpThatTeaches() {
        commands()
                .filter(name -> !Set.of("generate-completion", "help").contains(name))
                .forEach(name -> {
                    Outcome outcome = run(name, "--help");
                    assertEquals(0, outcome.status());
                    assertTrue(outcome.out().contains("Usage: reuseport " + name), name);
                    assertTrue(run(name, "--version").out().startsWith("reuseport "), name);
                    for (CommandLine.Model.OptionSpec option : Main.commandLine(
                                    new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()))
                            .getSubcommands()
                            .get(name)
                            .getCommandSpec()
                            .options()) {
                        assertTrue(
                                option.hidden()
                                        || !String.join("", option.description())
                                                .isBlank(),
                                () -> name + " " + option.longestName() + " has no description");
                    }
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "frobnicate                           | frobnicate",
                "inpsect                              | no command 'inpsect'; did you mean inspect?",
                "inspect --faimly inet                | no option '--faimly'; did you mean --family?",
                "serve 1 2                            | one port",
                "serve 1 --port 2                     | one port",
                "explain tcp                          | where?",
                "explain sctp :80                     | not 'sctp'",
                "inspect --pid no-such-name           | no process",
                "serve --listen-port abc              | --listen-port",
                "serve --listen-port 70000            | 70000",
                "serve --mode perl                    | --mode",
                "serve --receive-timeout soon         | soon",
                "serve --backlog                      | --backlog",
                "serve --listen-addr 300.1.2.3.4      | 300.1.2.3.4",
                "serve --listen-addr fe80::1%nowhere0 | fe80::1%nowhere0",
                "serve stray                          | stray",
                "send 127.0.0.1                       | 127.0.0.1",
                "send ::1:60001                       | ::1:60001",
                "send []:60001                        | no address",
                "explain tcp []:80                    | no address",
                "serve --listen-addr=                 | no address",
                "spread --listen-addr=                | no address",
                "send [::1]:port                      | [::1]:port",
                "send [::1]:1 x --count 0             | --count",
                "send [::1]:1 x --timeout 0s          | --timeout",
                "inspect SO_REUSEPROT                 | SO_REUSEPROT",
                "inspect --set SO_REUSEPROT=1         | mean SO_REUSEPORT",
                "explain tcp [::1]:0 so_reuseprot     | mean SO_REUSEPORT",
                "inspect --set SO_TYPE=1              | SO_TYPE",
                "inspect --set SO_RCVBUF=much         | much",
                "inspect --family ipx                 | --family",
                "inspect --raw SO_RCVBUF              | LEVEL:NAME:LEN",
                "inspect --raw 1:8:4 --mode jdk       | --raw",
                "inspect --raw 1:8:4 --pid 1          | --raw",
                "inspect --about --pid 1              | --pid asks of a socket",
                "inspect --about --fd 0               | --fd asks of a socket",
                "inspect --about --mode jdk           | --mode asks of a socket",
                "inspect --about --family inet        | --family asks of a socket",
                "inspect --about --type dgram         | --type asks of a socket",
                "inspect --about --set SO_KEEPALIVE=1 | --set asks of a socket",
                "inspect --about --raw 1:8:4          | --raw asks of a socket",
                "inspect --about SO_REUSEPROT         | mean SO_REUSEPORT",
                "inspect --format xml                 | --format",
                "compare SO_NOTHING                   | SO_NOTHING",
                "demo --port 0                        | --port",
                "spread --listeners 0                 | --listeners",
                "spread --listeners 65 --processes    | --listeners",
                "spread --lb --processes              | --lb",
                "spread --connections 0               | --connections",
                "spread --busy 5                      | --busy",
                "spread --steer 1.5                   | 1.5",
                "spread --listen-addr 192.0.2.1       | 192.0.2.1",
                "spread --chart spread.gif            | spread.gif",
                "spread --timeout later               | later",
                "restart --strategy jump              | jump",
                "restart --listeners 1                | --listeners",
                "restart --queued 0                   | --queued",
                "restart --rolling --rate 0           | --rate",
                "claims --format xml                  | --format"
            })
    void wrongArgumentsAreOneLineThatNamesThem(String typed, String named) {
        Outcome outcome = run(typed.split(" "));
        assertEquals(2, outcome.status(), outcome.err());
        assertEquals("", outcome.out());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().contains(named), outcome.err());
        assertTrue(outcome.err().contains("--help"), outcome.err());
    }

    @Test
    void helpIsACommandToo() {
        assertEquals(run("explain", "--help").out(), run("help", "explain").out());
        assertEquals(0, run("help", "explain").status());
        assertEquals(2, run("help", "explian").status());
    }

    @Test
    void explainNeedsNoProtocol() {
        String port = "127.0.0.1:0";
        assertEquals(
                run("explain", "tcp", port, "SO_REUSEADDR").out(),
                run("explain", port, "SO_REUSEADDR").out());
        assertTrue(run("explain", port).out().startsWith("tcp 127.0.0.1:0: ok"), run("explain", port)::out);
    }

    @Test
    void completionKnowsTheNamesOfOptions() {
        String script = run("generate-completion").out();
        assertTrue(script.contains("\"SO_REUSEPORT\""), "of inspect and others");
        assertTrue(script.contains("--listen-port"), "of serve");
    }

    @Test
    void aProcessIsMeantByItsNameWhereItAloneHasIt(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux");
        Path copy = Files.copy(Path.of("/bin/sleep").toRealPath(), folder.resolve("sleep"));
        String name = "rp-" + ProcessHandle.current().pid();
        Path named = Files.createSymbolicLink(folder.resolve(name), copy);
        Process one = new ProcessBuilder(named.toString(), "60").start();
        try {
            Outcome found = run("inspect", "--pid", name);
            assertEquals(0, found.status(), found::err);
            assertTrue(found.out().startsWith("pid " + one.pid() + " (" + name + ")"), found::out);
            Process other = new ProcessBuilder(named.toString(), "60").start();
            try {
                Outcome which = run("inspect", "--pid", name);
                assertEquals(2, which.status());
                assertTrue(which.err().contains("2 processes are named '" + name + "', which?"), which::err);
                assertTrue(
                        which.err().contains(Long.toString(one.pid()))
                                && which.err().contains(Long.toString(other.pid())),
                        which::err);
            } finally {
                other.destroyForcibly();
            }
        } finally {
            one.destroyForcibly();
        }
    }

    @Test
    void aboutIsOfTheNamedOptionsOrOfAll() {
        assertEquals(
                SockOpts.all().size(),
                json("inspect", "--about", "--format", "json")
                        .getAsJsonArray("options")
                        .size());
        Outcome outcome = run("inspect", "--about", "so_mark", "SO_EXCLBIND");
        assertEquals(0, outcome.status());
        assertEquals(
                List.of("SOL_SOCKET SO_MARK", "SOL_SOCKET SO_EXCLBIND"),
                outcome.out().lines().filter(line -> line.startsWith("SOL_")).toList());
    }

    @Test
    @NeedsIpv6(loopback = false)
    void whatThisSystemDoesNotHaveIsExit3() {
        Outcome outcome = run("inspect", "--set", "SO_EXCLBIND=1");
        assertEquals(3, outcome.status());
        assertEquals(
                "reuseport inspect: SO_EXCLBIND is not defined on "
                        + Abi.host().platform().id() + System.lineSeparator(),
                outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"spread --mode jdk --steer 1", "restart --mode jdk --strategy steer-drain", "spread --lb"})
    void whatCannotBeDoneHereIsExit3(String typed) {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: it has no SO_REUSEPORT_LB");
        Outcome outcome = run(typed.split(" "));
        assertEquals(3, outcome.status(), outcome.err());
        assertEquals("", outcome.out());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }

    @Test
    @NeedsIpv6(loopback = false)
    void aFailedCallIsItsErrnoLine() {
        Outcome outcome = run("inspect", "--set", "IPV6_UNICAST_HOPS=1000");
        assertEquals(1, outcome.status());
        assertEquals(
                "reuseport inspect: setsockopt IPV6_UNICAST_HOPS: EINVAL (22): Invalid argument"
                        + System.lineSeparator(),
                outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SO_RCVBUF=-1 --family inet", "IP_TOS=300 --family inet"})
    void aValueThatTheJdkDoesNotTakeIsOneLineThatNamesTheOption(String setting) {
        Outcome outcome = run(("inspect --mode jdk --set " + setting).split(" "));
        assertEquals(1, outcome.status(), outcome.err());
        String option = setting.substring(0, setting.indexOf('='));
        assertTrue(outcome.err().startsWith("reuseport inspect: setOption " + option + ": "), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("mistake"), outcome.err());
    }

    @Test
    void nobodyThereIsOneLine() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = closed.getLocalPort();
        }
        Outcome outcome = run("send", "127.0.0.1:" + port);
        assertEquals(1, outcome.status());
        assertEquals(
                "reuseport send: 127.0.0.1:" + port + ": Connection refused" + System.lineSeparator(), outcome.err());
    }

    /** Whatever the first byte of a reply is, and if there is none. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {": | (no name)", ": x | (no name)", "nobody | (no name)", "Receiver-1: x | Receiver-1"})
    void whoAnsweredIsCountedByWhatStandsBeforeTheColon(String reply, String name) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"))) {
            Thread answering = new Thread(() -> {
                for (int i = 0; i < 2; i++) {
                    try (Socket peer = listener.accept()) {
                        peer.getInputStream().readAllBytes();
                        peer.getOutputStream().write((reply + "\n").getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        return; // the command says so
                    }
                }
            });
            answering.start();
            Outcome outcome = run("send", "127.0.0.1:" + listener.getLocalPort(), "x", "--count", "2");
            answering.join();
            assertEquals(0, outcome.status(), outcome.err());
            assertEquals((reply + "\n").repeat(2), outcome.out());
            assertEquals(name + "  2" + System.lineSeparator(), outcome.err());
        }
    }

    @Test
    void anAnswerThatCannotBeWrittenIsAFailure() {
        PrintWriter full = new PrintWriter(new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        StringWriter err = new StringWriter();
        full.print("answer");
        assertEquals(1, Main.ended(0, full, new PrintWriter(err, true)));
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertEquals(3, Main.ended(3, full, new PrintWriter(new StringWriter())));
        assertEquals(0, Main.ended(0, new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter())));
    }

    @Test
    void aStackTraceIsOnlyPrintedWhenAskedFor() {
        String[] failing = {"inspect", "--set", "SO_EXCLBIND=1"};
        assertFalse(run(failing).err().contains("\tat "));
        assertTrue(
                run(Stream.concat(Stream.of(failing), Stream.of("--stacktrace")).toArray(String[]::new))
                        .err()
                        .contains("\tat "));
    }

    @Test
    @NeedsIpv6(loopback = false)
    void inspectPrintsJsonAsDocumented() {
        JsonObject json = json(
                "inspect", "SO_REUSEADDR", "SO_RCVTIMEO", "SO_LINGER", "--set", "SO_RCVTIMEO=30", "--format", "json");
        assertEquals("native", json.get("mode").getAsString());
        assertEquals(Abi.host().platform().id(), json.get("abi").getAsString());
        assertEquals("AF_INET6", json.get("family").getAsString());
        assertEquals("SOCK_STREAM", json.get("type").getAsString());
        List<JsonObject> options = objects(json.getAsJsonArray("options")).toList();
        assertEquals(
                JsonParser.parseString("{\"level\":\"SOL_SOCKET\",\"name\":\"SO_REUSEADDR\",\"status\":\"value\","
                        + "\"value\":false,\"raw\":\"00000000\"}"),
                options.get(0));
        assertEquals(30, options.get(1).get("value").getAsDouble());
        assertEquals(
                JsonParser.parseString("{\"on\":false,\"seconds\":0}"),
                options.get(2).get("value"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "dgram"})
    @NeedsIpv6(loopback = false)
    void everyOptionIsInTheJsonWithItsStatus(String type) {
        JsonObject json = json("inspect", "--type", type, "--format", "json");
        List<JsonObject> options = objects(json.getAsJsonArray("options")).toList();
        assertEquals(
                SockOpts.all().stream().map(Object::toString).toList(),
                options.stream().map(option -> option.get("name").getAsString()).toList());
        Map<String, String> needed = Map.of("value", "value", "refused", "errno", "undecodable", "raw");
        for (JsonObject option : options) {
            String key = needed.get(option.get("status").getAsString());
            assertTrue(key == null || option.has(key), option::toString);
        }
    }

    @Test
    void jdkModeShowsValuesWithoutBytes() {
        JsonObject json =
                json("inspect", "SO_REUSEPORT", "SO_MARK", "--mode", "jdk", "--family", family(), "--format", "json");
        assertEquals(
                JsonParser.parseString(
                        "[{\"level\":\"SOL_SOCKET\",\"name\":\"SO_REUSEPORT\",\"status\":\"value\",\"value\":false,"
                                + "\"raw\":null,\"jdkName\":\"SO_REUSEPORT\",\"reaches\":\"SO_REUSEPORT\"},{\"level\":\"SOL_SOCKET\",\"name\":\"SO_MARK\",\"status\":\"notDefined\",\"jdkName\":null,\"reaches\":null}]"),
                json.get("options"));
    }

    @Test
    @NeedsIpv6(loopback = false)
    void rawOptionsStandInTheJsonAsTyped() {
        JsonObject json = json(
                "inspect",
                "--raw",
                "SOL_SOCKET:SO_REUSEADDR:4",
                "--raw",
                "SOL_SOCKET:9999:4",
                "--set",
                "SO_REUSEADDR",
                "--format",
                "json");
        List<JsonObject> options = objects(json.getAsJsonArray("options")).toList();
        assertEquals(2, options.size());
        assertEquals("SOL_SOCKET", options.get(0).get("level").getAsString());
        assertEquals("SO_REUSEADDR", options.get(0).get("name").getAsString());
        assertEquals("value", options.get(0).get("status").getAsString());
        assertTrue(options.get(0).get("raw").getAsString().matches("[0-9a-f]{8}"));
        assertEquals(
                JsonParser.parseString("{\"level\":\"SOL_SOCKET\",\"name\":\"9999\",\"status\":\"refused\","
                        + "\"errno\":\"ENOPROTOOPT\"}"),
                options.get(1));
    }

    @Test
    @NeedsIpv6(loopback = false)
    void rawOptionsStandInTheTextBehindTheNamedOnes() {
        List<String> lines = run("inspect", "SO_REUSEPORT", "--raw", "SOL_SOCKET:SO_REUSEPORT:4")
                .out()
                .lines()
                .toList();
        assertEquals(
                List.of(
                        "SOL_SOCKET",
                        "  SO_REUSEPORT  off  00000000",
                        "",
                        "raw",
                        "  SOL_SOCKET:SO_REUSEPORT  4 bytes  00000000"),
                lines);
    }

    @Test
    void anOptionIsSetByItsNumbersToo() {
        Outcome outcome =
                run("inspect", "--family", "inet", "SO_KEEPALIVE", "--set", "SOL_SOCKET:SO_KEEPALIVE:01000001");
        assertEquals(0, outcome.status(), outcome::err);
        assertTrue(outcome.out().contains("SO_KEEPALIVE  on"), outcome::out);
        Outcome wrong = run("inspect", "--set", "1:15:0");
        assertEquals(2, wrong.status());
        assertTrue(wrong.err().contains("'1:15:0' is not LEVEL:NAME:BYTES, as 1:15:01000000"), wrong::err);
        Outcome jdk = run("inspect", "--family", "inet", "--mode", "jdk", "--set", "1:9:01000000");
        assertEquals(3, jdk.status());
        assertTrue(jdk.err().contains("the JDK takes values of its own and no bytes: 1:9:01000000"), jdk::err);
    }

    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @CsvSource({
        "TCP_CONGESTION=, setsockopt TCP_CONGESTION: EINVAL",
        "IP_TTL=-2, setsockopt IP_TTL: EINVAL",
        "TCP_INQ=2, setsockopt TCP_INQ: EINVAL",
        "SOL_SOCKET:4095:00, setsockopt SOL_SOCKET:4095: EINVAL",
        "SO_RCVTIMEO=-1,",
        "SO_RCVTIMEO=4294967296s,"
    })
    void theKernelSaysWhatItThinksOfAValue(String setting, String answer) {
        Outcome outcome = run("inspect", "--family", "inet", "SO_RCVTIMEO", "--set", setting);
        assertEquals(answer == null ? 0 : 1, outcome.status(), outcome::err);
        assertTrue(outcome.err().contains(answer == null ? "" : answer), outcome::err);
    }

    @Test
    @NeedsIpv6(loopback = false)
    void inspectTextLinesUp() {
        Outcome outcome =
                run("inspect", "SO_REUSEPORT", "SO_LINGER", "--set", "SO_REUSEPORT=on", "--set", "SO_LINGER=5");
        assertEquals(0, outcome.status());
        List<String> lines = outcome.out().lines().toList();
        assertEquals("SOL_SOCKET", lines.get(0));
        assertTrue(lines.get(1).matches("  SO_REUSEPORT  on  [0-9a-f]{8}"), lines.get(1));
        assertTrue(lines.get(2).matches("  SO_LINGER     5s  [0-9a-f]{16}"), lines.get(2));
    }

    @Test
    void compareSaysWhyTheyDiffer() {
        JsonObject json = json("compare", "SO_REUSEADDR", "--family", family(), "--format", "json");
        JsonObject fresh = objects(json.getAsJsonArray("rows")).findFirst().orElseThrow();
        assertFalse(fresh.get("agree").getAsBoolean());
        assertFalse(fresh.getAsJsonObject("native").get("value").getAsBoolean());
        assertTrue(fresh.getAsJsonObject("jdk").get("value").getAsBoolean());
        assertTrue(fresh.getAsJsonObject("jdkDescriptor").get("value").getAsBoolean());
        assertEquals(
                "the JDK sets SO_REUSEADDR when it opens a ServerSocketChannel",
                fresh.get("reason").getAsString());
        assertTrue(run("compare", "--family", family()).out().contains("the JDK sets SO_REUSEADDR"));
    }

    /** The kernel lets a listener have these, and no client come: without a word it would wait for ever. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "224.0.0.1",
                "239.255.255.255",
                "255.255.255.255",
                "ff02::1",
                "ff0e::1",
                "::ffff:224.0.0.1",
                "::ffff:255.255.255.255",
                "127.255.255.255",
                "::ffff:127.255.255.255"
            })
    void whereNobodyCouldConnectIsNotServed(String address) {
        for (String mode : List.of("native", "jdk")) {
            Outcome outcome = run("serve", "--listen-addr", address, "--listen-port", "0", "--mode", mode);
            assertEquals(2, outcome.status(), outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
            assertTrue(outcome.err().contains("nobody could connect to"), outcome.err());
        }
    }

    /** Each took minutes: a distance of 70,000 letters to each name, and a star that tries all ways to share letters out. */
    @Test
    @Timeout(10)
    void aLongNameOrPatternIsAnsweredAtOnce() {
        assertEquals(2, run("inspect", "A".repeat(100_000)).status());
        assertEquals(2, run("abi", "*?".repeat(13) + "+").status());
        assertEquals(2, run("abi", "A".repeat(100_000)).status());
    }

    @Test
    void aMessageOfWhatWasTypedIsOneShortLineWithoutControls() {
        for (String typed : List.of("\u001b[31m\u009b\r\nx", "x".repeat(100_000), "\u202e")) {
            Outcome outcome = run("inspect", typed);
            assertEquals(2, outcome.status());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
            assertTrue(outcome.err().length() < 2000, outcome.err());
            assertTrue(
                    outcome.err().chars().noneMatch(c -> c != '\n' && Character.isISOControl(c) || c == 0x202e),
                    outcome.err());
        }
    }
}
