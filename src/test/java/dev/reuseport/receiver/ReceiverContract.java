package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The receiver as a process of its own, out of the packaged jar; a subclass names the mode. */
@Timeout(120)
abstract class ReceiverContract {
    abstract Mode mode();

    private Launched serve(String... options) throws IOException {
        return serve(0, options);
    }

    private Launched serve(int port, String... options) throws IOException {
        String[] serve = {"serve", "--mode", mode().toString(), "--listen-port", Integer.toString(port)};
        String[] where = List.of(options).contains("--listen-addr") ? new String[0] : Loopback.listenAddr();
        return new Launched(Stream.of(serve, where, options).flatMap(Stream::of).toArray(String[]::new));
    }

    private int readout(Const option) {
        return mode() == Mode.JDK ? 1 : Abi.host().setBoolean(option);
    }

    private static byte[] send(int port, String message) throws IOException {
        InetSocketAddress address = new InetSocketAddress(Loopback.inet(), port);
        return new Sender(address, Duration.ofSeconds(30)).send(message.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void assertReply(Launched receiver, int port, String message, String repr) throws IOException {
        assertEquals(
                "Receiver-" + receiver.pid() + ": recv message=" + repr + "\n",
                new String(send(port, message), StandardCharsets.ISO_8859_1));
    }

    @Test
    void stderrIsTheArticlesToTheByte() throws Exception {
        try (Launched receiver = serve()) {
            int port = receiver.awaitPort();
            assertReply(receiver, port, "Hello\n", "b'Hello\\n'");
            receiver.awaitErr(line -> line.contains("recv message="));
            String name = "Receiver-" + receiver.pid() + ": ";
            assertEquals(
                    List.of(
                            name + "pid=" + receiver.pid(),
                            name + "so_reuseaddr=" + readout(Const.SO_REUSEADDR),
                            name + "so_reuseport=" + readout(Const.SO_REUSEPORT),
                            name + "Listening sockname=" + Loopback.name(port),
                            name + "accepted sockname=" + Loopback.name(port),
                            name + "recv message=b'Hello\\n'"),
                    receiver.err());
            assertEquals(List.of(), receiver.out());
        }
    }

    @Test
    void aSecondWithoutReusePortFailsWithTheArticlesLastLine() throws Exception {
        try (Launched first = serve("--without-reuseport")) {
            int port = first.awaitPort();
            try (Launched second = serve(port, "--without-reuseport")) {
                assertEquals(1, second.awaitExit());
                String name = "Receiver-" + second.pid() + ": ";
                String lastLine = mode() == Mode.JDK
                        ? "java.net.BindException: Address already in use"
                        : "OSError: [Errno " + Abi.host().number(Const.EADDRINUSE) + "] Address already in use";
                assertEquals(
                        List.of(
                                name + "pid=" + second.pid(),
                                name + "so_reuseaddr=" + readout(Const.SO_REUSEADDR),
                                name + "so_reuseport=0",
                                lastLine),
                        second.err());
            }
        }
    }

    @Test
    void twoWithReusePortShareThePort() throws Exception {
        try (Launched first = serve()) {
            int port = first.awaitPort();
            try (Launched second = serve(port)) {
                assertEquals(port, second.awaitPort());
                String reply = new String(send(port, "AAAA\n"), StandardCharsets.US_ASCII);
                assertTrue(
                        reply.equals("Receiver-" + first.pid() + ": recv message=b'AAAA\\n'\n")
                                || reply.equals("Receiver-" + second.pid() + ": recv message=b'AAAA\\n'\n"),
                        reply);
            }
        }
    }

    @Test
    void rudeClientsDoNotEndIt() throws Exception {
        try (Launched receiver = serve("--receive-timeout", "200ms")) {
            int port = receiver.awaitPort();
            InetAddress loopback = Loopback.inet();
            try (Socket silent = new Socket(loopback, port)) {
                for (int i = 0; i < 20; i++) {
                    try (Socket rude = new Socket(loopback, port)) {
                        rude.getOutputStream().write('x');
                        rude.setSoLinger(true, 0);
                    }
                }
                assertReply(receiver, port, "still here", "b'still here'");
                assertTrue(silent.isConnected());
            }
            assertReply(receiver, port, "", "b''");
            assertReply(receiver, port, "'\"\\\u0000\u00ff", "b'\\'\"\\\\\\x00\\xff'");
        }
    }

    @Test
    void sigtermAnswersWhatIsQueuedAndExits143() throws Exception {
        try (Launched receiver = serve("--backlog", "16")) {
            int port = receiver.awaitPort();
            InetAddress loopback = Loopback.inet();
            Socket[] queued = new Socket[8];
            for (int i = 0; i < queued.length; i++) {
                queued[i] = new Socket(loopback, port);
                queued[i].getOutputStream().write('q');
                queued[i].shutdownOutput();
            }
            // Not Process.destroy, which closes our end of its stderr as well.
            assertTrue(receiver.process().toHandle().destroy());
            for (Socket socket : queued) {
                try (socket) {
                    assertArrayEquals(
                            ("Receiver-" + receiver.pid() + ": recv message=b'q'\n")
                                    .getBytes(StandardCharsets.US_ASCII),
                            socket.getInputStream().readAllBytes());
                }
            }
            assertEquals(143, receiver.awaitExit());
        }
    }

    @Test
    void sigintExits130() throws Exception {
        // What nohup, or a script that does not wait, starts ignores SIGINT, and so does all that it starts.
        int status = new ProcessBuilder("sh", "-c", "kill -INT $$").start().waitFor();
        assumeTrue(status != 0, "SIGINT is ignored here");
        try (Launched receiver = serve()) {
            receiver.awaitPort();
            Process kill = new ProcessBuilder("sh", "-c", "kill -s INT " + receiver.pid()).start();
            assertEquals(0, kill.waitFor());
            assertEquals(130, receiver.awaitExit());
        }
    }

    @Test
    void anAddressThatIsNotLocalIsRefusedInTheSystemsWords() throws Exception {
        try (Launched receiver = serve("--listen-addr", "192.0.2.1")) {
            assertEquals(1, receiver.awaitExit());
            String last = receiver.err().get(3);
            assertEquals(
                    mode() == Mode.JDK
                            ? "java.net.BindException: Cannot assign requested address"
                            : "OSError: [Errno " + Abi.host().number(Const.EADDRNOTAVAIL)
                                    + "] Cannot assign requested address",
                    // macOS says "Can't assign requested address"
                    last.replace("Can't", "Cannot"));
            assertEquals(4, receiver.err().size());
        }
    }
}
