package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Nobody;
import org.junit.jupiter.api.Test;

class InspectProcessIT {
    @Test
    void anotherUsersProcessIsRefusedWithWhatToDo() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "pidfd_getfd is Linux's");
        String pid = Long.toString(ProcessHandle.current().pid());
        try (Launched inspect = Nobody.launched("inspect", "--pid", pid)) {
            assertEquals(3, inspect.awaitExit(), inspect.err()::toString);
            String said = String.join("\n", inspect.err());
            assertTrue(said.contains("EACCES") || said.contains("EPERM"), said);
            assertTrue(said.contains("it belongs to uid 0 and this is uid " + Nobody.UID), said);
            assertTrue(said.contains("CAP_SYS_PTRACE"), said);
        }
    }
}
