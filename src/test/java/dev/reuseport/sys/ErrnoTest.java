package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import org.junit.jupiter.api.Test;

final class ErrnoTest {
    private final Abi host = Abi.host();

    @Test
    void itIsNamedNumberedAndSaid() {
        int number = host.number(Const.EADDRINUSE);
        Errno errno = Errno.of(host, -number);
        assertEquals(new Errno(number, "EADDRINUSE", "Address already in use"), errno);
        assertTrue(errno.is(Const.EADDRINUSE));
        assertEquals(
                "bind: EADDRINUSE (" + number + "): Address already in use",
                new ErrnoException("bind", errno).getMessage());
    }

    @Test
    void anotherSystemsNumberGetsItsOwnNameAndTheHostsWords() {
        assertEquals(
                new Errno(48, "EADDRINUSE", "Address already in use"), Errno.of(Abi.of("Mac OS X", "aarch64"), -48));
        assertEquals(
                new Errno(125, "EADDRINUSE", "Address already in use"), Errno.of(Abi.of("Linux", "mips64el"), -125));
    }

    @Test
    void ofTwoNamesTheSocketProgrammersIsTaken() {
        assertEquals("EAGAIN", Errno.of(host, -host.number(Const.EAGAIN)).name());
        assertEquals(
                "EOPNOTSUPP", Errno.of(host, -host.number(Const.EOPNOTSUPP)).name());
    }

    @Test
    void anUnknownNumberIsShownAsSuch() {
        assertEquals("errno 4095", Errno.of(host, -4095).name());
    }
}
