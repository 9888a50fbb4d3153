package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NativeTcpListenerTest extends TcpListenerContract {
    @Override
    NativeTcpListener open(Const family) throws IOException {
        return NativeTcpListener.open(new JnrSyscalls(), family);
    }

    @Test
    void bindAndListenAreTwoCalls() throws IOException {
        try (NativeTcpListener listener = open(Loopback.family())) {
            listener.socket().bind(LOOPBACK);
            assertEquals(
                    Optional.of(false), listener.get(SockOpts.SO_ACCEPTCONN).toOptional());
            listener.socket().listen(1);
            assertEquals(Optional.of(true), listener.get(SockOpts.SO_ACCEPTCONN).toOptional());
        }
    }

    @Test
    void aRefusedBindSaysWhichCallAndWhichErrno() throws IOException {
        try (NativeTcpListener first = open(Loopback.family());
                NativeTcpListener second = open(Loopback.family())) {
            first.listen(LOOPBACK, 1);
            ErrnoException refused =
                    Assertions.assertThrows(ErrnoException.class, () -> second.listen(first.localAddress(), 1));
            assertEquals("bind", refused.call());
            assertEquals("EADDRINUSE", refused.errno().name());
            assertEquals(Abi.host().number(Const.EADDRINUSE), refused.errno().number());
        }
    }

    /** Memory that nobody refers to while libc reads it may be another's by then. */
    @Test
    void stopPassesNoMemoryThatItsListenerDoesNotKeep() throws IOException {
        AtomicInteger allocations = new AtomicInteger();
        Syscalls counting = Watched.of(new JnrSyscalls(), (call, arguments) -> {
            if (call.equals("allocate")) {
                allocations.incrementAndGet();
            }
            return OptionalInt.empty();
        });
        try (NativeTcpListener listener = NativeTcpListener.open(counting, Loopback.family())) {
            listener.listen(LOOPBACK, 1);
            assertEquals(Optional.empty(), listener.accept(Duration.ofMillis(1)));
            int before = allocations.get();
            assertTrue(before > 0);
            listener.stop(Duration.ZERO);
            assertEquals(before, allocations.get());
        }
    }

    @Test
    void aSocketThatOthersHoldTooIsLeftAsItWas() throws IOException {
        Syscalls syscalls = new JnrSyscalls();
        try (NativeSocket others = NativeSocket.open(syscalls, Loopback.family(), Const.SOCK_STREAM)) {
            others.bind(LOOPBACK);
            others.listen(1);
            for (boolean blocking : new boolean[] {true, false}) {
                others.blocking(blocking);
                NativeSocket borrowed = NativeSocket.borrow(syscalls, others.fd());
                try (NativeTcpListener listener = NativeTcpListener.adopt(syscalls, borrowed)) {
                    assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
                    assertFalse(others.blocking());
                }
                assertEquals(blocking, others.blocking());
            }
        }
    }

    /** It does not wait in accept, where nothing but a connection could wake it. */
    @Test
    void whatAnotherHolderDoesToTheFlagStopsNobody() throws IOException {
        Syscalls syscalls = new JnrSyscalls();
        try (NativeSocket others = NativeSocket.open(syscalls, Loopback.family(), Const.SOCK_STREAM)) {
            others.bind(LOOPBACK);
            others.listen(1);
            NativeSocket borrowed = NativeSocket.borrow(syscalls, others.fd());
            try (NativeTcpListener listener = NativeTcpListener.adopt(syscalls, borrowed)) {
                assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
                others.blocking(true);
                assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
            }
        }
    }

    /** What the peer still sends would have the kernel reset the connection, and throw away what waits for the end. */
    @ParameterizedTest
    @CsvSource({"false, false, false", "true, false, true", "true, true, false"})
    void theEndGoesWithTheReplyOfAPeerThatHasEnded(boolean ended, boolean shared, boolean together) throws IOException {
        Abi abi = Abi.host();
        Assumptions.assumeTrue(abi.defines(Const.MSG_MORE), "Linux: MSG_MORE");
        List<Integer> flags = new ArrayList<>();
        Syscalls recording = Watched.of(new JnrSyscalls(), (call, arguments) -> {
            if (call.equals("send")) {
                flags.add((Integer) arguments[arguments.length - 1]);
            }
            return OptionalInt.empty();
        });
        try (NativeTcpListener opened = NativeTcpListener.open(recording, Loopback.family())) {
            opened.listen(LOOPBACK, 1);
            NativeSocket borrowed =
                    NativeSocket.borrow(recording, opened.socket().fd());
            NativeTcpListener listener = shared ? NativeTcpListener.adopt(recording, borrowed) : opened;
            try (SocketChannel client =
                    SocketChannel.open(listener.localAddress().toInetSocketAddress())) {
                client.write(ByteBuffer.wrap(new byte[] {1}));
                if (ended) {
                    client.shutdownOutput();
                }
                ByteBuffer reply = ByteBuffer.allocate(2);
                try (TcpConnection connection =
                        listener.accept(Duration.ofSeconds(10)).orElseThrow()) {
                    assertEquals(1, connection.receive(Duration.ofSeconds(10)).remaining());
                    if (ended) {
                        assertEquals(
                                0, connection.receive(Duration.ofSeconds(10)).remaining());
                    }
                    connection.send(ByteBuffer.wrap(new byte[] {2}), Duration.ofSeconds(10));
                    assertEquals(
                            List.of(together),
                            flags.stream()
                                    .map(each -> (each & abi.number(Const.MSG_MORE)) != 0)
                                    .toList());
                    if (!together) {
                        assertEquals(1, client.read(reply));
                    }
                }
                if (together) {
                    assertEquals(1, client.read(reply));
                }
                assertEquals(-1, client.read(reply));
                assertEquals(2, reply.get(0));
            }
        }
    }

    /** If it took SYNs, those of the twenty that the hash gives to the leaver would be reset when it closes. */
    @Test
    void whatComesToAMemberThatLeavesReachesTheOther() throws IOException {
        reachesTheOther(new JnrSyscalls());
    }

    @Test
    void whatComesToAnOrdinaryUsersMemberThatLeavesReachesTheOther() throws IOException {
        Syscalls ordinary = Watched.withoutPrivilege(new JnrSyscalls(), SockOpts.SO_ATTACH_FILTER);
        try (NativeTcpListener asked = NativeTcpListener.open(ordinary, Loopback.family())) {
            Assumptions.assumeTrue(
                    asked.socket().dropSyn(), "IP_MINTTL and IPV6_MINHOPCOUNT: an emulator may pass on neither");
        }
        reachesTheOther(ordinary);
    }

    private void reachesTheOther(Syscalls syscalls) throws IOException {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: a listener can drop SYNs");
        NativeTcpListener leaver = NativeTcpListener.open(syscalls, Loopback.family());
        try (NativeTcpListener stayer = open(Loopback.family())) {
            for (NativeTcpListener member : List.of(leaver, stayer)) {
                member.set(SockOpts.SO_REUSEPORT, true);
            }
            leaver.listen(LOOPBACK, 64);
            stayer.listen(leaver.localAddress(), 64);
            leaver.stop(Duration.ofSeconds(5));
            assertEquals(Optional.empty(), leaver.accept());
            List<SocketChannel> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    SocketChannel client = SocketChannel.open();
                    clients.add(client);
                    client.configureBlocking(false);
                    client.connect(stayer.localAddress().toInetSocketAddress());
                }
                assertEquals(Optional.empty(), leaver.accept());
                leaver.close();
                for (int i = 0; i < clients.size(); i++) {
                    assertTrue(stayer.accept(Duration.ofSeconds(10)).isPresent(), "connection " + i);
                }
            } finally {
                for (SocketChannel client : clients) {
                    client.close();
                }
            }
        } finally {
            leaver.close();
        }
    }

    /** A connection that comes while the kernel is asked whether SYNs may be dropped is in the queue by its refusal. */
    @Test
    void whoMayTurnNobodyAwayLooksOnceMoreAndCloses() throws IOException {
        List<String> calls = new ArrayList<>();
        List<SocketChannel> clients = new ArrayList<>();
        NativeTcpListener[] opened = new NativeTcpListener[1];
        Syscalls refusing = Watched.withoutPrivilege(
                Watched.of(new JnrSyscalls(), (call, arguments) -> {
                    calls.add(call);
                    return OptionalInt.empty();
                }),
                SockOpts.SO_ATTACH_FILTER,
                SockOpts.IP_MINTTL);
        Syscalls connecting = Watched.of(refusing, (call, arguments) -> {
            if (call.equals("setsockopt") && opened[0] != null && clients.isEmpty()) {
                try {
                    clients.add(SocketChannel.open(opened[0].localAddress().toInetSocketAddress()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return OptionalInt.empty();
        });
        try (NativeTcpListener listener = NativeTcpListener.open(connecting, Loopback.family())) {
            listener.set(SockOpts.SO_REUSEPORT, true);
            listener.listen(LOOPBACK, 1);
            opened[0] = listener;
            listener.stop(Duration.ofSeconds(5));
            listener.accept().orElseThrow().close();
            assertEquals(1, clients.size());
            assertEquals(Optional.empty(), listener.accept());
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
        assertEquals(List.of("close"), calls.subList(calls.size() - 1, calls.size()));
        String last = calls.get(calls.size() - 2);
        assertTrue(last.startsWith("accept"), () -> "between the last accept and close: " + last);
    }
}
