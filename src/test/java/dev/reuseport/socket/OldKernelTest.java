package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.OldLinux;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
final class OldKernelTest {
    private static Optional<String> since(Syscalls syscalls, Const type, SockOpt<?> option) throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, type)) {
            return socket.get(option) instanceof Probe.Refused<?> refused
                    ? refused.since().map(LinuxRelease::toString)
                    : Optional.empty();
        }
    }

    private static String refusal(Syscalls syscalls, SockOpt<Boolean> option) throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            return assertThrows(ErrnoException.class, () -> socket.set(option, true))
                    .getMessage();
        }
    }

    @Test
    void whatCameLaterIsRefusedForThat() throws IOException {
        Syscalls old = OldLinux.of(new JnrSyscalls(), "4.14.336");
        assertEquals(Optional.of("6.17"), since(old, Const.SOCK_STREAM, SockOpts.SO_INQ));
        assertEquals(Optional.of("6.3"), since(old, Const.SOCK_STREAM, SockOpts.IP_LOCAL_PORT_RANGE));
        assertEquals(Optional.of("4.18"), since(old, Const.SOCK_STREAM, SockOpts.TCP_INQ));
        assertEquals(Optional.of("5.0"), since(old, Const.SOCK_DGRAM, SockOpts.UDP_GRO));
        assertTrue(refusal(old, SockOpts.TCP_FASTOPEN_NO_COOKIE).endsWith(": since Linux 4.15, and this is 4.14.336"));
    }

    /** The kernel is too old for them, and they would be refused all the same. */
    @Test
    void anOptionOfAnotherProtocolIsRefusedForThat() throws IOException {
        Syscalls old = OldLinux.of(new JnrSyscalls(), "4.14");
        assertEquals(Optional.empty(), since(old, Const.SOCK_DGRAM, SockOpts.TCP_INQ));
        assertEquals(Optional.empty(), since(old, Const.SOCK_STREAM, SockOpts.UDP_GRO));
        assertEquals(Optional.empty(), since(old, Const.SOCK_STREAM, SockOpts.IPV6_FREEBIND));
    }

    @Test
    void aKernelThatHasTheReleaseRefusesForAnotherReason() throws IOException {
        int refused = -new JnrSyscalls().abi().number(Const.ENOPROTOOPT);
        Syscalls refusing = Watched.of(
                new JnrSyscalls(),
                (call, arguments) -> call.endsWith("etsockopt") ? OptionalInt.of(refused) : OptionalInt.empty());
        assertEquals(Optional.empty(), since(refusing, Const.SOCK_STREAM, SockOpts.SO_COOKIE));
        assertTrue(refusal(refusing, SockOpts.SO_REUSEPORT).endsWith("Protocol not available"));
    }

    @Test
    void anOlderKernelThatHasItAllTheSameIsNotContradicted() throws IOException {
        Syscalls host = new JnrSyscalls();
        Syscalls old = OldLinux.of(host, "2.6.32");
        Syscalls backported = Watched.of(
                old, (call, arguments) -> call.equals("getsockopt") ? OptionalInt.of(0) : OptionalInt.empty());
        assertEquals(Optional.empty(), since(backported, Const.SOCK_STREAM, SockOpts.SO_REUSEPORT));
    }

    @Test
    void thisKernelsReleaseIsThatOfTheJvm() {
        assertEquals(LinuxRelease.parse(System.getProperty("os.version")), new JnrSyscalls().release());
    }
}
