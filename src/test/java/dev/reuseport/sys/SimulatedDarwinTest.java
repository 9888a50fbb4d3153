package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reuseport.NeedsIpv6;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Simulated: the stand-in for macOS keeps the contract of every binding, and refuses what is another system's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a call of libc that waits hears no interrupt
final class SimulatedDarwinTest extends SyscallsContract {
    @Override
    Syscalls open() {
        return new SimulatedDarwin(new JnrSyscalls());
    }

    /** The errnos are those of sys/errno.h there. */
    @ParameterizedTest
    @CsvSource({
        "10, 1,       -47", // AF_INET6 of Linux: EAFNOSUPPORT
        "30, 0x80001, -43", // SOCK_CLOEXEC of Linux: EPROTONOSUPPORT
        "30, 3,       -43"
    })
    void aSocketByAnotherSystemsNumbersIsRefused(int domain, String type, int errno) {
        assertEquals(errno, open().socket(domain, Integer.decode(type), 0));
    }

    @ParameterizedTest
    @CsvSource({
        "0xffff, 4,      0",
        "0xffff, 0x200,  0",
        "1,      2,    -22", // SOL_SOCKET of Linux: EINVAL
        "1,      0x200, -22",
        "0xffff, 15,   -42", // SO_REUSEPORT of Linux: ENOPROTOOPT
        "0xffff, 2,    -42", // SO_REUSEADDR of Linux is SO_ACCEPTCONN here, which cannot be set
        "6,      18,   -42" // TCP_USER_TIMEOUT of Linux
    })
    @NeedsIpv6(loopback = false)
    void anOptionByAnotherSystemsNumbersIsRefused(String level, String option, int result) {
        Syscalls darwin = open();
        int fd = darwin.socket(30, 1, 0);
        try {
            NativeBuffer one = darwin.allocate(Integer.BYTES);
            one.bytes().putInt(0, 1);
            assertEquals(
                    result, darwin.setsockopt(fd, Integer.decode(level), Integer.decode(option), one, Integer.BYTES));
        } finally {
            assertEquals(0, darwin.close(fd));
        }
    }

    @Test
    @NeedsIpv6
    void anAddressWithoutItsLengthIsRefused() {
        Syscalls darwin = open();
        int fd = darwin.socket(30, 1, 0);
        try {
            NativeBuffer address = darwin.allocate(28);
            address.bytes().put(23, (byte) 1);
            address.bytes().put(0, (byte) 28).put(1, (byte) 30);
            assertEquals(0, darwin.bind(fd, address, 28));
            address.bytes().put(0, (byte) 0);
            assertEquals(-47, darwin.bind(fd, address, 28));
            address.bytes().putShort(0, (short) 10);
            assertEquals(-47, darwin.bind(fd, address, 28));
        } finally {
            assertEquals(0, darwin.close(fd));
        }
    }

    @Test
    void thereIsNoAccept4() {
        assertEquals(-78, open().accept4(0, 0));
    }
}
