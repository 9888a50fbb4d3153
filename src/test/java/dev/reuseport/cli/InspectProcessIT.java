package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.sys.Libc;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InspectProcessIT {
    private static final int NOBODY = 65_534;

    @Test
    void anotherUsersProcessIsRefusedWithWhatToDo() throws Exception {
        String pid = Long.toString(ProcessHandle.current().pid());
        List<String> lines = runAsNobody("inspect", "--pid", pid);
        assertEquals("exit status 3", lines.get(lines.size() - 1), lines::toString);
        String said = String.join("\n", lines);
        assertTrue(said.contains("EACCES") || said.contains("EPERM"), said);
        assertTrue(said.contains("it belongs to uid 0 and this is uid " + NOBODY), said);
        assertTrue(said.contains("CAP_SYS_PTRACE"), said);
    }

    private static List<String> runAsNobody(String... arguments) throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "pidfd_getfd is Linux's");
        assumeTrue(Libc.geteuid() == 0, "changing the user needs root");
        assumeTrue(new File("/usr/bin/setpriv").canExecute(), "setpriv is not installed");
        Path jar = Path.of("target/reuseport.jar").toAbsolutePath();
        for (Path above = jar.getParent(); above != null; above = above.getParent()) {
            assumeTrue(
                    Files.getPosixFilePermissions(above).toString().contains("OTHERS_EXECUTE"),
                    above + " is closed to other users");
        }
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/setpriv",
                "--reuid",
                Integer.toString(NOBODY),
                "--regid",
                Integer.toString(NOBODY),
                "--clear-groups",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                jar.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList());
        lines.add("exit status " + process.waitFor());
        return lines;
    }
}
