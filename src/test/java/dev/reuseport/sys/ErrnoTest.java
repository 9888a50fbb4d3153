package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import org.junit.jupiter.api.Test;

final class ErrnoTest {
    private final Syscalls syscalls = new JnrSyscalls();
    private final Abi host = syscalls.abi();

    @Test
    void itIsNamedNumberedAndSaid() {
        int number = host.number(Const.EADDRINUSE);
        Errno errno = Errno.of(syscalls, -number);
        assertEquals(new Errno(number, "EADDRINUSE", "Address already in use"), errno);
        assertTrue(errno.is(Const.EADDRINUSE));
        assertEquals(
                "bind: EADDRINUSE (" + number + "): Address already in use",
                new ErrnoException("bind", errno).getMessage());
    }

    @Test
    void anotherSystemsNumberGetsItsOwnNameAndTheHostsWords() {
        assertEquals(
                new Errno(48, "EADDRINUSE", "Address already in use"),
                Errno.of(HostSyscalls.claiming(Platform.DARWIN), -48));
        assertEquals(
                new Errno(125, "EADDRINUSE", "Address already in use"),
                Errno.of(HostSyscalls.claiming(Platform.LINUX_MIPS), -125));
    }

    @Test
    void ofTwoNamesTheSocketProgrammersIsTaken() {
        assertEquals("EAGAIN", Errno.of(syscalls, -host.number(Const.EAGAIN)).name());
        assertEquals(
                "EOPNOTSUPP", Errno.of(syscalls, -host.number(Const.EOPNOTSUPP)).name());
    }

    @Test
    void anUnknownNumberIsShownAsSuch() {
        assertEquals("errno 4095", Errno.of(syscalls, -4095).name());
    }
}
