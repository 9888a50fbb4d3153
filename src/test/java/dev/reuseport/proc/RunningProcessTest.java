package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.PrintableTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunningProcessTest {
    private static final Path OWN_NAME = Path.of("/proc/self/comm");
    private static final int NAMES = 500;

    @TempDir
    private Path proc;

    /** Writes what the kernel does: in status, and only there, it escapes the newline and the backslash. */
    private RunningProcess named(byte[] name, String uids) throws IOException {
        Path directory = Files.createDirectories(proc.resolve("7"));
        ByteArrayOutputStream status = new ByteArrayOutputStream();
        status.writeBytes("Name:\t".getBytes(StandardCharsets.US_ASCII));
        for (byte octet : name) {
            status.writeBytes(
                    octet == '\n' || octet == '\\'
                            ? (octet == '\n' ? "\\n" : "\\\\").getBytes(StandardCharsets.US_ASCII)
                            : new byte[] {octet});
        }
        status.writeBytes(("\nUmask:\t0022\nUid:" + uids + "\n").getBytes(StandardCharsets.US_ASCII));
        Files.write(directory.resolve("status"), status.toByteArray());
        ByteArrayOutputStream comm = new ByteArrayOutputStream();
        comm.writeBytes(name);
        comm.write('\n');
        Files.write(directory.resolve("comm"), comm.toByteArray());
        return new Proc(proc).process(7);
    }

    @Test
    void noNameHidesTheUserOrReachesATerminal() throws IOException {
        Random random = new Random(20_261_126);
        for (int i = 0; i < NAMES; i++) {
            byte[] name = HostileNames.drawn(random);
            RunningProcess process = named(name, "\t1\t12345\t3\t4");
            String hex = HexFormat.of().formatHex(name);
            assertEquals(OptionalInt.of(12_345), process.uid(), hex);
            assertTrue(PrintableTest.harmless(process.toString()), hex);
        }
    }

    @Test
    void aDamagedLineIsNotKnown() throws IOException {
        for (String uids : new String[] {"", " x y", "\t1", "\t1\t-2", "\t1\t4294967296"}) {
            assertEquals(OptionalInt.empty(), named(new byte[] {'a'}, uids).uid(), uids);
        }
        assertEquals(
                OptionalInt.of(-1), named(new byte[] {'a'}, "\t1\t4294967295").uid());
        RunningProcess gone = new Proc(proc).process(8);
        assertEquals("pid 8", gone.toString());
        assertEquals(OptionalInt.empty(), gone.uid());
    }

    @Test
    void aNameIsReadAsItIs() throws IOException {
        assertEquals(
                "pid 7 (été)",
                named("été".getBytes(StandardCharsets.UTF_8), "\t1\t1").toString());
        assertEquals(
                " a\n",
                named(" a\n".getBytes(StandardCharsets.UTF_8), "\t1\t1")
                        .command()
                        .text());
    }

    @Test
    void whatThisProcessCallsItselfIsItsNameAndNothingElse() throws IOException {
        assumeTrue(Files.isWritable(OWN_NAME), "a process names itself in " + OWN_NAME + " on Linux");
        byte[] before = Files.readAllBytes(OWN_NAME);
        int own = (int) ProcessHandle.current().pid();
        Random random = new Random(20_261_127);
        OptionalLong began = Proc.ofHost().began(own);
        Origin origin =
                Origin.of(Proc.ofHost(), new JnrSyscalls(), Proc.ofHost().process(own));
        try {
            for (int i = 0; i < NAMES; i++) {
                byte[] name = HostileNames.drawn(random);
                Files.write(OWN_NAME, name);
                RunningProcess process = Proc.ofHost().process(own);
                String hex = HexFormat.of().formatHex(name);
                assertEquals(OptionalInt.of(new JnrSyscalls().geteuid()), process.uid(), hex);
                assertEquals(Printable.of(name), process.command(), hex);
                assertEquals(began, Proc.ofHost().began(own), hex);
                assertEquals(
                        origin,
                        Origin.of(
                                Proc.ofHost(), new JnrSyscalls(), Proc.ofHost().process(own)),
                        hex);
            }
        } finally {
            Files.write(OWN_NAME, before);
        }
    }

    @Test
    void aProcessBeganWhenTheKernelSaysWhateverItsName() throws IOException {
        Files.createDirectories(proc.resolve("7"));
        for (String name : new String[] {"nginx", "a b", "x) Z 1 (", ")"}) {
            Files.writeString(
                    proc.resolve("7/stat"),
                    "7 (" + name + ") S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 20\n");
            assertEquals(OptionalLong.of(987_654), new Proc(proc).began(7), name);
        }
        Files.writeString(proc.resolve("7/stat"), "7 (nginx) Z 1 7 7 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0\n");
        assertEquals(OptionalLong.empty(), new Proc(proc).began(7), "a zombie");
        Files.writeString(proc.resolve("7/stat"), "7 (nginx)");
        assertEquals(OptionalLong.empty(), new Proc(proc).began(7));
        assertEquals(OptionalLong.empty(), new Proc(proc).began(8));
    }
}
