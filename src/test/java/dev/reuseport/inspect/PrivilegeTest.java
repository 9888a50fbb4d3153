package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
