package dev.reuseport.bind.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
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
                    new Attempt.Tried(new Outcome("EADDRINUSE"), "bind", ""),
                    Attempt.run(syscalls, Protocol.TCP, address, List.of(), false));
            assertEquals(
                    new Attempt.Tried(Outcome.OK, "", ""),
                    Attempt.run(syscalls, Protocol.UDP, address, List.of(), false));
        }
    }

    /** While trials join and leave a group all the time, each connection still ends up at the member that stays. */
    @Test
    @Timeout(60)
    void trialsTakeNoConnectionFromTheirGroup() throws Exception {
        takeNoConnection(syscalls);
    }

    @Test
    @Timeout(60)
    void trialsOfAnOrdinaryUserTakeNoneEither() throws Exception {
        takeNoConnection(Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER));
    }

    private void takeNoConnection(Syscalls syscalls) throws Exception {
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
                        Attempt.Tried result = Attempt.run(syscalls, Protocol.TCP, address, GROUP, false);
                        if (!result.ok()) {
                            throw new IllegalStateException(result.toString());
                        }
                        trials.incrementAndGet();
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

    /** As on a system where a listener can drop no SYN. */
    @Test
    void whereNothingKeepsClientsAwayNobodyListensBesideOthers() throws Exception {
        AtomicInteger listens = new AtomicInteger();
        Syscalls refusing = Watched.of(
                Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER, SockOpts.IP_MINTTL),
                (call, arguments) -> {
                    listens.addAndGet(call.equals("listen") ? 1 : 0);
                    return OptionalInt.empty();
                });
        Sockaddr address;
        try (ServerSocketChannel member = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
            member.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            member.bind(new InetSocketAddress("127.0.0.1", 0));
            address = Sockaddr.resolve("127.0.0.1", port(member));
            assertEquals(
                    new Attempt.Tried(Outcome.OK, "", "listen"),
                    Attempt.run(refusing, Protocol.TCP, address, GROUP, false));
            assertEquals(
                    new Attempt.Tried(new Outcome("EADDRINUSE"), "bind", ""),
                    Attempt.run(refusing, Protocol.TCP, address, List.of(), false));
            assertEquals(0, listens.get());
            assertEquals(
                    new Attempt.Tried(Outcome.OK, "", ""), Attempt.run(refusing, Protocol.TCP, address, GROUP, true));
            assertEquals(1, listens.get());
        }
        assertEquals(new Attempt.Tried(Outcome.OK, "", ""), Attempt.run(refusing, Protocol.TCP, address, GROUP, false));
        assertEquals(2, listens.get());
    }

    @Test
    @Timeout(60)
    void trialsTakeNoDatagramFromTheirGroup() throws Exception {
        try (DatagramChannel member = DatagramChannel.open(StandardProtocolFamily.INET)) {
            member.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            member.bind(new InetSocketAddress("127.0.0.1", 0));
            member.socket().setSoTimeout(10_000);
            int port = ((InetSocketAddress) member.getLocalAddress()).getPort();
            Sockaddr address = Sockaddr.resolve("127.0.0.1", port);
            AtomicInteger trials = new AtomicInteger();
            CompletableFuture<Void> trying = CompletableFuture.runAsync(() -> {
                while (trials.get() >= 0) {
                    try {
                        Attempt.Tried result = Attempt.run(syscalls, Protocol.UDP, address, GROUP, false);
                        assertEquals(new Attempt.Tried(Outcome.OK, "", "bind"), result);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    trials.updateAndGet(count -> count < 0 ? count : count + 1);
                }
            });
            try {
                for (int i = 0; i < 10 * CLIENTS; i++) {
                    // Each from a port of its own: it is the hash that would choose the trial.
                    try (DatagramSocket client = new DatagramSocket()) {
                        client.send(new DatagramPacket(new byte[] {1}, 1, member.getLocalAddress()));
                    }
                    member.socket().receive(new DatagramPacket(new byte[1], 1));
                }
                assertTrue(trials.get() > 0);
            } finally {
                trials.set(-1);
                trying.join();
            }
            Attempt.Tried anyway = Attempt.run(syscalls, Protocol.UDP, address, GROUP, true);
            assertEquals(new Attempt.Tried(Outcome.OK, "", ""), anyway);
        }
    }

    private static int port(ServerSocketChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }
}
