package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NativeSocketTest {
    private final Syscalls syscalls = new JnrSyscalls();
    private final Abi abi = syscalls.abi();
    private NativeSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    private <T> void changes(SockOpt<T> option, T value, T expected) throws IOException {
        assertNotEquals(Optional.of(expected), socket.get(option).toOptional(), option + " has that value already");
        socket.set(option, value);
        assertEquals(Optional.of(expected), socket.get(option).toOptional(), option.name());
    }

    @Test
    void optionsOfEveryCodecReadBackAsSet() throws IOException {
        changes(SockOpts.SO_KEEPALIVE, true, true);
        changes(SockOpts.TCP_NODELAY, true, true);
        changes(SockOpts.IPV6_UNICAST_HOPS, 7, 7);
        changes(
                SockOpts.SO_LINGER,
                new LingerTime(true, Duration.ofSeconds(3)),
                new LingerTime(true, Duration.ofSeconds(3)));
    }

    @Test
    void aTimeoutKeepsItsFraction() throws IOException {
        socket.set(SockOpts.SO_RCVTIMEO, Duration.ofMillis(1250));
        Duration read = socket.get(SockOpts.SO_RCVTIMEO).toOptional().orElseThrow();
        // Kernels count timeouts in clock ticks and round up.
        assertTrue(
                read.compareTo(Duration.ofMillis(1250)) >= 0 && read.compareTo(Duration.ofMillis(1270)) <= 0,
                read::toString);
    }

    @Test
    void descriptorsAreCloseOnExec() {
        int flags = syscalls.fcntl(socket.fd(), abi.number(Const.F_GETFD), 0);
        assertEquals(abi.number(Const.FD_CLOEXEC), flags & abi.number(Const.FD_CLOEXEC));
    }

    @Test
    void fourKindsOfNoValueAreFourAnswers() {
        assumeTrue(abi.platform().linux(), "needs Linux: the refusals are its");
        assertEquals(new Probe.NotDefined<Boolean>("linux"), nameOnGenericLinux(socket.get(SockOpts.SO_EXCLBIND)));
        assertEquals(
                new Probe.Refused<Boolean>(Errno.of(abi, -abi.number(Const.ENOPROTOOPT))),
                socket.get(SockOpts.UDP_CORK));
        assertInstanceOf(Probe.NotAsked.class, socket.get(SockOpts.SO_ATTACH_REUSEPORT_CBPF));
        assertEquals(Optional.of(false), socket.get(SockOpts.SO_REUSEPORT).toOptional());
    }

    private static Probe<Boolean> nameOnGenericLinux(Probe<Boolean> probe) {
        return probe instanceof Probe.NotDefined<Boolean> missing
                        && missing.where().startsWith("linux")
                ? new Probe.NotDefined<>("linux")
                : probe;
    }

    @Test
    void rawNumbersReadTheSameBytes() {
        Probe<Raw> raw = socket.getRaw(abi.number(Const.SOL_SOCKET), abi.number(Const.SO_RCVBUF), Integer.BYTES);
        Probe.Value<Integer> decoded = (Probe.Value<Integer>) socket.get(SockOpts.SO_RCVBUF);
        assertEquals(decoded.raw(), raw.toOptional());
    }

    @Test
    void everyOptionOfTheTableIsAnsweredWithoutAnException() throws IOException {
        for (Const family : new Const[] {Const.AF_INET, Const.AF_INET6}) {
            for (Const type : new Const[] {Const.SOCK_STREAM, Const.SOCK_DGRAM}) {
                try (NativeSocket fresh = NativeSocket.open(syscalls, family, type)) {
                    for (SockOpt<?> option : SockOpts.all()) {
                        assertFalse(
                                fresh.get(option) instanceof Probe.Undecodable<?>,
                                () -> option + " of " + family + " " + type + ": " + fresh.get(option));
                    }
                }
            }
        }
    }

    @Test
    void closingTwiceClosesOnce() throws IOException {
        int fd = socket.fd();
        socket.close();
        try (NativeSocket reused = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
            assumeTrue(fd == reused.fd(), "needs the number to be given out again");
            socket.close();
            assertInstanceOf(Probe.Value.class, reused.get(SockOpts.SO_TYPE));
        }
    }
}
