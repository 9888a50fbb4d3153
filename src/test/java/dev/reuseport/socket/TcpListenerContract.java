package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a listener does whichever way it was opened; a subclass names the way. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a call of libc that waits hears no interrupt
abstract class TcpListenerContract {
    static final Sockaddr LOOPBACK = Loopback.address();
    static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 0, 0, 0);
    static final Sockaddr LOOPBACK4 = new Sockaddr.Inet(0x7f000001, 0);
    private static final Duration LONG = Duration.ofSeconds(20);

    private TcpListener listener;

    abstract TcpListener open(Const family) throws IOException;

    @BeforeEach
    void openOne() throws IOException {
        listener = open(Loopback.family());
    }

    @AfterEach
    void closeIt() throws IOException {
        listener.close();
    }

    private Socket connect() throws IOException {
        return new Socket(Loopback.inet(), listener.localAddress().port());
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.US_ASCII.decode(bytes).toString();
    }

    @Test
    void anOptionReadsBackAsSet() throws IOException {
        assertEquals(Optional.of(false), listener.get(SockOpts.SO_REUSEPORT).toOptional());
        listener.set(SockOpts.SO_REUSEPORT, true);
        assertEquals(Optional.of(true), listener.get(SockOpts.SO_REUSEPORT).toOptional());
        listener.set(SockOpts.SO_REUSEPORT, false);
        assertEquals(Optional.of(false), listener.get(SockOpts.SO_REUSEPORT).toOptional());
    }

    @Test
    void anOptionThatDoesNotExistIsAnAnswerWhenReadAndAFailureWhenSet() {
        assertInstanceOf(Probe.NotDefined.class, listener.get(SockOpts.SO_EXCLBIND));
        assertThrows(NotDefinedException.class, () -> listener.set(SockOpts.SO_EXCLBIND, true));
    }

    @Test
    void portZeroBecomesAPortOfThatFamily() throws IOException {
        listener.listen(LOOPBACK, 1);
        assertNotEquals(0, listener.localAddress().port());
        assertEquals(LOOPBACK, listener.localAddress().withPort(0));
        try (TcpListener four = open(Const.AF_INET)) {
            four.listen(LOOPBACK4, 1);
            assertEquals(LOOPBACK4, four.localAddress().withPort(0));
        }
    }

    @Test
    void anAddressInUseIsRefused() throws IOException {
        listener.listen(LOOPBACK, 1);
        Sockaddr taken = listener.localAddress();
        try (TcpListener second = open(Loopback.family())) {
            IOException refused = assertThrows(IOException.class, () -> second.listen(taken, 1));
            assertTrue(refused.getMessage().contains("Address already in use"), refused::getMessage);
        }
    }

    @Test
    void twoListenWhereBothSetReusePort() throws IOException {
        listener.set(SockOpts.SO_REUSEPORT, true);
        listener.listen(LOOPBACK, 1);
        try (TcpListener second = open(Loopback.family())) {
            second.set(SockOpts.SO_REUSEPORT, true);
            second.listen(listener.localAddress(), 1);
            assertEquals(listener.localAddress(), second.localAddress());
        }
    }

    @Test
    void aMessageIsReceivedAndAnswered() throws IOException {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect()) {
            client.getOutputStream().write("Hello\n".getBytes(StandardCharsets.US_ASCII));
            try (TcpConnection connection = listener.accept().orElseThrow()) {
                assertEquals(listener.localAddress(), connection.localAddress());
                assertEquals("Hello\n", text(connection.receive(LONG)));
                connection.send(ByteBuffer.wrap("well\n".getBytes(StandardCharsets.US_ASCII)), LONG);
            }
            assertEquals("well\n", new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    @Test
    @NeedsIpv6
    void anIpv4PeerOfAnIpv6ListenerIsMapped() throws IOException {
        listener.set(SockOpts.SO_REUSEPORT, true);
        listener.listen(new Sockaddr.Inet6(0, 0, 0, 0, 0), 1);
        int port = listener.localAddress().port();
        try (Socket client = new Socket(InetAddress.getByName("127.0.0.1"), port);
                TcpConnection connection = listener.accept().orElseThrow()) {
            assertEquals("::ffff:127.0.0.1", connection.localAddress().host());
            assertTrue(client.isConnected());
        }
    }

    @Test
    void theEndOfTheStreamIsAnEmptyMessage() throws IOException {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            client.shutdownOutput();
            assertEquals(0, connection.receive(LONG).remaining());
        }
    }

    @Test
    void oneReceiveIsAtMost4096Bytes() throws IOException {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            client.getOutputStream().write(new byte[10_000]);
            client.shutdownOutput();
            int total = 0;
            for (int count = connection.receive(LONG).remaining();
                    count > 0;
                    count = connection.receive(LONG).remaining()) {
                assertTrue(count <= TcpConnection.MAX_RECEIVE);
                total += count;
            }
            assertEquals(10_000, total);
        }
    }

    @Test
    void aReplyLargerThanAllBuffersArrivesWhole() throws Exception {
        listener.listen(LOOPBACK, 1);
        byte[] large = new byte[20_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31);
        }
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.getInputStream().readNBytes(large.length);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            connection.send(ByteBuffer.wrap(large), LONG);
            assertEquals(ByteBuffer.wrap(large), ByteBuffer.wrap(read.get(20, TimeUnit.SECONDS)));
        }
    }

    @Test
    void whoSaysNothingTimesOut() throws IOException {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            assertThrows(SocketTimeoutException.class, () -> connection.receive(Duration.ofMillis(50)));
            assertTrue(client.isConnected());
        }
    }

    @Test
    void whoDoesNotReadTimesOut() throws IOException {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            ByteBuffer endless = ByteBuffer.allocate(100_000_000);
            assertThrows(SocketTimeoutException.class, () -> connection.send(endless, Duration.ofMillis(50)));
            assertTrue(client.isConnected());
        }
    }

    @Test
    void aResetIsAFailureOfThatConnectionAlone() throws IOException {
        listener.listen(LOOPBACK, 1);
        Socket rude = connect();
        rude.setSoLinger(true, 0);
        try (TcpConnection connection = listener.accept().orElseThrow()) {
            rude.close();
            assertThrows(IOException.class, () -> connection.receive(LONG));
        }
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            client.shutdownOutput();
            assertEquals(0, connection.receive(LONG).remaining());
        }
    }

    @Test
    void stopWakesAWaitingAccept() throws Exception {
        listener.listen(LOOPBACK, 1);
        CompletableFuture<Optional<TcpConnection>> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return listener.accept();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        listener.stop(LONG);
        assertEquals(Optional.empty(), waiting.get(20, TimeUnit.SECONDS));
    }

    @Test
    void whatWasQueuedBeforeStopIsStillAccepted() throws IOException {
        listener.listen(LOOPBACK, 8);
        try (Socket first = connect();
                Socket second = connect()) {
            first.getOutputStream().write('1');
            second.getOutputStream().write('2');
            listener.stop(LONG);
            for (String expected : new String[] {"1", "2"}) {
                try (TcpConnection connection = listener.accept().orElseThrow()) {
                    assertEquals(expected, text(connection.receive(LONG)));
                }
            }
            assertEquals(Optional.empty(), listener.accept());
        }
    }

    @Test
    void stopCutsAReceiveShort() throws Exception {
        listener.listen(LOOPBACK, 1);
        try (Socket client = connect();
                TcpConnection connection = listener.accept().orElseThrow()) {
            CompletableFuture<Throwable> waiting = CompletableFuture.supplyAsync(
                    () -> assertThrows(SocketTimeoutException.class, () -> connection.receive(Duration.ofHours(1))));
            listener.stop(Duration.ofMillis(10));
            waiting.get(20, TimeUnit.SECONDS);
            assertTrue(client.isConnected());
        }
    }

    @Test
    void withoutWaitingOnlyWhatIsQueuedIsAccepted() throws IOException {
        listener.listen(LOOPBACK, 8);
        assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
        try (Socket client = connect()) {
            client.getOutputStream().write('1');
            try (TcpConnection connection = listener.accept(Duration.ZERO).orElseThrow()) {
                assertEquals("1", text(connection.receive(LONG)));
            }
            assertEquals(Optional.empty(), listener.accept(Duration.ZERO));
        }
    }

    @Test
    void aBoundedWaitEndsWithAConnectionOrWithTheTime() throws Exception {
        listener.listen(LOOPBACK, 8);
        assertEquals(Optional.empty(), listener.accept(Duration.ofMillis(20)));
        CompletableFuture<Socket> later = CompletableFuture.supplyAsync(() -> {
            try {
                return connect();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        try (TcpConnection connection = listener.accept(LONG).orElseThrow();
                Socket client = later.get(20, TimeUnit.SECONDS)) {
            client.shutdownOutput();
            assertEquals(0, connection.receive(LONG).remaining());
        }
    }

    @Test
    void aListenerThatNeverWaitsHasOneDescriptor() throws IOException {
        File descriptors = new File("/proc/self/fd");
        Assumptions.assumeTrue(descriptors.isDirectory(), "/proc/self/fd");
        int many = 100;
        List<TcpListener> idle = new ArrayList<>();
        try {
            open(Loopback.family()).close();
            int before = descriptors.list().length;
            for (int i = 0; i < many; i++) {
                TcpListener one = open(Loopback.family());
                idle.add(one);
                one.listen(LOOPBACK, 1);
                assertEquals(Optional.empty(), one.accept(Duration.ZERO));
            }
            int after = descriptors.list().length;
            assertTrue(after - before < 3 * many / 2, () -> before + " descriptors became " + after);
        } finally {
            for (TcpListener one : idle) {
                one.close();
            }
        }
    }
}
