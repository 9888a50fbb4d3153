package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.PrintableTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Owners of a port that call themselves what would forge a line or reach the terminal. */
@Timeout(120)
final class ProcessNamesIT {
    private static NamedHolder holder;

    @BeforeAll
    static void startAnOwner() throws IOException {
        assumeTrue(Files.isWritable(Path.of("/proc/self/comm")), "a process names itself in /proc/self/comm on Linux");
        holder = new NamedHolder();
    }

    @AfterAll
    static void endIt() {
        if (holder != null) {
            holder.close();
        }
    }

    private static List<String> lines(Launched command) throws InterruptedException {
        try (command) {
            assertEquals(0, command.awaitExit(), () -> command.err() + " " + command.out());
            assertEquals(List.of(), command.err());
            command.out().forEach(line -> assertTrue(PrintableTest.harmless(line), line));
            return command.out();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // "\rUid: x y", "\rUid:\t0\t0", U+009B, été, U+202E, no UTF-8, "\n" and "\e[31m"
        "0d5569643a20782079, \\x0dUid: x y",
        "0d5569643a09300930, \\x0dUid:\\x090\\x090",
        "61c29b33316d, a\\u009b31m",
        "c3a974c3a9, été",
        "e280ae, \\u202e",
        "fffe9b, \\xff\\xfe\\x9b",
        "610a1b5b33316d, a\\x0a\\x1b[31m"
    })
    void aNameIsShownAndForgesNothing(String hex, String shown) throws Exception {
        byte[] name = HexFormat.of().parseHex(hex);
        holder.rename(name);
        String who = "pid " + holder.pid() + " (" + shown + ")";
        int uid = new JnrSyscalls().geteuid() == 0 ? Nobody.UID : new JnrSyscalls().geteuid();
        String where = "127.0.0.1:" + holder.port();
        // One after the other: while one looks, it has a duplicate of the listener that the next one would see.
        boolean root = new JnrSyscalls().geteuid() == 0;
        assertExplained(lines(new Launched("explain", "tcp", where)), who, uid);
        String pid = Long.toString(holder.pid());
        String headline = who + " has one TCP or UDP socket";
        assertEquals(headline, lines(new Launched("inspect", "--pid", pid)).get(0));
        if (root) {
            assertExplained(lines(Nobody.launched("explain", "tcp", where)), who, uid);
            assertEquals(
                    headline, lines(Nobody.launched("inspect", "--pid", pid)).get(0));
        }
        JsonObject owner = json("explain", "tcp", where, "--format", "json")
                .getAsJsonArray("owners")
                .get(0)
                .getAsJsonObject();
        assertEquals(Printable.of(name).text(), owner.get("command").getAsString());
        assertEquals(uid, owner.get("uid").getAsInt());
        JsonObject inspected = json("inspect", "--pid", pid, "--format", "json");
        assertEquals(Printable.of(name).text(), inspected.get("command").getAsString());
    }

    private static void assertExplained(List<String> out, String who, int uid) {
        assertTrue(out.get(1).startsWith("Why: " + who.substring(0, who.length() - 1) + ", uid " + uid), out::toString);
        assertTrue(out.contains("  - end " + who), out::toString);
        String shown = who.substring(who.indexOf('(') + 1, who.length() - 1);
        assertTrue(
                out.stream()
                        .anyMatch(line ->
                                line.contains(holder.pid() + " " + shown + "  ") && line.endsWith("in the way")),
                out::toString);
    }

    private static JsonObject json(String... arguments) throws Exception {
        return JsonParser.parseString(String.join("\n", lines(new Launched(arguments))))
                .getAsJsonObject();
    }
}
