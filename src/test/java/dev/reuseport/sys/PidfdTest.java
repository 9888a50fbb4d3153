package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PidfdTest {
    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private final JnrSyscalls syscalls = new JnrSyscalls();
    private final Abi abi = syscalls.abi();
    private int pidfd;

    @BeforeEach
    void openOwnProcess() {
        assumeTrue(abi.platform().linux(), "pidfd_open is Linux's");
        pidfd = syscalls.pidfd_open(OWN_PID, 0);
        assumeTrue(pidfd != -abi.number(Const.ENOSYS), "pidfd_open needs Linux 5.3");
        assertTrue(pidfd >= 0, () -> Errno.of(syscalls, pidfd).toString());
    }

    @AfterEach
    void closeOwnProcess() {
        if (pidfd > 0) {
            syscalls.close(pidfd);
        }
    }

    @Test
    void aDuplicateIsTheSameSocket() {
        int socket = syscalls.socket(abi.number(Const.AF_INET), abi.number(Const.SOCK_STREAM), 0);
        int byName = syscalls.pidfd_getfd(pidfd, socket, 0);
        int byNumber = syscalls.pidfdGetfdByNumber(pidfd, socket, 0);
        try {
            assertTrue(byName > 0 && byNumber > 0, () -> byName + " and " + byNumber);
            assertNotEquals(socket, byName);
            assertNotEquals(byName, byNumber);
            assertEquals(0, reusePort(byName));
            NativeBuffer on = syscalls.allocate(Integer.BYTES);
            on.bytes().putInt(0, 1);
            int result = syscalls.setsockopt(
                    socket, abi.number(Const.SOL_SOCKET), abi.number(Const.SO_REUSEPORT), on, Integer.BYTES);
            assertEquals(0, result);
            assertEquals(1, reusePort(byName));
            assertEquals(1, reusePort(byNumber));
        } finally {
            syscalls.close(byName);
            syscalls.close(byNumber);
            syscalls.close(socket);
        }
    }

    @Test
    void theSystemCallNumberOpensTheSameProcess() {
        int second = syscalls.pidfdOpenByNumber(OWN_PID, 0);
        assertTrue(second > 0, () -> Errno.of(syscalls, second).toString());
        syscalls.close(second);
    }

    @Test
    void aDescriptorThatIsNotOpenIsEbadf() {
        assertEquals(-abi.number(Const.EBADF), syscalls.pidfd_getfd(pidfd, 1_000_000, 0));
        assertEquals(-abi.number(Const.EBADF), syscalls.pidfdGetfdByNumber(pidfd, 1_000_000, 0));
    }

    @Test
    void aPidThatNobodyHasIsEsrch() {
        int beyondPidMax = 1 << 22 | 1;
        assertEquals(-abi.number(Const.ESRCH), syscalls.pidfd_open(beyondPidMax, 0));
        assertEquals(-abi.number(Const.ESRCH), syscalls.pidfdOpenByNumber(beyondPidMax, 0));
    }

    @Test
    void otherSystemsHaveNoSuchCall() {
        JnrSyscalls darwin = new JnrSyscalls(Abi.of("Mac OS X", "aarch64"));
        assertEquals(-Abi.of("Mac OS X", "aarch64").number(Const.ENOSYS), darwin.pidfd_open(OWN_PID, 0));
        assertEquals(-Abi.of("Mac OS X", "aarch64").number(Const.ENOSYS), darwin.pidfd_getfd(0, 0, 0));
    }

    private int reusePort(int fd) {
        NativeBuffer value = syscalls.allocate(Integer.BYTES);
        NativeBuffer length = syscalls.allocate(Integer.BYTES);
        length.bytes().putInt(0, Integer.BYTES);
        int result =
                syscalls.getsockopt(fd, abi.number(Const.SOL_SOCKET), abi.number(Const.SO_REUSEPORT), value, length);
        assertEquals(0, result);
        return value.bytes().getInt(0);
    }
}
