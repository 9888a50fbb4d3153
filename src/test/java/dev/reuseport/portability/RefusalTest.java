package dev.reuseport.portability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.HostSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Provokes errors of which every system has the name and each its own number. */
class RefusalTest {
    private static final int NO_FLAGS = 0;
    private static final int PATIENCE_MILLIS = 10_000;

    /** {@code struct pollfd}: int fd, short events, short revents. */
    private static final int POLLFD_SIZE = 8;

    private Syscalls syscalls;
    private Abi abi;

    /** Returns what the tests call; a subclass calls something else. */
    Syscalls open() {
        return HostSyscalls.open();
    }

    @BeforeEach
    void load() {
        syscalls = open();
        abi = syscalls.abi();
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void aSecondListenerOnAPortIsRefused(SocketKind kind) throws IOException {
        try (NativeSocket first = kind.open(syscalls);
                NativeSocket second = kind.open(syscalls)) {
            Sockaddr address = listen(first, kind);
            assertRefused("bind", Const.EADDRINUSE, () -> second.bind(address));
            // The JDK was compiled against this system's own headers and must see the same.
            try (ServerSocket jdk = new ServerSocket()) {
                jdk.setReuseAddress(false);
                InetSocketAddress same = address.toInetSocketAddress();
                assertThrows(BindException.class, () -> jdk.bind(same));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void listenersWithSoReuseportShareAPort(SocketKind kind) throws IOException {
        assumeTrue(abi.defines(Const.SO_REUSEPORT), abi.platform().id() + " has no SO_REUSEPORT");
        try (NativeSocket first = kind.open(syscalls);
                NativeSocket second = kind.open(syscalls);
                NativeSocket without = kind.open(syscalls)) {
            first.set(SockOpts.SO_REUSEPORT, true);
            second.set(SockOpts.SO_REUSEPORT, true);
            Sockaddr address = listen(first, kind);
            second.bind(address);
            second.listen(1);
            assertEquals(address, second.localAddress());
            assertRefused("bind", Const.EADDRINUSE, () -> without.bind(address));
        }
    }

    @Test
    void anAddressOfNobodyIsRefused() throws IOException {
        // RFC 5737 keeps it for documentation.
        Sockaddr nobody = new Sockaddr.Inet(0xc000_0201, 0);
        try (NativeSocket socket = SocketKind.TCP.open(syscalls)) {
            assertRefused("bind", Const.EADDRNOTAVAIL, () -> socket.bind(nobody));
        }
    }

    @Test
    void aPortWithoutListenerRefusesConnections() throws IOException {
        try (NativeSocket bound = SocketKind.TCP.open(syscalls);
                NativeSocket client = SocketKind.TCP.open(syscalls)) {
            bound.bind(SocketKind.loopback(Const.AF_INET));
            Sockaddr address = bound.localAddress();
            assertRefused("connect", Const.ECONNREFUSED, () -> client.connect(address));
        }
    }

    @Test
    void aSocketWithoutPeerHasNoPeerAddress() throws IOException {
        try (NativeSocket socket = SocketKind.TCP.open(syscalls)) {
            assertRefused("getpeername", Const.ENOTCONN, socket::peerAddress);
        }
    }

    @Test
    void aNegativeDescriptorIsNone() {
        NativeSocket none = NativeSocket.borrow(syscalls, -1);
        assertRefused("bind", Const.EBADF, () -> none.bind(SocketKind.loopback(Const.AF_INET)));
    }

    @Test
    void soErrorIsForgottenOnceRead() throws IOException {
        try (NativeSocket socket = unheard()) {
            assertNotEquals(0, error(socket));
            assertEquals(0, error(socket));
        }
    }

    /** The one option whose value is an errno. */
    @Test
    void soErrorCountsAsErrnoDoes() throws IOException {
        boolean translated = HostSyscalls.emulator().isEmpty()
                || abi.number(Const.ECONNREFUSED) == Const.ECONNREFUSED.on(Platform.LINUX);
        assumeTrue(
                translated, () -> HostSyscalls.emulator().orElseThrow() + " hands on SO_ERROR as this kernel counts");
        try (NativeSocket socket = unheard()) {
            assertEquals(abi.number(Const.ECONNREFUSED), error(socket));
        }
    }

    /** A socket that sent a datagram which nobody took, so that an ICMP message came back. */
    private NativeSocket unheard() throws IOException {
        Sockaddr closed = closedPort();
        NativeSocket socket = SocketKind.UDP.open(syscalls);
        socket.connect(closed);
        NativeBuffer octet = syscalls.allocate(1);
        assertEquals(1, syscalls.send(socket.fd(), octet, 0, 1, NO_FLAGS));
        awaitReadable(socket);
        return socket;
    }

    private Sockaddr closedPort() throws IOException {
        try (NativeSocket socket = SocketKind.UDP.open(syscalls)) {
            socket.bind(SocketKind.loopback(Const.AF_INET));
            return socket.localAddress();
        }
    }

    private static Sockaddr listen(NativeSocket socket, SocketKind kind) throws IOException {
        socket.bind(SocketKind.loopback(kind.family()));
        socket.listen(1);
        return socket.localAddress();
    }

    private static int error(NativeSocket socket) {
        return socket.get(SockOpts.SO_ERROR).toOptional().orElseThrow();
    }

    private void awaitReadable(NativeSocket socket) {
        NativeBuffer pollfd = syscalls.allocate(POLLFD_SIZE);
        pollfd.bytes().putInt(0, socket.fd()).putShort(Integer.BYTES, (short) abi.number(Const.POLLIN));
        assertEquals(1, syscalls.poll(pollfd, 1, PATIENCE_MILLIS), "the error arrives");
    }

    private void assertRefused(String call, Const errno, Executable executable) {
        ErrnoException refusal = assertThrows(ErrnoException.class, executable);
        assertEquals(call, refusal.call());
        assertEquals(errno.name(), refusal.errno().name(), refusal::getMessage);
        assertEquals(abi.number(errno), refusal.errno().number());
    }
}
