package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Descriptors;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sender before servers that do not do what they should. */
@Timeout(60)
final class SenderTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final byte[] HELLO = "Hello\n".getBytes(StandardCharsets.US_ASCII);

    private interface Behaviour {
        void with(Socket peer) throws IOException, InterruptedException;
    }

    private interface Asking {
        void ask(InetSocketAddress server) throws Exception;
    }

    /** Asks a server that behaves like that with one client. */
    private static void against(Behaviour behaviour, Asking asking) throws Exception {
        Thread serving;
        try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"))) {
            serving = new Thread(() -> {
                try (Socket peer = listener.accept()) {
                    behaviour.with(peer);
                } catch (IOException | InterruptedException e) {
                    // the client has gone, or the test is over
                }
            });
            serving.start();
            asking.ask((InetSocketAddress) listener.getLocalSocketAddress());
        }
        serving.interrupt();
        serving.join();
    }

    private static void endsInTime(InetSocketAddress server, byte[] message, Supplier<String> otherwise) {
        long began = System.nanoTime();
        SocketTimeoutException late =
                assertThrows(SocketTimeoutException.class, () -> new Sender(server, SHORT).send(message), otherwise);
        assertTrue(System.nanoTime() - began < LONG.toNanos() / 2, otherwise);
        assertTrue(late.getMessage().endsWith(" after 0.3 seconds"), late::getMessage);
    }

    @Test
    void theTimeIsForTheWholeReplyHoweverOftenAByteComes() throws Exception {
        against(
                peer -> {
                    OutputStream out = peer.getOutputStream();
                    while (true) {
                        out.write('x');
                        Thread.sleep(50);
                    }
                },
                server -> endsInTime(server, HELLO, () -> "a byte each 0.05 seconds"));
    }

    @Test
    void aServerThatNeverReadsEndsAWriteInTime() throws Exception {
        against(
                peer -> Thread.sleep(LONG.toMillis()),
                server -> endsInTime(server, new byte[64 << 20], () -> "64 MiB that nobody reads"));
    }

    @Test
    void aServerThatSaysNothingIsWaitedForNoLonger() throws Exception {
        against(
                peer -> Thread.sleep(LONG.toMillis()),
                server -> endsInTime(server, HELLO, () -> "a server that says nothing"));
    }

    @Test
    void aServerWhoseQueueIsFullIsWaitedForNoLonger() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                Socket first = new Socket();
                Socket second = new Socket()) {
            first.connect(full.getLocalSocketAddress());
            second.connect(full.getLocalSocketAddress());
            endsInTime((InetSocketAddress) full.getLocalSocketAddress(), HELLO, () -> "nobody accepts");
        }
    }

    @Test
    void anEndlessReplyIsHandedOnAsItComes() throws Exception {
        long most = 256L << 20;
        AtomicLong came = new AtomicLong();
        against(
                peer -> {
                    byte[] piece = new byte[1 << 16];
                    while (true) {
                        peer.getOutputStream().write(piece);
                    }
                },
                server -> new Sender(server, LONG).send(HELLO, (bytes, from, length) -> came.addAndGet(length) < most));
        assertTrue(came.get() >= most && came.get() < most + (1 << 16), () -> came + " bytes, and then it ended");
    }

    @Test
    void aReplyIsReadWhileTheMessageIsStillBeingSent() throws Exception {
        byte[] message = new byte[16 << 20];
        against(
                peer -> {
                    byte[] piece = new byte[1 << 16];
                    for (int n = peer.getInputStream().read(piece);
                            n > 0;
                            n = peer.getInputStream().read(piece)) {
                        peer.getOutputStream().write(piece, 0, n);
                    }
                },
                server -> assertArrayEquals(message, new Sender(server, LONG).send(message)));
    }

    @Test
    void aResetBehindTheReplyIsItsEnd() throws Exception {
        against(
                peer -> {
                    peer.getInputStream().read();
                    peer.getOutputStream().write(HELLO);
                    Thread.sleep(100); // so that the reset, which forgets what was not yet read, comes behind it
                },
                server -> assertArrayEquals(HELLO, new Sender(server, LONG).send(new byte[8192])));
    }

    @Test
    void aResetBeforeAnyReplyIsAFailure() throws Exception {
        against(
                peer -> {
                    peer.setSoLinger(true, 0);
                    peer.close();
                },
                server -> assertThrows(IOException.class, () -> new Sender(server, LONG).send(HELLO)));
    }

    @Test
    void nobodyThereIsRefused() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = (InetSocketAddress) closed.getLocalSocketAddress();
        }
        SocketException refused = assertThrows(SocketException.class, () -> new Sender(nobody, LONG).send(HELLO));
        assertEquals("Connection refused", refused.getMessage());
    }

    @Test
    void noDescriptorIsLeft() throws Exception {
        Descriptors.assertNoneLeftBy(() -> {
            against(
                    peer -> Thread.sleep(LONG.toMillis()),
                    server -> endsInTime(server, HELLO, () -> "a server that says nothing"));
            return null;
        });
    }
}
