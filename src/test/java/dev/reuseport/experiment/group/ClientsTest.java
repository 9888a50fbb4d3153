package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.TcpListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ClientsTest {
    private static final Sockaddr LOOPBACK = Loopback.address();
    private static final Duration LONG = Duration.ofSeconds(10);

    private final List<Client> open = new ArrayList<>();
    private Listeners listeners;
    private TcpListener listener;

    @BeforeEach
    void listen() throws IOException {
        listeners = Listeners.of(Mode.NATIVE, false);
        listener = listeners.open(LOOPBACK, 8);
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Client client : open) {
            client.close();
        }
        listener.close();
    }

    private Clients clients(SourcePorts sources) throws IOException {
        return new Clients(listeners.syscalls(), listener.localAddress(), sources);
    }

    private Client connected(Clients clients) throws IOException {
        Client client = clients.begin(System.nanoTime()).orElseThrow();
        open.add(client);
        assertTrue(clients.awaitConnected(client, LONG));
        return client;
    }

    @Test
    void anAnswerIsReadToItsEnd() throws IOException {
        Clients clients = clients(new SourcePorts(LOOPBACK, Abi.host()));
        connected(clients);
        assertEquals(1, Leaving.answerQueued(listener));
        List<String> replies = new ArrayList<>();
        while (!open.isEmpty()) {
            clients.awaitAny(open, LONG);
            assertEquals(0, clients.collect(open, client -> replies.add(client.reply())));
        }
        assertEquals(List.of(Leaving.ANSWER), replies);
        assertEquals(Map.of(), clients.failures());
    }

    @Test
    void aResetIsCountedByItsName() throws IOException {
        Clients clients = clients(new SourcePorts(LOOPBACK, Abi.host()));
        connected(clients);
        listener.close();
        int lost = 0;
        while (!open.isEmpty()) {
            clients.awaitAny(open, LONG);
            lost += clients.collect(open, client -> {});
        }
        assertEquals(1, lost);
        assertEquals(Map.of("ECONNRESET", 1), clients.failures());
    }

    @Test
    void nobodyListeningIsCountedByItsName() throws IOException {
        Clients clients = clients(new SourcePorts(LOOPBACK, Abi.host()));
        listener.close();
        connected(clients);
        assertEquals(1, clients.collect(open, client -> {}));
        assertEquals(Map.of("ECONNREFUSED", 1), clients.failures());
    }

    @Test
    void withoutAPortLeftItSaysSo() throws IOException {
        Clients clients = clients(new SourcePorts(LOOPBACK, 1024, 1027, 1));
        int made = 0;
        for (Optional<Client> next = clients.begin(0); next.isPresent(); next = clients.begin(0)) {
            open.add(next.get());
            made++;
        }
        assertTrue(made <= 4, () -> "each port is used once: " + open.size());
        assertTrue(clients.exhausted().orElseThrow().startsWith("out of source ports"));
        assertEquals(Map.of("EADDRNOTAVAIL", 1), clients.failures());
    }

    @Test
    void aFullQueueIsSeenByWhoWaitsForTheConnection() throws IOException {
        try (TcpListener small = listeners.open(LOOPBACK, 1)) {
            Clients clients =
                    new Clients(listeners.syscalls(), small.localAddress(), new SourcePorts(LOOPBACK, Abi.host()));
            boolean connected = true;
            for (int i = 0; i < 8 && connected; i++) {
                Client client = clients.begin(0).orElseThrow();
                open.add(client);
                connected = clients.awaitConnected(client, Duration.ofMillis(200));
            }
            assertEquals(false, connected, "a backlog of 1 does not hold 8");
            assertEquals(Map.of("ETIMEDOUT", 1), clients.failures());
        }
    }

    /** 192.0.2.0/24 is nobody's (RFC 5737). */
    @Test
    void anAddressThatTheHostDoesNotHaveIsNoLackOfPorts() throws IOException {
        Clients clients = new Clients(
                listeners.syscalls(),
                new Sockaddr.Inet(0x7f000001, 1),
                new SourcePorts(new Sockaddr.Inet(0xc0000201, 0), 40_000, 40_001, 1));
        assertEquals(Optional.empty(), clients.begin(System.nanoTime()));
        assertEquals(Map.of("EADDRNOTAVAIL", 1), clients.failures());
        String why = clients.exhausted().orElseThrow();
        assertTrue(why.startsWith("this host has no address 192.0.2.1 to connect from: bind"), why);
    }
}
