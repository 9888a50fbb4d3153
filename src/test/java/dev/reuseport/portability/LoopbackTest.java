package dev.reuseport.portability;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.HostSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Takes real connections over the loopback interface, with addresses that were laid out by hand. */
class LoopbackTest {
    private static final int NO_FLAGS = 0;

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
    void theSystemChoosesAPortAndTellsIt(SocketKind kind) throws IOException {
        try (NativeSocket socket = kind.open(syscalls)) {
            Sockaddr asked = SocketKind.loopback(kind.family());
            socket.bind(asked);
            Sockaddr bound = socket.localAddress();
            assertNotEquals(0, bound.port());
            assertEquals(asked.withPort(bound.port()), bound);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void theSystemWritesTheStructureThatTheAbiDescribes(SocketKind kind) throws IOException {
        try (NativeSocket socket = kind.open(syscalls)) {
            socket.bind(SocketKind.loopback(kind.family()));
            NativeBuffer written = syscalls.allocate(2 * Sockaddr.MAX_SIZE);
            NativeBuffer length = syscalls.allocate(Integer.BYTES);
            length.bytes().putInt(0, written.size());
            assertEquals(0, syscalls.getsockname(socket.fd(), written, length));
            int size = kind.family() == Const.AF_INET ? abi.sockaddrInSize() : abi.sockaddrIn6Size();
            assertEquals(size, length.bytes().getInt(0), "length in bytes");

            NativeBuffer encoded = syscalls.allocate(Sockaddr.MAX_SIZE);
            assertEquals(size, socket.localAddress().encode(abi, encoded.bytes()));
            assertArrayEquals(encoded.copy(size), written.copy(size));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void bytesPassBothWaysAndEnd(SocketKind kind) throws IOException {
        try (NativeSocket listener = kind.open(syscalls);
                NativeSocket client = kind.open(syscalls)) {
            listener.bind(SocketKind.loopback(kind.family()));
            listener.listen(1);
            Sockaddr address = listener.localAddress();
            client.connect(address);
            try (NativeSocket accepted = listener.accept().orElseThrow()) {
                assertEquals(address, accepted.localAddress());
                assertEquals(address, client.peerAddress());
                assertEquals(client.localAddress(), accepted.peerAddress());
                pass("Hello, server", client, accepted);
                pass("Hello, client", accepted, client);
                client.shutdownOutput();
                NativeBuffer nothing = syscalls.allocate(1);
                assertEquals(0, syscalls.recv(accepted.fd(), nothing, 0, 1, NO_FLAGS), "the end of the stream");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void aListenerThatDoesNotBlockSaysThatNobodyIsThere(SocketKind kind) throws IOException {
        try (NativeSocket listener = kind.open(syscalls)) {
            listener.bind(SocketKind.loopback(kind.family()));
            listener.listen(1);
            listener.blocking(false);
            assertTrue(listener.accept().isEmpty());
        }
    }

    private void pass(String text, NativeSocket from, NativeSocket to) {
        byte[] sent = text.getBytes(StandardCharsets.US_ASCII);
        NativeBuffer out = syscalls.allocate(sent.length);
        out.bytes().put(0, sent);
        assertEquals(sent.length, syscalls.send(from.fd(), out, 0, sent.length, NO_FLAGS));
        NativeBuffer in = syscalls.allocate(sent.length);
        int waitForAll = abi.number(Const.MSG_WAITALL);
        assertEquals(sent.length, syscalls.recv(to.fd(), in, 0, sent.length, waitForAll));
        assertArrayEquals(sent, in.copy(sent.length));
    }
}
