package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether an emulator of another CPU runs this process; on other CPUs' JVMs one does. */
final class EmulatorTest {
    @TempDir
    private Path root;

    private Optional<String> emulator(String taken, String real) throws IOException {
        Path task = Files.createDirectories(
                root.resolve("self/task/" + ProcessHandle.current().pid()));
        Files.createSymbolicLink(root.resolve("self/exe"), Path.of(taken));
        Files.createSymbolicLink(task.resolve("exe"), Path.of(real));
        return new Proc(root).emulator();
    }

    @Test
    void aProgramThatIsWhatItTakesItselfForHasNone() throws IOException {
        assertEquals(Optional.empty(), emulator("/usr/bin/java", "/usr/bin/java"));
    }

    @Test
    void theProgramThatRunsItIsTheEmulator() throws IOException {
        assertEquals(Optional.of("qemu-aarch64"), emulator("/usr/bin/java", "/usr/libexec/qemu-aarch64"));
    }

    @Test
    void whereThereIsNoProcNothingIsKnown() {
        assertEquals(Optional.empty(), new Proc(root).emulator());
    }

    @Test
    void itIsSeenWhereTestsRunUnderOne() {
        assumeTrue(Files.exists(Path.of("/proc/self/exe")), "no /proc/self/exe here");
        assertEquals(
                System.getProperty("reuseport.test.emulator") != null,
                Proc.ofHost().emulator().isPresent());
    }
}
