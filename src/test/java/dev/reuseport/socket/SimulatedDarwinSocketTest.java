package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Named;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Simulated: options and calls of one socket as they are on macOS, with the numbers written out. */
@Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a call of libc that waits hears no interrupt
final class SimulatedDarwinSocketTest {
    private static final Sockaddr LOOPBACK = Loopback.address();

    private final Syscalls darwin = new SimulatedDarwin(new JnrSyscalls());
    private NativeSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = NativeSocket.open(darwin, Loopback.family(), Const.SOCK_STREAM);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    /** Sets, and reads back a value and the ints of the raw bytes. */
    private <T> void readsBack(SockOpt<T> option, T set, T read, int... raw) throws IOException {
        assertNotEquals(Optional.of(read), socket.get(option).toOptional(), option + " has that value already");
        socket.set(option, set);
        Probe.Value<?> found = assertInstanceOf(Probe.Value.class, socket.get(option));
        assertEquals(read, found.value(), option.name());
        ByteBuffer bytes = ByteBuffer.wrap(found.raw().orElseThrow().bytes()).order(ByteOrder.nativeOrder());
        for (int expected : raw) {
            assertEquals(expected, bytes.getInt(), option.name());
        }
        assertFalse(bytes.hasRemaining(), () -> option + " has " + bytes.remaining() + " bytes more");
    }

    @Test
    void aBooleanThatIsOnReadsAsItsBit() throws IOException {
        readsBack(SockOpts.SO_REUSEADDR, true, true, 4);
        readsBack(SockOpts.SO_REUSEPORT, true, true, 0x200);
        readsBack(SockOpts.SO_KEEPALIVE, true, true, 8);
        readsBack(SockOpts.TCP_NODELAY, true, true, 4);
        readsBack(SockOpts.SO_NOSIGPIPE, true, true, 1);
        readsBack(SockOpts.SO_REUSESHAREUID, true, true, 0x40);
    }

    @Test
    @NeedsIpv6
    void aBooleanOfIpv6IsOne() throws IOException {
        readsBack(SockOpts.IPV6_V6ONLY, true, true, 1);
    }

    @Test
    void lingerCountsTicksUnderOneNameAndSecondsUnderTheOther() throws IOException {
        readsBack(
                SockOpts.SO_LINGER,
                new LingerTime(true, Duration.ofMillis(2500)),
                new LingerTime(true, Duration.ofMillis(2500)),
                1,
                250);
        readsBack(
                SockOpts.SO_LINGER_SEC,
                new LingerTime(true, Duration.ofSeconds(3)),
                new LingerTime(true, Duration.ofSeconds(3)),
                1,
                3);
        assertEquals(
                Optional.of(new LingerTime(true, Duration.ofSeconds(3))),
                socket.get(SockOpts.SO_LINGER).toOptional());
    }

    @Test
    void aTimevalHasTwelveBytesAndPadding() throws IOException {
        socket.set(SockOpts.SO_RCVTIMEO, Duration.ofSeconds(5));
        Probe.Value<?> found = assertInstanceOf(Probe.Value.class, socket.get(SockOpts.SO_RCVTIMEO));
        assertEquals(Duration.ofSeconds(5), found.value());
        ByteBuffer bytes = ByteBuffer.wrap(found.raw().orElseThrow().bytes()).order(ByteOrder.nativeOrder());
        assertEquals(16, bytes.remaining());
        assertEquals(5, bytes.getLong());
        assertEquals(0, bytes.getInt());
    }

    @Test
    void aBufferIsAsLargeAsWasSaid() throws IOException {
        readsBack(SockOpts.SO_RCVBUF, 20000, 20000, 20000);
        readsBack(SockOpts.SO_SNDBUF, 30000, 30000, 30000);
    }

    @Test
    void idleTimeGoesByDarwinsName() throws IOException {
        readsBack(SockOpts.TCP_KEEPALIVE, 77, 77, 77);
        assertEquals(new Probe.NotDefined<Integer>("darwin"), socket.get(SockOpts.TCP_KEEPIDLE));
    }

    @Test
    void theTypeIsDarwinsNumber() {
        assertEquals(
                Optional.of(new Named(1, Optional.of("SOCK_STREAM"))),
                socket.get(SockOpts.SO_TYPE).toOptional());
    }

    @Test
    void whetherItListensCannotBeRead() throws IOException {
        socket.bind(LOOPBACK);
        socket.listen(1);
        Probe.Refused<?> refused = assertInstanceOf(Probe.Refused.class, socket.get(SockOpts.SO_ACCEPTCONN));
        Errno errno = refused.errno().orElseThrow();
        assertEquals("ENOPROTOOPT", errno.name());
        assertEquals(42, errno.number());
    }

    @Test
    void whatLinuxAloneHasIsNotDefined() {
        assertEquals(new Probe.NotDefined<Long>("darwin"), socket.get(SockOpts.SO_MARK));
        assertThrows(NotDefinedException.class, () -> socket.set(SockOpts.SO_MARK, 1L));
    }

    @Test
    void aRefusedCallCountsAsDarwinCounts() throws IOException {
        socket.bind(LOOPBACK);
        socket.listen(1);
        try (NativeSocket second = NativeSocket.open(darwin, Loopback.family(), Const.SOCK_STREAM)) {
            Sockaddr taken = socket.localAddress();
            Errno inUse =
                    assertThrows(ErrnoException.class, () -> second.bind(taken)).errno();
            assertEquals("EADDRINUSE", inUse.name());
            assertEquals(48, inUse.number());
            socket.close();
            Errno nobody = assertThrows(ErrnoException.class, () -> second.connect(taken))
                    .errno();
            assertEquals("ECONNREFUSED", nobody.name());
            assertEquals(61, nobody.number());
        }
    }

    @Test
    void anAcceptedSocketInheritsNonblockingAndLosesIt() throws IOException {
        socket.bind(LOOPBACK);
        socket.listen(1);
        socket.blocking(false);
        assertEquals(Optional.empty(), socket.accept());
        try (NativeSocket client = NativeSocket.open(darwin, Loopback.family(), Const.SOCK_STREAM)) {
            client.connect(socket.localAddress());
            int inherited = darwin.accept(socket.fd());
            assertEquals(4, darwin.fcntl(inherited, 3, 0) & 4, "O_NONBLOCK of a socket that accept(2) gave");
            assertEquals(0, darwin.close(inherited));
        }
        try (NativeSocket client = NativeSocket.open(darwin, Loopback.family(), Const.SOCK_STREAM)) {
            client.connect(socket.localAddress());
            try (NativeSocket accepted = socket.accept().orElseThrow()) {
                assertEquals(0, darwin.fcntl(accepted.fd(), 3, 0) & 4, "O_NONBLOCK of a NativeSocket");
                assertEquals(1, darwin.fcntl(accepted.fd(), 1, 0), "FD_CLOEXEC of a NativeSocket");
                assertEquals(client.localAddress(), accepted.peerAddress());
            }
        }
    }

    @Test
    void descriptorsAreCloseOnExecWithoutSockCloexec() {
        assertEquals(1, darwin.fcntl(socket.fd(), 1, 0));
    }

    @Test
    @NeedsIpv6(loopback = false)
    void everyOptionOfTheTableIsAnsweredWithoutAnException() throws IOException {
        for (Const family : new Const[] {Const.AF_INET, Const.AF_INET6}) {
            for (Const type : new Const[] {Const.SOCK_STREAM, Const.SOCK_DGRAM}) {
                try (NativeSocket fresh = NativeSocket.open(darwin, family, type)) {
                    for (SockOpt<?> option : SockOpts.all()) {
                        Probe<?> probe = fresh.get(option);
                        assertFalse(probe instanceof Probe.Undecodable<?>, () -> option + ": " + probe);
                        assertEquals(
                                option.definedOn(darwin.abi()), !(probe instanceof Probe.NotDefined<?>), option.name());
                    }
                }
            }
        }
    }
}
