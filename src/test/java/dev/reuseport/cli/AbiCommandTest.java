package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AbiCommandTest {
    private static final String HOST = Abi.host().platform().id();

    private record Outcome(int status, String out, String err) {}

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] typed = Stream.concat(Stream.of("abi"), Stream.of(arguments)).toArray(String[]::new);
        int status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(typed);
        return new Outcome(status, out.toString(), err.toString());
    }

    private static List<String> lines(String... arguments) {
        Outcome outcome = run(arguments);
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        return outcome.out().lines().toList();
    }

    /** The names in the first column, in their order, headings and the line at the end left out. */
    private static List<String> names(List<String> lines) {
        return lines.stream()
                .map(line -> line.split(" ")[0])
                .filter(name -> name.matches("[A-Z].*"))
                .toList();
    }

    @Test
    void aRowPerNameAndAColumnPerAbi() {
        String host = HOST.equals("openbsd") ? "*openbsd" : "openbsd";
        assertEquals(
                List.of(
                        "            linux",
                        "            -sparc  " + host,
                        "SO_DOMAIN   0x1029  0x1024",
                        "SO_MARK     34      -",
                        "EADDRINUSE  48      48",
                        "",
                        host.equals("openbsd") ? "- not defined" : "* this host, - not defined"),
                lines("SO_DOMAIN", "SO_MARK", "EADDRINUSE", "--abi", "openbsd", "--abi", "linux-sparc"));
    }

    @Test
    void theHostsColumnIsMarked() {
        List<String> lines = lines("SO_REUSEPORT", "--abi", HOST, "--width", "0");
        String title = HOST.startsWith("linux-") ? HOST.substring("linux".length()) : HOST;
        assertTrue(lines.stream().anyMatch(line -> line.strip().equals("*" + title)), lines::toString);
        assertEquals("* this host, - not defined", lines.get(lines.size() - 1));
    }

    @Test
    void namesAreGlobsAndKeepTheirOrder() {
        assertEquals(
                List.of("SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEPORT_LB", "SO_REUSESHAREUID"),
                names(lines("so_reuse*", "--width", "0")));
        assertEquals(
                List.of("SOCK_STREAM", "AF_INET", "AF_INET6"),
                names(lines("SOCK_STREAM", "AF_INET*", "AF_INET6", "--width", "0")));
        assertEquals(List.of("SHUT_RD", "SHUT_WR"), names(lines("SHUT_??", "--width", "0")));
        assertEquals(Stream.of(Const.values()).map(Const::name).toList(), names(lines("--width", "0")));
    }

    @Test
    void aFewNamesFitBesideTheirTwelveColumnsInto120() {
        List<String> lines = lines("SO_REUSEPORT", "EADDRINUSE", "SOL_SOCKET", "--width", "120");
        assertEquals(2 + 3 + 2, lines.size(), lines::toString);
        assertTrue(lines.stream().allMatch(line -> line.length() <= 120), lines::toString);
    }

    @Test
    void in80TheOtherSystemsFollowBelowLinux() {
        List<String> lines = lines("SO_REUSEPORT", "EADDRINUSE", "--width", "80");
        assertTrue(lines.stream().allMatch(line -> line.length() <= 80), lines::toString);
        assertEquals(List.of("SO_REUSEPORT", "EADDRINUSE", "SO_REUSEPORT", "EADDRINUSE"), names(lines));
        assertTrue(
                lines.get(5).strip().startsWith("darwin")
                        || lines.get(5).strip().startsWith("*darwin"),
                lines::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 60, 79, 80, 100, 119, 120, 160, 0})
    void whateverTheWidthNothingIsLost(int width) {
        List<String> lines = lines("--width", Integer.toString(width));
        for (Const row : Const.values()) {
            long cells = lines.stream()
                    .filter(line -> line.startsWith(row + " "))
                    .mapToLong(line -> line.trim().split(" +").length - 1)
                    .sum();
            assertEquals(Platform.values().length, cells, row::name);
        }
        int longest = lines.stream().mapToInt(String::length).max().orElseThrow();
        // A name and one column is the least that there is.
        assertTrue(width == 0 || longest <= Math.max(width, 50), () -> longest + " of " + width);
    }

    @Test
    void jsonIsAsDocumented() {
        assertEquals(
                JsonParser.parseString("{\"host\":\"" + HOST + "\",\"abis\":{"
                        + "\"linux\":{\"SO_REUSEPORT\":15,\"SO_MARK\":36},"
                        + "\"darwin\":{\"SO_REUSEPORT\":512,\"SO_MARK\":null}}}"),
                JsonParser.parseString(run("SO_REUSEPORT", "SO_MARK", "--abi", "darwin,linux", "--format", "json")
                        .out()));
    }

    @Test
    void jsonWithoutNamesHasEveryCell() {
        JsonObject abis = JsonParser.parseString(run("--format", "json").out())
                .getAsJsonObject()
                .getAsJsonObject("abis");
        assertEquals(Stream.of(Platform.values()).map(Platform::id).toList(), List.copyOf(abis.keySet()));
        for (Platform platform : Platform.values()) {
            assertEquals(
                    Const.values().length, abis.getAsJsonObject(platform.id()).size());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SO_REUSEPROT      | no constant is called 'SO_REUSEPROT'; did you mean SO_REUSEPORT?",
                "so_reuse          | no constant is called 'so_reuse'; did you mean SO_REUSEADDR, SO_REUSEPORT,"
                        + " SO_REUSEPORT_LB or SO_REUSESHAREUID?",
                "SO_REUSPORT*      | no constant is called 'SO_REUSPORT*'; did you mean SO_REUSEPORT?",
                "FROBNICATE        | no constant is called 'FROBNICATE'",
                "--abi linux-mps   | no ABI is called 'linux-mps'; did you mean linux-mips?",
                "--abi macos       | no ABI is called 'macos'; there are linux, linux-mips, linux-sparc, linux-alpha,"
                        + " linux-parisc, linux-powerpc, darwin, freebsd, openbsd, netbsd, dragonfly, illumos",
                "--width -1        | --width is not negative, but -1 is"
            })
    void whatDoesNotExistIsOneLineWithWhatComesNear(String typed, String message) {
        Outcome outcome = run(typed.split(" "));
        assertEquals(2, outcome.status());
        assertEquals("", outcome.out());
        assertEquals(
                "reuseport abi: " + message + " (see reuseport abi --help)" + System.lineSeparator(), outcome.err());
    }

    @ParameterizedTest
    @CsvSource({
        "SO_*,  SO_TYPE,  true",
        "SO_*,  AF_INET,  false",
        "*,     SO_TYPE,  true",
        "*T*P*, SO_TYPE,  true",
        "*T*X*, SO_TYPE,  false",
        "*_TYPE,SO_TYPE,  true",
        "*TYP,  SO_TYPE,  false",
        "S?_*E, SO_TYPE,  true",
        "?,     SO_TYPE,  false",
        "SO_TYPE?, SO_TYPE, false",
        "SO_TYPE*, SO_TYPE, true"
    })
    void starsAndQuestionMarksStandForOtherLetters(String glob, String name, boolean matches) {
        assertEquals(matches, AbiCommand.matches(glob, name));
    }
}
