package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.print.report.CapturedReports;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On a terminal of 80 columns, where people begin, no line goes on in the next and no word is broken. */
@Timeout(120)
final class WidthIT {
    private static final int COLUMNS = 80;
    private static final int ENDLESS = 2000;

    @TempDir
    private Path scratch;

    @BeforeEach
    void withATerminal() throws Exception {
        OnTerminal.needed();
    }

    static Stream<String> commands() {
        return Stream.concat(
                Stream.of(""),
                Main.commandLine(new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()))
                        .getSubcommands()
                        .keySet()
                        .stream());
    }

    private static void assertFits(String text, String... command) {
        assertFalse(text.isBlank(), () -> String.join(" ", command) + " printed nothing");
        // What the demo types stays in one line, so that it can be copied.
        assertAll(OnTerminal.lines(text).stream()
                .filter(line -> !line.matches("\\[[123]] \\$ .*"))
                .map(line -> () -> assertTrue(
                        line.codePointCount(0, line.length()) <= COLUMNS
                                || !line.strip().contains(" "),
                        () -> String.join(" ", command) + ": " + line.length() + " columns: " + line)));
    }

    private static Set<String> words(String text) {
        return new TreeSet<>(
                List.of(String.join("\n", OnTerminal.lines(text)).strip().split("\\s+")));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyHelpPageFitsAndBreaksNoWord(String command) throws Exception {
        String[] asked =
                Stream.of(command, "--help").filter(word -> !word.isEmpty()).toArray(String[]::new);
        String narrow = OnTerminal.run(COLUMNS, Map.of(), asked);
        assertFits(narrow, asked);
        assertEquals(words(OnTerminal.run(ENDLESS, Map.of(), asked)), words(narrow));
    }

    private static String free(String host) throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private void fits(String... command) throws Exception {
        assertFits(OnTerminal.run(COLUMNS, Map.of(), command), command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abi",
                "abi SO_REUSEPORT EADDRINUSE",
                "compare --family inet",
                "compare --family inet --type multicast SO_REUSEADDR IP_MULTICAST_ALL",
                "inspect --family inet",
                "inspect --family inet --mode jdk --type dgram",
                "inspect SO_REUSEPORT SO_MEMINFO --about",
                "spread --connections 400 --busy 1 --processes",
                "spread --connections 400 --listeners 70",
                "spread --protocol udp --sources 300 --datagrams 3",
                "restart",
                "restart --rolling --duration 500ms",
                "restart --protocol udp --sources 300",
                "inpsect",
                "list",
                "list udp --count 2 --watch=200ms",
                "spread --no-such-option"
            })
    void everyAnswerFits(String line) throws Exception {
        fits(line.split(" "));
    }

    @Test
    void claimsFit() throws Exception {
        fits("claims");
    }

    @Test
    void aCaseFits() throws Exception {
        for (String rules : List.of("macos", "windows")) {
            fits(
                    "try",
                    "--rules",
                    rules,
                    "--reasons",
                    "tcp 127.0.0.1:0 SO_REUSEADDR SO_REUSEPORT listen",
                    "tcp 127.0.0.1:@1 SO_REUSEADDR SO_REUSEPORT SO_RCVBUF=65536 IP_TOS=4 listen",
                    "tcp 0.0.0.0:@1 listen");
        }
        fits("try", "--save-host");
    }

    @Test
    void whoHasAPortFits() throws Exception {
        try (ServerSocket owner = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(owner.getLocalPort());
            String address = "127.0.0.1:" + port;
            fits("explain", "tcp", address, "SO_REUSEADDR", "SO_REUSEPORT");
            fits("explain", "udp", address);
            fits("explain", "unix", scratch.resolve("none").toString());
            fits("serve", "--listen-addr", "127.0.0.1", "--listen-port", port);
            fits("demo", "--listen-addr", "127.0.0.1", "--port", port);
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                fits("group");
                fits("group", "tcp", address);
                fits("group", "tcp", address, "--watch=100ms", "--count", "3");
                fits("inspect", "--pid", Long.toString(ProcessHandle.current().pid()), "SO_REUSEADDR", "SO_REUSEPORT");
                fits("spread", "--on", address, "--connections", "4");
                fits("restart", "--on", address, "--duration", "200ms", "--timeout", "200ms", "--chart", "--", "true");
            }
        }
    }

    @Test
    @NeedsIpv6
    void theDemoFits() throws Exception {
        String text = OnTerminal.run(COLUMNS, Map.of(), "demo", "--all", "--port", free("::1"));
        assertFits(text, "demo");
        assertTrue(text.contains("\033[32msame\033[m"), text);
    }

    @Test
    void aRefusalFits() throws Exception {
        String port = free("127.0.0.1");
        fits("send", "127.0.0.1:" + port);
        fits("explain", "tcp", "127.0.0.1:" + "9".repeat(20), "SO_REUSEPORT");
    }

    @Test
    void differencesFit() throws Exception {
        List<Path> reports = new ArrayList<>();
        for (int jdk : List.of(17, 25)) {
            reports.add(Files.writeString(scratch.resolve(jdk + ".json"), CapturedReports.text(jdk)));
        }
        String[] command = {"diff", reports.get(0).toString(), reports.get(1).toString()};
        String text = OnTerminal.run(COLUMNS, Map.of(), command);
        assertFits(text, command);
        assertTrue(text.contains("host: java"), text);
    }

    @Test
    void coloursAreForATerminalAndNotWithNoColor() throws Exception {
        String[] command = {"compare", "--family", "inet", "SO_REUSEADDR", "SO_REUSEPORT"};
        assertTrue(OnTerminal.run(COLUMNS, Map.of(), command).contains("\033[32msame\033[m"));
        assertFalse(OnTerminal.run(COLUMNS, Map.of("NO_COLOR", "1"), command).contains("\033"));
        assertFalse(OnTerminal.run(COLUMNS, Map.of("TERM", "dumb"), command).contains("\033"));
        try (Launched pipe = new Launched(command)) {
            assertEquals(0, pipe.awaitExit());
            assertTrue(pipe.out().stream().noneMatch(line -> line.contains("\033")), pipe.out()::toString);
            assertTrue(
                    pipe.out().stream().anyMatch(line -> line.length() > COLUMNS && line.contains("differs:")),
                    pipe.out()::toString);
        }
    }

    /** A terminal that says no size, as one of a serial line. */
    @Test
    void theEnvironmentSaysTheWidthWhereTheTerminalDoesNot() throws Exception {
        String[] command = {"inspect", "SO_REUSEPORT", "--about"};
        String wide = OnTerminal.run(0, Map.of("COLUMNS", "300"), command);
        assertTrue(OnTerminal.lines(wide).stream().anyMatch(line -> line.length() > COLUMNS), wide);
        assertFits(OnTerminal.run(0, Map.of("COLUMNS", ""), command), command);
    }
}
