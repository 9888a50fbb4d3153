package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerSocketsTest {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 0, 0, 0);
    private static final int MEMBERS = 5;

    private final Syscalls syscalls = new JnrSyscalls();
    private final Deque<NativeSocket> open = new ArrayDeque<>();
    private final int self = (int) ProcessHandle.current().pid();

    @BeforeEach
    void onLinux() {
        assumeTrue(syscalls.abi().platform().linux(), "the kernel's lists are Linux's");
    }

    @AfterEach
    void closeAll() throws IOException {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private NativeSocket opened(Sockaddr address, Const type) throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, address.family(), type);
        open.push(socket);
        return socket;
    }

    private List<NativeSocket> group(Sockaddr address, Const type) throws IOException {
        return group(address, type, MEMBERS);
    }

    private List<NativeSocket> group(Sockaddr address, Const type, int count) throws IOException {
        List<NativeSocket> members = new ArrayList<>();
        Sockaddr chosen = address;
        for (int i = 0; i < count; i++) {
            NativeSocket member = opened(address, type);
            member.set(SockOpts.SO_REUSEPORT, true);
            member.bind(chosen);
            chosen = member.localAddress();
            members.add(member);
        }
        // The order of listen, and not of bind, is that of a group of TCP.
        for (int i = type == Const.SOCK_STREAM ? count : 0; i > 0; i--) {
            members.get(i - 1).listen(10 * i);
        }
        return members;
    }

    private static long inode(NativeSocket socket) throws IOException {
        return Proc.ofHost().ownInode(socket.fd());
    }

    private void assertInTheOrderOfListening(Sockaddr address) throws IOException {
        List<NativeSocket> members = group(address, Const.SOCK_STREAM);
        ServerSockets.Look look = look(Const.IPPROTO_TCP, members.get(0).localAddress());
        List<Long> expected = new ArrayList<>();
        for (NativeSocket member : members) {
            expected.add(0, inode(member));
        }
        assertEquals(
                expected, look.servers().stream().map(PortSockets.Found::inode).toList());
        assertEquals(
                List.of(50L, 40L, 30L, 20L, 10L),
                look.servers().stream()
                        .map(socket -> socket.queue().orElseThrow().limit())
                        .toList());
        for (PortSockets.Found socket : look.servers()) {
            assertEquals(members.get(0).localAddress(), socket.local());
            assertEquals(SocketState.LISTEN, socket.state());
            assertEquals(
                    List.of(self),
                    socket.owners().stream().map(owner -> owner.process().pid()).toList());
            assertEquals(Optional.of(true), socket.read().orElseThrow().value(SockOpts.SO_REUSEPORT));
        }
    }

    private ServerSockets.Look look(Const protocol, Sockaddr address) throws IOException {
        return new ServerSockets(syscalls, Proc.ofHost(), protocol, address.port()).look();
    }

    @Test
    void membersStandInTheOrderInWhichTheyBeganToListen() throws IOException {
        assertInTheOrderOfListening(LOOPBACK);
    }

    @Test
    @NeedsIpv6
    void soDoThoseOfIpv6() throws IOException {
        assertInTheOrderOfListening(LOOPBACK6);
    }

    @Test
    void thoseOfUdpStandInTheOrderInWhichTheyWereBound() throws IOException {
        for (Sockaddr address : Loopback.hasIpv6() ? List.of(LOOPBACK, LOOPBACK6) : List.of(LOOPBACK)) {
            List<NativeSocket> members = group(address, Const.SOCK_DGRAM);
            List<Long> expected = new ArrayList<>();
            for (NativeSocket member : members) {
                expected.add(inode(member));
            }
            assertEquals(
                    expected,
                    look(Const.IPPROTO_UDP, members.get(0).localAddress()).servers().stream()
                            .map(PortSockets.Found::inode)
                            .toList());
        }
    }

    @Test
    void aConnectionHasTheProcessThatAcceptedIt() throws IOException {
        NativeSocket listener = opened(LOOPBACK, Const.SOCK_STREAM);
        listener.bind(LOOPBACK);
        listener.listen(7);
        ServerSockets sockets = new ServerSockets(
                syscalls,
                Proc.ofHost(),
                Const.IPPROTO_TCP,
                listener.localAddress().port());
        Map<Sockaddr, Long> accepted = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            NativeSocket client = opened(LOOPBACK, Const.SOCK_STREAM);
            client.connect(listener.localAddress());
            assertEquals(List.of(), unaccepted(sockets, client.localAddress()));
            NativeSocket end = listener.accept().orElseThrow();
            open.push(end);
            accepted.put(client.localAddress(), inode(end));
            ServerSockets.Look look = sockets.look();
            Map<Sockaddr, Long> seen = new HashMap<>();
            for (ServerSockets.Connection connection : look.connections()) {
                assertEquals(listener.localAddress(), connection.local());
                assertEquals(self, connection.process().orElseThrow().pid());
                seen.put(connection.peer(), connection.inode());
            }
            assertEquals(accepted, seen);
        }
    }

    @Test
    void aLookAtALargeGroupReadsEachMemberOnceAndEachConnectionWithoutACall() throws IOException {
        SockDiagOfHost.assumePresent();
        int count = 256;
        int clients = 1_000;
        assumeTrue(
                Proc.ofHost().openFilesLimit().orElse(Long.MAX_VALUE) > 2 * (count + 2 * clients),
                "a limit of open files that has room for the connections (ulimit -n)");
        List<NativeSocket> members = group(LOOPBACK, Const.SOCK_STREAM, count);
        Sockaddr where = members.get(0).localAddress();
        PollFds readable = new PollFds(syscalls, count);
        for (NativeSocket member : members) {
            readable.add(member.fd(), Const.POLLIN);
        }
        for (int i = 0; i < clients; i++) {
            opened(LOOPBACK, Const.SOCK_STREAM).connect(where);
            readable.poll(-1);
            for (int member = 0; member < count; member++) {
                if (readable.ready(member)) {
                    open.push(members.get(member).accept().orElseThrow());
                }
            }
        }
        Map<String, Integer> calls = new HashMap<>();
        ServerSockets sockets = new ServerSockets(
                Watched.of(syscalls, (call, arguments) -> {
                    calls.merge(call, 1, Integer::sum);
                    return OptionalInt.empty();
                }),
                Proc.ofHost(),
                Const.IPPROTO_TCP,
                where.port());
        assertSeen(sockets.look(), count, clients);
        assertEquals(count, calls.get("pidfd_getfd"));
        assertEquals(2 * count, calls.get("getsockopt"), "SO_REUSEADDR and SO_REUSEPORT of each");
        calls.clear();
        assertSeen(sockets.look(), count, clients);
        assertEquals(0, calls.getOrDefault("pidfd_getfd", 0));
        // The kernel hands out 32 KiB at once, and a connection is less than 200 bytes.
        int most = 2 * (clients + 3 * count) * 200 / 32_768 + 10;
        assertTrue(calls.getOrDefault("recv", 0) <= most, calls::toString);
        assertTrue(calls.values().stream().mapToInt(Integer::intValue).sum() <= 2 * most, calls::toString);
        opened(LOOPBACK, Const.SOCK_STREAM).connect(where);
        assertSeen(sockets.look(), count, clients);
    }

    @Test
    void aFlagOfOneOfManyIsReadAgainInItsTurn() throws IOException {
        int count = 150;
        List<NativeSocket> members = group(LOOPBACK, Const.SOCK_STREAM, count);
        ServerSockets sockets = new ServerSockets(
                syscalls,
                Proc.ofHost(),
                Const.IPPROTO_TCP,
                members.get(0).localAddress().port());
        assertEquals(count, reusing(sockets.look()));
        for (int i = 0; i < count; i += count - 1) {
            members.get(i).set(SockOpts.SO_REUSEPORT, false);
        }
        // Three turns have them all, at every other look.
        for (int i = 0; i < 6; i++) {
            sockets.look();
        }
        assertEquals(count - 2, reusing(sockets.look()));
    }

    private static long reusing(ServerSockets.Look look) {
        return look.servers().stream()
                .filter(socket ->
                        socket.read().orElseThrow().value(SockOpts.SO_REUSEPORT).orElseThrow())
                .count();
    }

    private void assertSeen(ServerSockets.Look look, int members, int accepted) {
        assertEquals(members, look.servers().size());
        assertEquals(
                accepted,
                look.connections().stream()
                        .filter(connection -> connection
                                .process()
                                .filter(process -> process.pid() == self)
                                .isPresent())
                        .count());
        assertTrue(look.connections().stream().noneMatch(ServerSockets.Connection::fresh));
    }

    @Test
    void whereNeitherTheKernelNorItsListsTellAnythingThatIsSaid(@TempDir Path noProc) throws IOException {
        ServerSockets sockets =
                new ServerSockets(Watched.withoutSockDiag(syscalls), new Proc(noProc), Const.IPPROTO_TCP, 0);
        assertThrows(NotPossibleException.class, sockets::look);
    }

    /** Looks while a client waits, and returns whoever is said to have it. */
    private List<?> unaccepted(ServerSockets sockets, Sockaddr client) throws IOException {
        ServerSockets.Look look = sockets.look();
        ServerSockets.Connection waiting = look.connections().stream()
                .filter(connection -> connection.peer().equals(client))
                .findFirst()
                .orElseThrow();
        assertEquals(0, waiting.inode());
        assertEquals(SocketState.ESTABLISHED, waiting.state());
        assertEquals(1, look.servers().get(0).queue().orElseThrow().length());
        return waiting.process().stream().toList();
    }

    @Test
    void whoeverIsFirstInTheKernelsListTakesAllWithoutSoReuseport() throws IOException {
        for (Sockaddr address : Loopback.hasIpv6() ? List.of(LOOPBACK, LOOPBACK6) : List.of(LOOPBACK)) {
            int firsts = 0;
            for (int cleared = 0; cleared < MEMBERS; cleared++) {
                List<NativeSocket> members = group(address, Const.SOCK_STREAM);
                Sockaddr where = members.get(0).localAddress();
                members.get(cleared).set(SockOpts.SO_REUSEPORT, false);
                // The shortest queue holds eleven.
                for (int i = 0; i < 11; i++) {
                    opened(address, Const.SOCK_STREAM).connect(where);
                }
                ServerSockets.Look look = look(Const.IPPROTO_TCP, where);
                long inode = inode(members.get(cleared));
                PortSockets.Found without = look.servers().stream()
                        .filter(socket -> socket.inode() == inode)
                        .findFirst()
                        .orElseThrow();
                boolean first = look.kernelOrder().get(0) == inode;
                firsts += first ? 1 : 0;
                assertEquals(Optional.of(false), without.read().orElseThrow().value(SockOpts.SO_REUSEPORT));
                assertEquals(first, without.queue().orElseThrow().length() == 11, () -> address + " " + look.servers());
                closeAll();
            }
            assertEquals(1, firsts);
        }
    }

    @Test
    void whatIsClosedIsGoneAtTheNextLook() throws IOException {
        List<NativeSocket> members = group(LOOPBACK, Const.SOCK_STREAM);
        ServerSockets sockets = new ServerSockets(
                syscalls,
                Proc.ofHost(),
                Const.IPPROTO_TCP,
                members.get(0).localAddress().port());
        assertEquals(MEMBERS, sockets.look().servers().size());
        open.removeLast().close();
        List<PortSockets.Found> left = sockets.look().servers();
        assertEquals(MEMBERS - 1, left.size());
        assertTrue(left.stream().allMatch(socket -> socket.owners().size() == 1), left::toString);
    }

    @Test
    void aListenerOfAnotherProcessIsThatOnesUntilItIsClosed() throws Exception {
        try (SocketHolder other = new SocketHolder()) {
            ServerSockets sockets = new ServerSockets(syscalls, Proc.ofHost(), Const.IPPROTO_TCP, other.port());
            PortSockets.Found found = sockets.look().servers().get(0);
            assertEquals(
                    List.of(other.pid()),
                    found.owners().stream().map(owner -> owner.process().pid()).toList());
            assertEquals(SocketHolder.BACKLOG, found.queue().orElseThrow().limit());
            other.tell("close");
            assertEquals(List.of(), sockets.look().servers());
        }
    }
}
