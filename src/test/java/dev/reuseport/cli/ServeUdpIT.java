package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The receiver for datagrams, and real clients. */
@Timeout(120)
final class ServeUdpIT {
    private static final int PATIENCE_MILLIS = 20_000;

    private static Launched serve(String host, int port, String... more) throws IOException {
        String line =
                "serve --protocol udp --listen-addr " + host + " --listen-port " + port + " " + String.join(" ", more);
        return new Launched(line.trim().split(" "));
    }

    private static String ask(DatagramSocket client, byte[] message) throws IOException {
        client.setSoTimeout(PATIENCE_MILLIS);
        client.send(new DatagramPacket(message, message.length));
        DatagramPacket reply = new DatagramPacket(new byte[0xffff], 0xffff);
        client.receive(reply);
        return new String(reply.getData(), 0, reply.getLength(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"native,127.0.0.1", "jdk,127.0.0.1", "native,::1", "jdk,::1"})
    void theLinesAreTheArticlesAndTheReplyGoesToTheSender(String mode, String host) throws Exception {
        Loopback.assumeIpv6(host.contains(":"));
        try (Launched receiver = serve(host, 0, "--mode", mode);
                DatagramSocket client = new DatagramSocket()) {
            int port = receiver.awaitPort();
            client.connect(InetAddress.getByName(host), port);
            String start = "Receiver-" + receiver.pid() + ": ";
            assertEquals(
                    start + "recv message=b'Hello\\n'\n", ask(client, "Hello\n".getBytes(StandardCharsets.US_ASCII)));
            String long9000 = "a".repeat(9000);
            assertEquals(
                    start + "recv message=b'" + long9000 + "'\n",
                    ask(client, long9000.getBytes(StandardCharsets.US_ASCII)));
            String from = host.contains(":")
                    ? "from sockname=('::1', " + client.getLocalPort() + ", 0, 0)"
                    : "from sockname=('127.0.0.1', " + client.getLocalPort() + ")";
            receiver.awaitErr((start + from)::equals);
            assertEquals(
                    List.of(start + "pid=" + receiver.pid(), start + "so_reuseaddr=1", start + "so_reuseport=1"),
                    receiver.err().subList(0, 3));
            receiver.process().destroy();
            assertEquals(143, receiver.awaitExit());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void withReuseaddrAloneASecondOneBindsAndTakesEverything(String mode) throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux lets it bind");
        try (Launched first = serve("127.0.0.1", 0, "--without-reuseport", "--mode", mode)) {
            int port = first.awaitPort();
            try (Launched second = serve("127.0.0.1", port, "--without-reuseport", "--mode", mode)) {
                second.awaitPort();
                for (int i = 0; i < 20; i++) {
                    try (DatagramSocket client = new DatagramSocket()) {
                        client.connect(InetAddress.getByName("127.0.0.1"), port);
                        assertTrue(ask(client, new byte[] {'x'}).startsWith("Receiver-" + second.pid() + ": "));
                    }
                }
                assertFalse(first.err().stream().anyMatch(line -> line.contains("recv message")));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void withoutAnyFlagInTheFirstTheSecondDoesNotBind(String mode) throws Exception {
        try (DatagramSocket first = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
                Launched second = serve("127.0.0.1", first.getLocalPort(), "--mode", mode)) {
            assertEquals(1, second.awaitExit());
            String last = second.err().get(3);
            assertTrue(
                    last.matches(
                            mode.equals("jdk") ? "java.net.(Bind|Socket)Exception: .*" : "OSError: \\[Errno \\d+] .*"),
                    second.err()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--backlog 3", "--listen-addr 239.1.2.3"})
    void whatIsNotForDatagramsIsRefused(String options) throws Exception {
        try (Launched launched = new Launched(("serve --protocol udp " + options).split(" "))) {
            assertEquals(2, launched.awaitExit());
        }
    }
}
