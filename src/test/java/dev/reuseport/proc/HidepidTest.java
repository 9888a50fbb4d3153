package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HidepidTest {
    private static final String USER = "Gid:\t100\t100\t100\t100\nGroups:\t27 77 \nCapEff:\t0000000000000000\n";

    @TempDir
    private Path directory;

    private Hidepid mounted(String... lines) throws IOException {
        return Hidepid.of(
                new ProcFile(Files.writeString(directory.resolve("mounts"), String.join("\n", lines) + "\n")), "/proc");
    }

    private ProcFile status(String text) throws IOException {
        return new ProcFile(Files.writeString(directory.resolve("status"), text));
    }

    @Test
    void withoutTheOptionNothingIsHidden() throws IOException {
        for (String options : new String[] {"rw,relatime", "rw,hidepid=0", "rw,hidepid=off,gid=5"}) {
            assertEquals(
                    Optional.empty(),
                    mounted("proc /proc proc " + options + " 0 0").reason(),
                    options);
        }
        assertEquals(
                Optional.empty(), mounted("tmpfs /proc tmpfs rw,hidepid=2 0 0").reason());
    }

    @Test
    void theLastMountAtThePlaceCounts() throws IOException {
        String hiding = "proc /proc proc rw,hidepid=2 0 0";
        assertTrue(
                mounted("proc /proc proc rw 0 0", hiding).reason().orElseThrow().contains("hidepid=2"));
        assertEquals(Optional.empty(), mounted(hiding, "proc /proc proc rw 0 0").reason());
        assertEquals(
                Optional.empty(),
                mounted("x\rproc /tmp/\rproc\\040/proc fuse hidepid=2 0 0").reason());
    }

    @Test
    void rootAndTheGroupSeeAll() throws IOException {
        Hidepid group = mounted("proc /proc proc rw,gid=77,hidepid=invisible 0 0");
        assertEquals(Optional.empty(), group.reasonFor(status(USER)));
        Hidepid other = mounted("proc /proc proc rw,gid=7,hidepid=invisible 0 0");
        assertTrue(other.reasonFor(status(USER)).orElseThrow().contains("in the group 7,"));
        assertEquals(
                Optional.empty(),
                other.reasonFor(status(USER.replace("CapEff:\t0000000000000000", "CapEff:\t000001ffffffffff"))));
        Hidepid roots = mounted("proc /proc proc rw,hidepid=noaccess 0 0");
        assertEquals(Optional.empty(), roots.reasonFor(status(USER.replace("\t100\n", "\t0\n"))));
        assertTrue(roots.reasonFor(status(USER)).orElseThrow().contains("gid="));
    }

    @Test
    void withPtraceableNoGroupHelps() throws IOException {
        String said = mounted("proc /proc proc rw,gid=77,hidepid=ptraceable 0 0")
                .reasonFor(status(USER))
                .orElseThrow();
        assertTrue(said.contains("root") && !said.contains("group"), said);
    }
}
