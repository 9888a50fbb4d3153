package dev.reuseport.experiment.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.inspect.Reading;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Printable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Groups drawn by hand: what is put together of them, and what is said to be wrong. */
class RunningGroupTest {
    private static final int PORT = 8080;
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, PORT);
    private static final Sockaddr ANY = new Sockaddr.Inet(0, PORT);
    private static final Sockaddr ANY6 = new Sockaddr.Inet6(0, 0, PORT, 0, 0);
    private static final Origin SOMEWHERE = new Origin(
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            false);

    private final List<PortSockets.Found> servers = new ArrayList<>();
    private final List<ServerSockets.Connection> connections = new ArrayList<>();
    private final Map<Integer, Integer> parents = new HashMap<>();
    private long inodes = 100;

    private static RunningProcess process(int pid) {
        return new RunningProcess(pid, new Printable("server"), OptionalInt.of(33));
    }

    private static PortSockets.Owner owner(int pid, Optional<RunningProcess> from) {
        return new PortSockets.Owner(process(pid), 3, SOMEWHERE, from, false);
    }

    /** Adds a listener of some processes, each but the first of which has it from the first. */
    private void listener(Sockaddr local, Optional<Boolean> reusePort, long queue, long limit, int... pids) {
        List<PortSockets.Owner> owners = new ArrayList<>();
        for (int pid : pids) {
            owners.add(owner(pid, pid == pids[0] ? Optional.empty() : Optional.of(process(pids[0]))));
        }
        long inode = inodes++;
        Optional<ForeignSocket> read = reusePort.map(set -> new ForeignSocket(
                3,
                inode,
                33,
                local.family(),
                Const.SOCK_STREAM,
                Const.IPPROTO_TCP,
                local,
                Optional.empty(),
                SocketState.LISTEN,
                Optional.of(new AcceptQueue(queue, limit)),
                List.of(new Reading(SockOpts.SO_REUSEPORT, new Probe.Value<>(set, Optional.empty()))),
                Optional.empty()));
        servers.add(new PortSockets.Found(
                local,
                Optional.empty(),
                SocketState.LISTEN,
                OptionalInt.of(33),
                inode,
                owners,
                read,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.of(queue)));
    }

    private void connection(Sockaddr local, SocketState state, long inode, boolean fresh, int pid) {
        connections.add(new ServerSockets.Connection(
                local,
                new Sockaddr.Inet(0x7f000001, 40_000 + connections.size()),
                state,
                inode,
                fresh,
                0,
                pid == 0 ? Optional.empty() : Optional.of(process(pid))));
    }

    private List<RunningGroup> groups(boolean again, Map<Long, Set<Integer>> waiters) {
        // The newest stands first in a list of IPv4.
        List<Long> order = new ArrayList<>();
        servers.forEach(socket -> order.add(0, socket.inode()));
        return RunningGroup.of(
                Const.IPPROTO_TCP,
                new ServerSockets.Look(
                        List.copyOf(servers),
                        order,
                        waiters,
                        List.copyOf(connections),
                        parents,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        List.of()),
                again);
    }

    private RunningGroup group() {
        return groups(false, Map.of()).get(0);
    }

    private static List<String> warnings(RunningGroup now, RunningGroup... before) {
        return GroupWarnings.of(now, List.of(before), Duration.ofSeconds(2), OptionalInt.of(4096), pid -> pid == 66);
    }

    @Test
    void aConnectionIsOfTheMostSpecificAddressOfItsFamily() {
        listener(ANY, Optional.of(true), 0, 128, 1);
        listener(LOOPBACK, Optional.of(true), 0, 128, 2);
        listener(ANY6, Optional.of(true), 0, 128, 3);
        connection(LOOPBACK, SocketState.ESTABLISHED, 1, false, 2);
        connection(new Sockaddr.Inet(0x7f000002, PORT), SocketState.ESTABLISHED, 2, false, 1);
        connection(new Sockaddr.Inet(0x7f000003, PORT).mapped(), SocketState.ESTABLISHED, 3, false, 3);
        connection(new Sockaddr.Inet6(0, 1, PORT, 0, 0), SocketState.ESTABLISHED, 4, false, 3);
        connection(LOOPBACK, SocketState.CLOSE_WAIT, 5, false, 2);
        assertEquals(
                List.of(1L, 1L, 2L),
                groups(false, Map.of()).stream().map(RunningGroup::established).toList());
    }

    @Test
    void whatNobodyHasAcceptedWaitsAndWhatNobodySawIsCountedApart() {
        listener(LOOPBACK, Optional.empty(), 1, 128);
        connection(LOOPBACK, SocketState.ESTABLISHED, 0, false, 0);
        connection(LOOPBACK, SocketState.ESTABLISHED, 7, true, 0);
        connection(LOOPBACK, SocketState.ESTABLISHED, 8, true, 12);
        RunningGroup group = groups(true, Map.of()).get(0);
        assertEquals(1, group.waiting());
        assertEquals(1, group.unseen());
        assertEquals(2, group.established());
        assertEquals(OptionalLong.of(2), group.fresh());
        assertEquals(List.of(new RunningGroup.Share(process(12), 1, OptionalLong.of(1))), group.shares());
        assertTrue(group.partlyUnseen());
    }

    @Test
    void aMasterThatAcceptsNothingIsNotCountedAmongThoseWhoShare() {
        listener(LOOPBACK, Optional.of(true), 0, 128, 10, 11, 12);
        connection(LOOPBACK, SocketState.ESTABLISHED, 7, false, 12);
        assertEquals(
                List.of(12, 11),
                group().shares().stream().map(share -> share.process().pid()).toList());
        assertEquals(1, group().uniformity().orElseThrow().degreesOfFreedom());
    }

    @Test
    void whoHandsOnWhatItAcceptsIsNotCountedAndWhoWaitsForItIs() {
        listener(LOOPBACK, Optional.of(true), 0, 128, 10);
        listener(LOOPBACK, Optional.of(true), 0, 128, 20);
        connection(LOOPBACK, SocketState.ESTABLISHED, 7, false, 11);
        parents.put(11, 10);
        assertEquals(
                List.of(11, 20),
                group().shares().stream().map(share -> share.process().pid()).toList());
        // What it has itself counts.
        connection(LOOPBACK, SocketState.ESTABLISHED, 8, false, 10);
        assertEquals(3, group().shares().size());
    }

    @Test
    void whoWaitsByEpollIsWhoAccepts() {
        listener(LOOPBACK, Optional.of(true), 0, 128, 10, 11, 12);
        listener(LOOPBACK, Optional.of(true), 0, 128, 10, 11, 12);
        RunningGroup group =
                groups(false, Map.of(100L, Set.of(12), 101L, Set.of(11))).get(0);
        assertEquals(List.of(process(12)), group.sockets().get(0).servers());
        assertEquals(List.of(process(11)), group.sockets().get(1).servers());
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,   127.0.0.1,        true",
        "127.0.0.1, 127.0.0.1,        true",
        "127.0.0.2, 127.0.0.1,        false",
        "::,        127.0.0.1,        true",
        "::,        ::1,              true",
        "0.0.0.0,   ::1,              false",
        "::1,       127.0.0.1,        false",
        "127.0.0.1, 0.0.0.0,          true",
        "127.0.0.1, ::,               true"
    })
    void whoConnectsToAnAddressMayComeToAWildcardToo(String local, String asked, boolean serves) throws Exception {
        listener(Sockaddr.resolve(local, PORT), Optional.of(true), 0, 128, 1);
        assertEquals(serves, group().serves(Sockaddr.resolve(asked, PORT)));
        assertEquals(false, group().serves(Sockaddr.resolve(asked, PORT + 1)));
    }

    @Test
    void aJdkServersMappedAddressIsThatOfIpv4() {
        listener(new Sockaddr.Inet(0x7f000001, PORT).mapped(), Optional.of(true), 0, 50, 1);
        assertTrue(group().serves(LOOPBACK));
    }

    @Test
    void nothingIsWrongWithAHealthyGroup() {
        listener(LOOPBACK, Optional.of(true), 0, 128, 1);
        listener(LOOPBACK, Optional.of(true), 3, 128, 2);
        assertEquals(List.of(), warnings(group()));
    }

    @Test
    void theNewestWithoutSoReuseportTakesAllAndAnotherWithoutItDoesNot() {
        listener(LOOPBACK, Optional.of(false), 0, 128, 1);
        listener(LOOPBACK, Optional.of(true), 0, 128, 2);
        listener(LOOPBACK, Optional.of(false), 0, 128, 3);
        assertEquals(
                List.of(
                        "member 3 (pid 3 server) without SO_REUSEPORT, and first in the kernel's list of this address: it"
                                + " takes all that comes, and the others nothing",
                        "member 1 (pid 1 server) without SO_REUSEPORT: of what comes it gets the share that it had when"
                                + " the flag was cleared, or nothing"),
                warnings(group()));
    }

    @Test
    void aLoneListenerNeedsNoSoReuseport() {
        listener(LOOPBACK, Optional.of(false), 0, 128, 1);
        assertEquals(List.of(), warnings(group()));
    }

    @Test
    void aQueueIsFullWithOneMoreThanItsLimit() {
        listener(LOOPBACK, Optional.of(true), 128, 128, 1);
        assertEquals(List.of(), warnings(group()));
        listener(LOOPBACK, Optional.of(true), 129, 128, 2);
        assertEquals(
                List.of("member 2 (pid 2 server) with a full queue: the kernel drops who connects to it"),
                warnings(group()));
    }

    /** A look at a group whose members 1 and 66 have these queues, and to which these clients wait. */
    private RunningGroup look(long one, long other, int... waiting) {
        servers.clear();
        connections.clear();
        inodes = 100;
        listener(LOOPBACK, Optional.of(true), one, 128, 1);
        listener(LOOPBACK, Optional.of(true), other, 128, 66);
        for (int client : waiting) {
            connections.add(new ServerSockets.Connection(
                    LOOPBACK,
                    new Sockaddr.Inet(0x7f000001, 50_000 + client),
                    SocketState.ESTABLISHED,
                    0,
                    false,
                    0,
                    Optional.empty()));
        }
        return groups(true, Map.of()).get(0);
    }

    private RunningGroup accepted(int... pids) {
        for (int pid : pids) {
            connection(LOOPBACK, SocketState.ESTABLISHED, inodes++, true, pid);
        }
        return groups(true, Map.of()).get(0);
    }

    private static boolean neglected(RunningGroup now, RunningGroup... before) {
        return warnings(now, before).stream().anyMatch(each -> each.contains("a queue that nobody accepts from"));
    }

    @Test
    void aQueueThatGrowsWhileOthersDoNotIsOneThatNobodyAcceptsFrom() {
        RunningGroup before = look(1, 2, 1, 2, 9);
        look(0, 5, 1, 2, 3, 4, 5);
        assertEquals(
                List.of(
                        "member 2 (pid 66 server) with a queue that nobody accepts from: in 2.0 s it went from 2 to 5 while"
                                + " others' did not grow",
                        "pid 66 (server) is stopped (SIGSTOP, or a debugger), and something waits for it"),
                warnings(accepted(1, 1), before));
    }

    @Test
    void whoAcceptedMeanwhileIsBusyAndABurstIsNoSign() {
        RunningGroup before = look(0, 2, 1, 2);
        look(0, 3, 1, 2, 3);
        assertFalse(neglected(accepted(66), before));
        assertFalse(neglected(look(0, 3, 1, 2, 3), look(0, 0)));
        assertTrue(neglected(look(0, 1, 1), look(0, 1, 1)), "it waits still");
        assertFalse(neglected(look(0, 1, 2), look(0, 1, 1)), "another one waits");
    }

    @Test
    void whereItCannotBeToldWhoAcceptedTheQueueGrowsTwice() {
        RunningGroup first = look(0, 0);
        look(0, 2, 1, 2);
        RunningGroup second = accepted(0);
        assertFalse(neglected(second, first));
        look(0, 4, 1, 2, 3, 4);
        assertTrue(neglected(accepted(0), second, first));
        look(0, 4, 1, 2, 3, 4);
        assertFalse(neglected(accepted(0), second, second));
        look(0, 4, 3, 4, 5, 6);
        assertFalse(neglected(accepted(0), second, first), "what waited at the second look was fetched");
        // A child of a server, or somebody that was handed one, accepts for no member that is known.
        look(0, 4, 1, 2, 3, 4);
        assertFalse(neglected(accepted(5), second));
    }

    @Test
    void queuesThatAllGrowAreABusyServer() {
        listener(LOOPBACK, Optional.of(true), 1, 128, 1);
        listener(LOOPBACK, Optional.of(true), 0, 128, 2);
        RunningGroup before = group();
        servers.clear();
        inodes = 100;
        listener(LOOPBACK, Optional.of(true), 4, 128, 1);
        listener(LOOPBACK, Optional.of(true), 5, 128, 2);
        assertEquals(List.of(), warnings(group(), before));
    }

    @Test
    void differentBacklogsAreSaid() {
        listener(LOOPBACK, Optional.of(true), 0, 128, 1);
        listener(LOOPBACK, Optional.of(true), 0, 50, 2);
        assertEquals(
                List.of("the members have different backlogs, 50 to 128: the shorter ones are full first"),
                warnings(group()));
    }
}
