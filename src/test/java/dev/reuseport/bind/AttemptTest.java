package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.inspect.Setting;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Sockaddr;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AttemptTest {
    private static final int CLIENTS = 200;
    private static final List<Setting<?>> GROUP = List.of(Setting.parse("SO_REUSEPORT"));

    private final Syscalls syscalls = new JnrSyscalls();

    @Test
    void aFailingCallIsNamed() throws Exception {
        try (ServerSocketChannel owner = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
            owner.bind(new InetSocketAddress("127.0.0.1", 0));
            Sockaddr address = Sockaddr.resolve("127.0.0.1", port(owner));
            assertEquals(
                    new Attempt.Result(new Outcome("EADDRINUSE"), "bind"),
                    Attempt.run(syscalls, Protocol.TCP, address, List.of()));
            assertEquals(new Attempt.Result(Outcome.OK, ""), Attempt.run(syscalls, Protocol.UDP, address, List.of()));
        }
    }

    /** While trials join and leave a group all the time, each connection still ends up at the member that stays. */
    @Test
    @Timeout(60)
    void trialsTakeNoConnectionFromTheirGroup() throws Exception {
        assumeTrue(Abi.host().platform().linux(), "only Linux can drop a SYN before the listener sees it");
        try (ServerSocketChannel member = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
            member.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            member.bind(new InetSocketAddress("127.0.0.1", 0), CLIENTS);
            Sockaddr address = Sockaddr.resolve("127.0.0.1", port(member));
            AtomicInteger trials = new AtomicInteger();
            List<Exception> failures = new ArrayList<>();
            Thread trying = new Thread(() -> {
                try {
                    while (!Thread.interrupted()) {
                        if (Attempt.run(syscalls, Protocol.TCP, address, GROUP).ok()) {
                            trials.incrementAndGet();
                        }
                    }
                } catch (Exception e) {
                    failures.add(e);
                }
            });
            trying.start();
            List<SocketChannel> clients = new ArrayList<>();
            try {
                while (clients.size() < CLIENTS) {
                    int before = trials.get();
                    for (int i = 0; i < 10; i++) {
                        SocketChannel client = SocketChannel.open(StandardProtocolFamily.INET);
                        clients.add(client);
                        client.configureBlocking(false);
                        client.connect(member.getLocalAddress());
                    }
                    while (trials.get() == before && trying.isAlive()) {
                        Thread.onSpinWait();
                    }
                }
                trying.interrupt();
                trying.join();
                assertEquals(List.of(), failures);
                for (SocketChannel client : clients) {
                    while (!client.finishConnect()) {
                        Thread.sleep(1);
                    }
                }
                int accepted = 0;
                member.configureBlocking(false);
                for (SocketChannel one = member.accept(); one != null; one = member.accept()) {
                    accepted++;
                    one.close();
                }
                assertEquals(CLIENTS, accepted);
                assertTrue(trials.get() >= CLIENTS / 10);
            } finally {
                trying.interrupt();
                for (SocketChannel client : clients) {
                    client.close();
                }
            }
        }
    }

    private static int port(ServerSocketChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }
}
