package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PrivilegeTest {
    private static final OptionalInt SAME = OptionalInt.of(1000);

    @Test
    void anotherUserIsTheCauseOfItsOwnRefusal() {
        String advice = Privilege.advice(1000, false, false, "1", OptionalInt.of(0));
        assertTrue(advice.contains("belongs to uid 0 and this is uid 1000"), advice);
        assertTrue(advice.contains("CAP_SYS_PTRACE"), advice);
    }

    @Test
    void yamaIsTheCauseAmongProcessesOfOneUser() {
        assertTrue(Privilege.advice(1000, false, false, "1", SAME).contains("ptrace_scope is 1"));
        assertTrue(Privilege.advice(1000, false, false, "1", SAME).contains("set it to 0"));
        assertTrue(Privilege.advice(1000, false, false, "2", SAME).contains("ptrace_scope is 2"));
        assertTrue(Privilege.advice(0, true, false, "3", SAME).contains("until the next boot"));
    }

    @Test
    void aContainersSeccompFilterIsNamed() {
        String advice = Privilege.advice(0, true, true, "0", OptionalInt.of(0));
        assertTrue(advice.startsWith("this process runs under a seccomp filter"), advice);
        assertTrue(advice.contains("SYS_PTRACE"), advice);
    }

    @Test
    void withoutAnyOfThemTheProcessItselfMayHaveSaidNo() {
        assertTrue(Privilege.advice(1000, false, false, "", SAME).contains("PR_SET_DUMPABLE"));
    }

    @Test
    void statusFieldsAreFoundByName() {
        String status = "Name:\tx\nUid:\t1\t2\t3\t4\nCapEff:\t0000000000080000\n";
        assertEquals(2, RunningProcess.field(status, "Uid:", 2, 10).orElseThrow());
        assertEquals(1L << 19, RunningProcess.field(status, "CapEff:", 1, 16).orElseThrow());
        assertTrue(RunningProcess.field(status, "Seccomp:", 1, 10).isEmpty());
    }

    @Test
    void aSysctlIsReadWhole() {
        Path release = Path.of("/proc/sys/kernel/osrelease");
        assumeTrue(Files.exists(release), "sysctls are files on Linux only");
        assertEquals(System.getProperty("os.version"), RunningProcess.text(release));
        String range = RunningProcess.text(Path.of("/proc/sys/net/ipv4/ip_local_port_range"));
        assertTrue(range.matches("\\d+\\s+\\d+"), range);
    }
}
