package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class ReceiverTest {
    private static final Sockaddr LOOPBACK = Loopback.address();
    private static final Duration LONG = Duration.ofSeconds(20);

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    /** A receiver that runs until the test is done with it. */
    private static final class Running implements AutoCloseable {
        final Receiver receiver;
        final Sockaddr address;
        private final CompletableFuture<Void> run;

        Running(Receiver.Settings settings, OutputStream log) throws IOException {
            receiver = new Receiver(settings, 193, log);
            receiver.open();
            address = receiver.localAddress();
            run = CompletableFuture.runAsync(() -> {
                try {
                    receiver.run();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        byte[] send(byte[] message) throws IOException {
            return new Sender(address.toInetSocketAddress(), LONG).send(message);
        }

        @Override
        public void close() {
            receiver.stop();
            run.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static Receiver.Settings settings(Mode mode, boolean reusePort, Sockaddr address, Duration timeout) {
        assumeTrue(mode != Mode.FFM || Runtime.version().feature() >= 22, "java.lang.foreign needs Java 22");
        return new Receiver.Settings(mode, address, reusePort, 8, timeout);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private List<String> lines() {
        return log.toString(StandardCharsets.US_ASCII).lines().toList();
    }

    private static int readout(Mode mode, Const option) {
        return mode == Mode.JDK ? 1 : Abi.host().setBoolean(option);
    }

    @ParameterizedTest
    @EnumSource
    void theLinesAreTheArticles(Mode mode) throws Exception {
        int port;
        try (Running running = new Running(settings(mode, true, LOOPBACK, LONG), log)) {
            port = running.address.port();
            assertEquals(
                    "Receiver-193: recv message=b'Hello\\n'\n",
                    new String(running.send(ascii("Hello\n")), StandardCharsets.US_ASCII));
        }
        assertEquals(
                List.of(
                        "Receiver-193: pid=193",
                        "Receiver-193: so_reuseaddr=" + readout(mode, Const.SO_REUSEADDR),
                        "Receiver-193: so_reuseport=" + readout(mode, Const.SO_REUSEPORT),
                        "Receiver-193: Listening sockname=" + Loopback.name(port),
                        "Receiver-193: accepted sockname=" + Loopback.name(port),
                        "Receiver-193: recv message=b'Hello\\n'"),
                lines());
    }

    @ParameterizedTest
    @EnumSource
    void aSecondOneWithoutReusePortEndsAfterItsReadouts(Mode mode) throws Exception {
        try (Running first = new Running(settings(mode, false, LOOPBACK, LONG), new ByteArrayOutputStream())) {
            IOException refused = assertThrows(
                    IOException.class, () -> new Receiver(settings(mode, false, first.address, LONG), 194, log).open());
            assertEquals(
                    List.of(
                            "Receiver-194: pid=194",
                            "Receiver-194: so_reuseaddr=" + readout(mode, Const.SO_REUSEADDR),
                            "Receiver-194: so_reuseport=0"),
                    lines());
            assertEquals(
                    mode == Mode.JDK
                            ? "java.net.BindException: Address already in use"
                            : "OSError: [Errno " + Abi.host().number(Const.EADDRINUSE) + "] Address already in use",
                    Receiver.lastWords(refused));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anIpv4ReceiverHasAPairForAName(Mode mode) throws Exception {
        Sockaddr loopback = new Sockaddr.Inet(0x7f000001, 0);
        try (Running running = new Running(settings(mode, true, loopback, LONG), log)) {
            running.send(ascii("x"));
            String name = "('127.0.0.1', " + running.address.port() + ")";
            assertEquals("Receiver-193: Listening sockname=" + name, lines().get(3));
            assertEquals("Receiver-193: accepted sockname=" + name, lines().get(4));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingAtAllIsAMessageToo(Mode mode) throws Exception {
        try (Running running = new Running(settings(mode, true, LOOPBACK, LONG), log)) {
            assertArrayEquals(ascii("Receiver-193: recv message=b''\n"), running.send(new byte[0]));
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyTheFirst4096BytesAreRead(Mode mode) throws Exception {
        try (Running running = new Running(settings(mode, true, LOOPBACK, LONG), log)) {
            byte[] message = new byte[4096];
            Arrays.fill(message, (byte) 'A');
            assertArrayEquals(ascii("Receiver-193: recv message=b'" + "A".repeat(4096) + "'\n"), running.send(message));
        }
    }

    @ParameterizedTest
    @EnumSource
    void rudeClientsDoNotEndIt(Mode mode) throws Exception {
        try (Running running = new Running(settings(mode, true, LOOPBACK, Duration.ofMillis(300)), log)) {
            try (Socket silent = connect(running)) {
                assertTrue(silent.isConnected());
                try (Socket resets = connect(running)) {
                    resets.setSoLinger(true, 0);
                }
                try (Socket talksAndResets = connect(running)) {
                    talksAndResets.getOutputStream().write(ascii("bye"));
                    talksAndResets.setSoLinger(true, 0);
                }
                assertArrayEquals(
                        ascii("Receiver-193: recv message=b'still here'\n"), running.send(ascii("still here")));
            }
        }
        assertTrue(lines().contains("Receiver-193: gave up: nothing was received in time"), lines()::toString);
    }

    private static Socket connect(Running running) throws IOException {
        return new Socket(running.address.toInetSocketAddress().getAddress(), running.address.port());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsQueuedAtStopIsAnswered(Mode mode) throws Exception {
        Receiver receiver = new Receiver(settings(mode, true, LOOPBACK, LONG), 193, log);
        receiver.open();
        try (Socket first = new Socket(
                        receiver.localAddress().toInetSocketAddress().getAddress(),
                        receiver.localAddress().port());
                Socket second = new Socket(
                        receiver.localAddress().toInetSocketAddress().getAddress(),
                        receiver.localAddress().port())) {
            for (Socket socket : List.of(first, second)) {
                socket.getOutputStream().write(ascii("last"));
                socket.shutdownOutput();
            }
            receiver.stop();
            receiver.run();
            for (Socket socket : List.of(first, second)) {
                assertArrayEquals(
                        ascii("Receiver-193: recv message=b'last'\n"),
                        socket.getInputStream().readAllBytes());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLogThatCannotBeWrittenDoesNotEndIt(Mode mode) throws Exception {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        try (Running running = new Running(settings(mode, true, LOOPBACK, LONG), broken)) {
            assertArrayEquals(ascii("Receiver-193: recv message=b'x'\n"), running.send(ascii("x")));
            assertArrayEquals(ascii("Receiver-193: recv message=b'y'\n"), running.send(ascii("y")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stoppedBeforeItListensItReturnsAtOnce(Mode mode) throws Exception {
        Receiver receiver = new Receiver(settings(mode, true, LOOPBACK, LONG), 193, log);
        receiver.stop();
        receiver.open();
        receiver.run();
        assertEquals(4, lines().size());
    }

    @Test
    void lastWordsArePythons() {
        Abi abi = Abi.host();
        int eacces = abi.number(Const.EACCES);
        assertEquals(
                "PermissionError: [Errno " + eacces + "] Permission denied",
                Receiver.lastWords(new ErrnoException("bind", Errno.of(new JnrSyscalls(), -eacces))));
        assertEquals("java.net.BindException: no", Receiver.lastWords(new BindException("no")));
    }
}
