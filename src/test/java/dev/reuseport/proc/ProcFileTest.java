package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcFileTest {
    @TempDir
    private Path directory;

    private ProcFile of(String text) throws IOException {
        return new ProcFile(Files.writeString(directory.resolve("file"), text));
    }

    @Test
    void aSysctlIsReadToItsLastDigit() throws IOException {
        Path sysctl = Path.of("/proc/sys/net/core/somaxconn");
        assumeTrue(Files.isReadable(sysctl), "no " + sysctl + " here");
        Process cat = new ProcessBuilder("cat", sysctl.toString()).start();
        assertEquals(new String(cat.getInputStream().readAllBytes()).strip(), new ProcFile(sysctl).text());
    }

    @Test
    void fieldsAreCountedBehindTheName() throws IOException {
        ProcFile status = of("Name:\tjava\nUid:\t1\t2\t3\t4\nCapEff:\tffffffffffffffff\n");
        assertEquals(OptionalLong.of(2), status.field("Uid:", 2, 10));
        assertEquals(OptionalLong.of(-1), status.field("CapEff:", 1, 16));
        assertEquals(OptionalLong.empty(), status.field("Uid:", 5, 10));
        assertEquals(OptionalLong.empty(), status.field("Gid:", 1, 10));
    }

    @Test
    void whatIsNoNumberIsEmpty() throws IOException {
        assertEquals(OptionalInt.of(1024), of("1024\n").number());
        assertEquals(OptionalInt.empty(), of("32768\t60999\n").number());
        assertEquals(OptionalInt.empty(), of("").number());
    }

    @Test
    void whatIsNotThereIsEmpty() {
        ProcFile nowhere = new ProcFile(directory.resolve("nowhere"));
        assertEquals("", nowhere.text());
        assertEquals(OptionalInt.empty(), nowhere.number());
    }

    @Test
    void aLineEndsAtANewlineAlone() throws IOException {
        ProcFile status = of("Name:\t\rUid:\t0\t0\u0085\u2028\nUid:\t1\t2\t3\t4\n");
        assertEquals(OptionalLong.of(2), status.field("Uid:", 2, 10));
        List<String> lines = new ArrayList<>();
        of("a\rb\r\n\n\u000bc").lines(lines::add);
        assertEquals(List.of("a\rb\r", "", "\u000bc"), lines);
        assertEquals("a\rb\r\n\n\u000bc", of("a\rb\r\n\n\u000bc").text());
    }

    @Test
    void aLineMayBeLongerThanAPiece() throws IOException {
        String line = "x".repeat(200_000);
        List<String> lines = new ArrayList<>();
        of(line + "\n" + line).lines(lines::add);
        assertEquals(List.of(line, line), lines);
    }

    @Test
    void whatIsMalformedOrSaidTwiceIsNotKnown() throws IOException {
        for (String status : List.of(
                "Uid: x y\n", "Uid:\n", "Uid:\t1\n", "Uid:\t1\t99999999999999999999\n", "Uid:\t0\t0\nUid:\t1\t2\n")) {
            assertEquals(OptionalLong.empty(), of(status).field("Uid:", 2, 10), status);
        }
    }
}
