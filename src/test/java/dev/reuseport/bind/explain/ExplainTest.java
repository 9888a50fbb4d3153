package dev.reuseport.bind.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.Root;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.PrivateNetwork;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.LinuxRules;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every cause of a failing bind that people meet, made on this kernel and explained. */
class ExplainTest {
    private static final SystemRules RULES =
            Ruleset.of(Platform.LINUX, Proc.ofHost().release()).orElseThrow().rules();

    private static final int NOBODY = 65_534;

    /** Not glibc's seteuid: setfsuid changes the calling thread alone, and its user is what a new socket gets. */
    public interface Users {
        int setfsuid(int uid);
    }

    /** What {@code bind-as} of the command line does, without it. */
    private static final List<String> AS_USER = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.reuseport.cli.Main",
            "bind-as");

    private final Syscalls syscalls = new JnrSyscalls();
    private final Deque<NativeSocket> open = new ArrayDeque<>();
    private int port;

    @AfterEach
    void closeAll() throws IOException {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    /** Ports of others on this machine, TIME_WAIT included, when the tests began: they would be members too. */
    private static final Set<Integer> TAKEN = new HashSet<>();

    @BeforeAll
    static void readPorts() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
        for (String list : List.of("tcp", "tcp6", "udp", "udp6")) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/net", list))) {
                lines.skip(1)
                        .map(line -> line.strip().split(" +")[1])
                        .forEach(local -> TAKEN.add(Integer.parseInt(local.substring(local.indexOf(':') + 1), 16)));
            }
        }
    }

    @BeforeEach
    void choosePort() throws IOException {
        do {
            port = 0;
            if (Loopback.hasSockets(Const.AF_INET6)) {
                bound(Protocol.TCP, "::", "IPV6_V6ONLY=0");
            } else {
                bound(Protocol.TCP, "0.0.0.0");
            }
            closeAll();
        } while (!TAKEN.add(port));
    }

    private NativeSocket bound(Protocol protocol, String host, String... settings) throws IOException {
        Sockaddr address = Sockaddr.resolve(host, port);
        Loopback.assumeSockets(address.family());
        NativeSocket socket = NativeSocket.open(syscalls, address.family(), protocol.type());
        open.push(socket);
        for (String setting : settings) {
            socket.set(Setting.parse(setting));
        }
        socket.bind(address);
        port = socket.localAddress().port();
        return socket;
    }

    private NativeSocket listener(String host, String... settings) throws IOException {
        NativeSocket socket = bound(Protocol.TCP, host, settings);
        socket.listen(3);
        return socket;
    }

    private Explanation explainBy(SystemRules rules, String host, String... settings) throws IOException {
        return Explain.run(
                syscalls,
                Proc.ofHost(),
                rules,
                AS_USER,
                new Explain.Request(
                        Protocol.TCP,
                        address(host, port),
                        Stream.of(settings).<Setting<?>>map(Setting::parse).toList(),
                        OptionalInt.empty(),
                        false));
    }

    @Test
    void aKernelThatGotAMendByItselfIsKnownByIt() throws IOException {
        Loopback.assumeSockets(Const.AF_INET6);
        SystemRules faulty = new LinuxRules(LinuxRelease.parse("6.8.0").orElseThrow());
        try (NativeSocket owner = bound(Protocol.TCP, "::", "IPV6_V6ONLY=1")) {
            owner.listen(1);
            Explanation explanation = explainBy(faulty, "::ffff:127.0.0.1");
            assertTrue(explanation.agrees() && explanation.verdict().ok(), explanation::toString);
            assertEquals(1, explanation.notes().size());
            assertTrue(
                    explanation.notes().get(0).startsWith("this kernel does no more what its release does: "),
                    explanation::toString);
            assertTrue(explanation.notes().get(0).contains("ea111449501e"), explanation::toString);
        }
    }

    private Explanation explain(String host, String... settings) throws IOException {
        return explain(Protocol.TCP, host, port, settings);
    }

    private Explanation explain(Protocol protocol, String host, int onPort, String... settings) throws IOException {
        return explain(OptionalInt.empty(), protocol, host, onPort, settings);
    }

    private Explanation explain(OptionalInt uid, Protocol protocol, String host, int onPort, String... settings)
            throws IOException {
        return explain(Proc.ofHost(), uid, protocol, host, onPort, settings);
    }

    private Explanation explain(
            Proc proc, OptionalInt uid, Protocol protocol, String host, int onPort, String... settings)
            throws IOException {
        Loopback.assumeSockets(address(host, onPort).family());
        List<Setting<?>> parsed =
                Stream.of(settings).<Setting<?>>map(Setting::parse).toList();
        Explanation explanation = Explain.run(
                syscalls,
                proc,
                RULES,
                AS_USER,
                new Explain.Request(protocol, address(host, onPort), parsed, uid, false));
        assertTrue(explanation.agrees(), explanation::toString);
        return explanation;
    }

    private static Sockaddr address(String host, int port) {
        try {
            return Sockaddr.resolve(host, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertFails(Explanation explanation, Const errno, DecidingRule rule, String... remedies) {
        assertEquals(errno.name(), explanation.verdict().name(), explanation::toString);
        assertEquals(rule, explanation.rule(), explanation::toString);
        List<String> texts =
                explanation.remedies().stream().map(Explanation.Remedy::text).toList();
        for (String remedy : remedies) {
            assertTrue(texts.stream().anyMatch(text -> text.startsWith(remedy)), () -> remedy + " in " + texts);
        }
    }

    private static void assertSucceeds(Explanation explanation, DecidingRule rule) {
        assertEquals("ok", explanation.verdict().name(), explanation::toString);
        assertEquals(rule, explanation.rule(), explanation::toString);
        assertEquals(List.of(), explanation.remedies());
    }

    private static List<PortSockets.Found> inTheWay(Explanation explanation) {
        return explanation.members().stream()
                .filter(Explanation.Member::inTheWay)
                .map(Explanation.Member::socket)
                .toList();
    }

    @Test
    void aFreePortIsFree() throws IOException {
        Explanation explanation = explain("127.0.0.1");
        assertSucceeds(explanation, DecidingRule.PORT_FREE);
        assertEquals(List.of(), explanation.members());
    }

    @Test
    void anOwnerWithoutReusePortKeepsOthersOut() throws IOException {
        NativeSocket owner = listener(Loopback.host());
        Explanation explanation = explain(Loopback.host(), "SO_REUSEPORT");
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.OWNER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on pid",
                "end pid " + ProcessHandle.current().pid());
        PortSockets.Found found = inTheWay(explanation).get(0);
        assertEquals(owner.localAddress(), found.local());
        assertEquals(
                ProcessHandle.current().pid(), found.owners().get(0).process().pid());
        assertEquals(owner.fd(), found.owners().get(0).fd());
        assertTrue(
                explanation.reason().contains("pid " + ProcessHandle.current().pid()), explanation::reason);
        assertTrue(explanation.reason().contains("fd " + owner.fd()), explanation::reason);
        assertTrue(explanation.reason().contains("without SO_REUSEPORT"), explanation::reason);
    }

    @Test
    void aNewcomerWithoutReusePortOnlyHasToSetIt() throws IOException {
        listener(Loopback.host(), "SO_REUSEPORT");
        Explanation explanation = explain(Loopback.host());
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer",
                "end pid");
        assertTrue(
                explanation.remedies().stream()
                        .filter(remedy -> remedy.text().equals("set SO_REUSEPORT on the newcomer"))
                        .allMatch(Explanation.Remedy::tried),
                explanation::toString);
        assertSucceeds(explain(Loopback.host(), "SO_REUSEPORT"), DecidingRule.SAME_GROUP);
    }

    @Test
    void bothSidesWithoutReusePortNeedItOnBoth() throws IOException {
        listener("127.0.0.1");
        assertFails(
                explain("127.0.0.1"),
                Const.EADDRINUSE,
                DecidingRule.NOTHING_SHARED,
                "end pid",
                "set SO_REUSEPORT on the newcomer, and set SO_REUSEPORT on pid");
    }

    private void listenAsNobody(String host, String... settings) throws IOException {
        asNobody(() -> listener(host, settings));
    }

    private static void asNobody(Callable<?> open) throws IOException {
        Root.assume("a socket of another user", Root.Capability.CAP_SETUID);
        Users users = LibraryLoader.create(Users.class).load("c");
        users.setfsuid(NOBODY);
        try {
            open.call();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            users.setfsuid(0);
        }
    }

    @Test
    void anotherUserKeepsEvenRootOut() throws IOException {
        listenAsNobody("127.0.0.1", "SO_REUSEPORT");
        Explanation explanation = explain("127.0.0.1", "SO_REUSEPORT");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.OTHER_UID, "bind as uid " + NOBODY, "end pid");
        assertEquals(OptionalInt.of(NOBODY), inTheWay(explanation).get(0).uid());
        assertTrue(
                explanation
                        .remedies()
                        .contains(new Explanation.Remedy(
                                "bind as uid " + NOBODY, true, List.of(new Change.BindsAs(NOBODY)))),
                explanation::toString);
    }

    @Test
    void theSameUserGetsIn() throws IOException {
        listenAsNobody("127.0.0.1", "SO_REUSEPORT");
        OptionalInt nobody = OptionalInt.of(NOBODY);
        assertSucceeds(explain(nobody, Protocol.TCP, "127.0.0.1", port, "SO_REUSEPORT"), DecidingRule.SAME_GROUP);
        assertFails(
                explain(nobody, Protocol.TCP, "127.0.0.1", port),
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer");
    }

    @Test
    void aPrivilegedPortIsRootsAlone() throws IOException {
        Root.assume("a process of another user", Root.Capability.CAP_SETUID);
        int lowest =
                ThisHost.observe(Proc.ofHost(), new JnrSyscalls()).sysctls().unprivilegedPorts();
        assumeTrue(lowest > 1, "no port is privileged here");
        Explanation explanation = explain(OptionalInt.of(NOBODY), Protocol.TCP, "127.0.0.1", lowest - 1);
        assertFails(
                explanation, Const.EACCES, DecidingRule.PRIVILEGED_PORT, "lower net.ipv4.ip_unprivileged_port_start");
    }

    @ParameterizedTest
    @CsvSource({
        "127.255.255.255, TCP, broadcast",
        "255.255.255.255, TCP, broadcast",
        "224.0.0.1, TCP, multicast",
        "127.0.0.1, TCP, ''",
        "224.0.0.1, UDP, ''"
    })
    void anAddressThatNobodyCanConnectToIsSaidToBeOne(String address, Protocol protocol, String kind)
            throws IOException {
        assumeTrue(syscalls.abi().platform().linux(), "needs Linux, whose bind takes such an address");
        List<String> notes = explain(protocol, address, 0).notes();
        assertEquals(
                kind.isEmpty() ? List.of() : List.of("nobody can connect to " + address + ": TCP has no " + kind),
                notes);
    }

    @Test
    void onlyRootMayAskForAnotherUser() throws IOException {
        Root.assume("becoming another user", Root.Capability.CAP_SETUID);
        assertEquals(0, syscalls.seteuid(NOBODY));
        try {
            assertThrows(NotPossibleException.class, () -> explain(OptionalInt.of(0), Protocol.TCP, "127.0.0.1", 0));
        } finally {
            assertEquals(0, syscalls.seteuid(0));
        }
    }

    @Test
    void aDualStackWildcardIsInTheWayOfIpv4() throws IOException {
        listener("::", "IPV6_V6ONLY=0");
        assertFails(
                explain("127.0.0.1"),
                Const.EADDRINUSE,
                DecidingRule.NOTHING_SHARED,
                "set IPV6_V6ONLY on pid",
                "end pid");
    }

    @Test
    void anIpv4ListenerIsInTheWayOfADualStackWildcard() throws IOException {
        listener("127.0.0.1");
        assertFails(
                explain("::", "IPV6_V6ONLY=0"),
                Const.EADDRINUSE,
                DecidingRule.NOTHING_SHARED,
                "set IPV6_V6ONLY on the newcomer",
                "end pid");
    }

    @Test
    void anIpv6OnlyWildcardIsNotInTheWayOfIpv4() throws IOException {
        listener("::", "IPV6_V6ONLY=1");
        assertSucceeds(explain("127.0.0.1"), DecidingRule.APART);
    }

    @Test
    void aMappedAddressIsTheSameAddress() throws IOException {
        listener("::ffff:127.0.0.1");
        assertFails(explain("127.0.0.1"), Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
        assertSucceeds(explain("127.0.0.2"), DecidingRule.APART);
        assertFails(
                explain(Protocol.TCP, "::ffff:127.0.0.1", 0, "IPV6_V6ONLY=1"),
                Const.EINVAL,
                DecidingRule.MAPPED_REFUSED,
                "leave IPV6_V6ONLY off");
    }

    @Test
    void aWildcardIsInTheWayOfASpecificAddress() throws IOException {
        listener("0.0.0.0");
        Explanation explanation = explain("127.0.0.1", "SO_REUSEPORT");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.OWNER_LACKS_REUSE_PORT, "end pid");
        assertTrue(explanation.reason().contains("wildcard"), explanation::reason);
    }

    @Test
    void aSpecificAddressIsInTheWayOfAWildcard() throws IOException {
        listener("127.0.0.1");
        Explanation explanation = explain("0.0.0.0", "SO_REUSEPORT");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.OWNER_LACKS_REUSE_PORT, "end pid");
        assertTrue(explanation.reason().contains("wildcard"), explanation::reason);
    }

    @Test
    @NeedsIpv6
    void allThatAreInTheWayAreFound() throws IOException {
        listener("127.0.0.1");
        listener("127.0.0.2");
        listener("::1");
        Explanation explanation = explain("0.0.0.0");
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.NOTHING_SHARED,
                "end pid " + ProcessHandle.current().pid());
        assertEquals(3, explanation.members().size());
        assertEquals(2, inTheWay(explanation).size());
        assertTrue(explanation.reason().endsWith("one more socket is in the way"), explanation::reason);
    }

    @Test
    void whoIsBoundAndDoesNotListenIsFoundAmongDescriptors() throws IOException {
        NativeSocket owner = bound(Protocol.TCP, "127.0.0.1");
        Explanation explanation = explain("127.0.0.1");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
        assertEquals(SocketState.CLOSE, inTheWay(explanation).get(0).state());
        assertEquals(owner.fd(), inTheWay(explanation).get(0).owners().get(0).fd());
    }

    @Test
    void withReuseAddrOnBothTheFirstWhoListensWins() throws IOException {
        NativeSocket owner = bound(Protocol.TCP, "127.0.0.1", "SO_REUSEADDR");
        Explanation explanation = explain("127.0.0.1", "SO_REUSEADDR");
        assertSucceeds(explanation, DecidingRule.BOTH_REUSE_ADDR);
        assertTrue(
                explanation.notes().stream().anyMatch(note -> note.contains("can listen no more")),
                explanation::toString);
        owner.listen(1);
        assertFails(
                explain("127.0.0.1", "SO_REUSEADDR"),
                Const.EADDRINUSE,
                DecidingRule.OWNER_LISTENS,
                "end pid",
                "set SO_REUSEPORT on the newcomer, and set SO_REUSEPORT on pid");
    }

    /** A connection to the listener, whose two ends are returned: the client's, then the accepted one. */
    private NativeSocket[] connect(NativeSocket listener) throws IOException {
        NativeSocket client =
                NativeSocket.open(syscalls, listener.localAddress().family(), Const.SOCK_STREAM);
        open.push(client);
        client.connect(listener.localAddress());
        NativeSocket accepted = listener.accept().orElseThrow();
        open.push(accepted);
        return new NativeSocket[] {client, accepted};
    }

    private void close(NativeSocket socket) throws IOException {
        open.remove(socket);
        socket.close();
    }

    private void makeTimeWait(NativeSocket listener) throws IOException {
        NativeSocket[] ends = connect(listener);
        close(ends[1]);
        close(ends[0]);
        close(listener);
        awaitState(SocketState.TIME_WAIT);
    }

    private void awaitState(SocketState state) throws IOException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (PortSockets.of(syscalls, Proc.ofHost(), Const.IPPROTO_TCP, port).sockets().stream()
                .noneMatch(socket -> socket.state() == state)) {
            assertTrue(System.nanoTime() < deadline, "no " + state + " on port " + port);
            Thread.onSpinWait();
        }
    }

    @Test
    void timeWaitHasNoOwnerAndPasses() throws IOException {
        makeTimeWait(listener("127.0.0.1"));
        Explanation explanation = explain("127.0.0.1");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.TIME_WAIT, "wait until TIME_WAIT is over");
        PortSockets.Found found = inTheWay(explanation).get(0);
        assertEquals(List.of(), found.owners());
        assertTrue(found.uid().isEmpty());
        assertFails(
                explain("127.0.0.1", "SO_REUSEADDR"),
                Const.EADDRINUSE,
                DecidingRule.TIME_WAIT,
                "wait until TIME_WAIT is over");
    }

    @Test
    void timeWaitOfAListenerWithReuseAddrYieldsToReuseAddr() throws IOException {
        makeTimeWait(listener("127.0.0.1", "SO_REUSEADDR"));
        Explanation explanation = explain("127.0.0.1");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.TIME_WAIT, "wait until TIME_WAIT is over");
        assertTrue(
                explanation
                        .remedies()
                        .contains(new Explanation.Remedy(
                                "set SO_REUSEADDR on the newcomer",
                                true,
                                List.of(new Change.Sets(new Setting<>(SockOpts.SO_REUSEADDR, true))))),
                explanation::toString);
        assertSucceeds(explain("127.0.0.1", "SO_REUSEADDR"), DecidingRule.BOTH_REUSE_ADDR);
    }

    @Test
    void aLiveConnectionOfAListenerThatIsGoneIsInTheWay() throws IOException {
        NativeSocket listener = listener("127.0.0.1");
        NativeSocket[] ends = connect(listener);
        close(listener);
        Explanation explanation = explain("127.0.0.1", "SO_REUSEADDR");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.CONNECTION, "wait until the connections are over");
        PortSockets.Found found = inTheWay(explanation).get(0);
        assertEquals(ends[1].fd(), found.owners().get(0).fd());
        assertEquals(ends[0].localAddress(), found.peer().orElseThrow());
    }

    @Test
    void aLiveConnectionWithReuseAddrYieldsToReuseAddr() throws IOException {
        NativeSocket listener = listener("127.0.0.1", "SO_REUSEADDR");
        connect(listener);
        close(listener);
        assertFails(
                explain("127.0.0.1"), Const.EADDRINUSE, DecidingRule.CONNECTION, "set SO_REUSEADDR on the newcomer");
        assertSucceeds(explain("127.0.0.1", "SO_REUSEADDR"), DecidingRule.BOTH_REUSE_ADDR);
    }

    @Test
    void whoIsToEndIsAskedForNothingElse() throws IOException {
        connect(listener("127.0.0.1"));
        Explanation explanation = explain("127.0.0.1", "SO_REUSEADDR");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.NOTHING_SHARED);
        assertTrue(
                explanation.remedies().stream()
                        .noneMatch(remedy -> remedy.text().contains("end pid")
                                && remedy.text().contains("set SO_REUSEADDR on pid")),
                explanation::toString);
    }

    @Test
    void aConnectionThatItsProcessHasClosedHasNoOwner() throws IOException {
        NativeSocket listener = listener("127.0.0.1");
        NativeSocket[] ends = connect(listener);
        close(ends[1]);
        close(listener);
        awaitState(SocketState.FIN_WAIT2);
        Explanation explanation = explain("127.0.0.1");
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.TIME_WAIT, "wait until");
        assertEquals(List.of(), inTheWay(explanation).get(0).owners());
    }

    @Test
    void whatAServerLeavesAsksForReuseAddrInTheServerFirst() throws IOException {
        makeTimeWait(listener("127.0.0.1"));
        for (String[] settings : new String[][] {{}, {"SO_REUSEADDR"}}) {
            Explanation explanation = explain("127.0.0.1", settings);
            List<String> texts = explanation.remedies().stream()
                    .map(Explanation.Remedy::text)
                    .toList();
            assertTrue(
                    texts.get(0).startsWith("set SO_REUSEADDR in the server itself before it binds"), texts::toString);
            assertTrue(
                    texts.get(1).matches("wait until TIME_WAIT is over, [1-6]?[0-9] seconds at most"), texts::toString);
            assertEquals(2, texts.size(), texts::toString);
            assertEquals(
                    settings.length == 1,
                    explanation.reason().endsWith("of the two the newcomer alone has it"),
                    explanation::reason);
        }
    }

    @Test
    void whatIsInFinWait2IsCalledSo() throws IOException {
        NativeSocket listener = listener("127.0.0.1");
        NativeSocket[] ends = connect(listener);
        close(ends[1]);
        close(listener);
        awaitState(SocketState.FIN_WAIT2);
        Explanation explanation = explain("127.0.0.1");
        assertTrue(explanation.reason().contains(" is in FIN_WAIT2 on "), explanation::reason);
        assertFalse(explanation.reason().contains("TIME_WAIT"), explanation::reason);
        assertTrue(
                explanation.remedies().stream()
                        .noneMatch(remedy -> remedy.text().contains("TIME_WAIT")),
                explanation::toString);
    }

    @Test
    void aConnectionThatThisHostBeganIsAClients() throws IOException {
        NativeSocket server = listener("127.0.0.1");
        NativeSocket client = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
        open.push(client);
        client.connect(server.localAddress());
        port = client.localAddress().port();
        Explanation explanation = explain("127.0.0.1", "SO_REUSEADDR");
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.CONNECTION,
                "set SO_REUSEADDR on pid",
                "keep clients off the port from now on: net.ipv4.ip_local_reserved_ports=" + port,
                "bind to a port outside of net.ipv4.ip_local_port_range",
                "end pid");
        assertTrue(explanation.reason().contains("a client happened to get this port"), explanation::reason);
        assertFalse(explanation.reason().contains("old listener"), explanation::reason);
        assertFails(
                explain("127.0.0.1"),
                Const.EADDRINUSE,
                DecidingRule.CONNECTION,
                "set SO_REUSEADDR on the newcomer, and set SO_REUSEADDR on pid");
    }

    @Test
    void connectionsThatNobodyHasAcceptedBelongToTheListener() throws IOException {
        NativeSocket listener = listener("127.0.0.1", "SO_REUSEPORT");
        NativeSocket client = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
        open.push(client);
        client.connect(listener.localAddress());
        assertSucceeds(explain("127.0.0.1", "SO_REUSEPORT"), DecidingRule.SAME_GROUP);
        Explanation explanation = explain("127.0.0.1");
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer");
        assertTrue(
                explanation.members().stream()
                        .anyMatch(member ->
                                member.socket().inode() == 0 && member.socket().state() == SocketState.ESTABLISHED),
                explanation::toString);
        assertEquals(1, explanation.members().get(0).socket().waiting().orElseThrow(), "the listener's queue");
    }

    @Test
    void aGroupOutlivesTheFlagThatMadeIt() throws IOException {
        NativeSocket owner = listener("127.0.0.1", "SO_REUSEPORT");
        owner.set(SockOpts.SO_REUSEPORT, false);
        Explanation explanation = explain("127.0.0.1", "SO_REUSEPORT");
        assertSucceeds(explanation, DecidingRule.REMEMBERED);
        assertTrue(explanation.reason().contains("remembers"), explanation::reason);
        assertFails(explain("127.0.0.1"), Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
    }

    @Test
    void reusePortThatIsSetAfterListenLetsOthersIn() throws IOException {
        NativeSocket owner = listener("127.0.0.1");
        assertFails(explain("127.0.0.1", "SO_REUSEPORT"), Const.EADDRINUSE, DecidingRule.OWNER_LACKS_REUSE_PORT);
        owner.set(SockOpts.SO_REUSEPORT, true);
        assertSucceeds(explain("127.0.0.1", "SO_REUSEPORT"), DecidingRule.SAME_GROUP);
        assertFails(
                explain("127.0.0.1"),
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer");
    }

    @Test
    void anotherDeviceIsOutOfTheWay() throws IOException {
        assumeTrue(new JnrSyscalls().geteuid() == 0, "SO_BINDTODEVICE may need root");
        listener("127.0.0.1", "SO_BINDTODEVICE=lo");
        assertFails(explain("127.0.0.1"), Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
        assertFails(
                explain("127.0.0.1", "SO_BINDTODEVICE=lo"), Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
        List<String> others = ThisHost.observe(Proc.ofHost(), new JnrSyscalls()).devices().stream()
                .map(Device::name)
                .filter(name -> !name.equals("lo"))
                .toList();
        assumeTrue(!others.isEmpty(), "there is no device but lo");
        assertSucceeds(explain("0.0.0.0", "SO_BINDTODEVICE=" + others.get(0)), DecidingRule.APART);
    }

    @Test
    void anInterfaceThatIsNotThereIsNamed() throws IOException {
        assertFails(
                explain(Protocol.TCP, "127.0.0.1", 0, "SO_BINDTODEVICE=none0"), Const.ENODEV, DecidingRule.NO_DEVICE);
    }

    @Test
    void anOptionOfTheOtherProtocolIsRefused() throws IOException {
        assertFails(
                explain(Protocol.UDP, "127.0.0.1", port, "TCP_NODELAY"),
                Const.ENOPROTOOPT,
                DecidingRule.OTHER_PROTOCOL);
        assertFails(explain(Loopback.host(), "UDP_CORK"), Const.ENOPROTOOPT, DecidingRule.OTHER_PROTOCOL);
    }

    @Test
    void aRefusalThatTheRulesDoNotKnowIsNoDisagreement() throws IOException {
        Explanation explanation = explain("127.0.0.1", "SO_REUSEADDR", "TCP_MAXSEG=1");
        assertFails(explanation, Const.EINVAL, DecidingRule.NOT_LOOKED_AT);
        assertTrue(explanation.predicted().isEmpty(), explanation::toString);
        assertTrue(explanation.reason().contains("TCP_MAXSEG"), explanation::reason);
        assertTrue(
                explanation.notes().stream().noneMatch(note -> note.contains("may not be looked into")),
                "a process that was not seen has no part in it");
        listener("127.0.0.1");
        assertFails(explain("127.0.0.1", "TCP_MAXSEG=1000"), Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "end pid");
    }

    @Test
    void anAddressOfAnotherHostIsNotLocal() throws IOException {
        for (Protocol protocol : Protocol.values()) {
            Explanation explanation = explain(protocol, "203.0.113.7", 0);
            assertFails(explanation, Const.EADDRNOTAVAIL, DecidingRule.NOT_LOCAL, "set IP_FREEBIND on the newcomer");
            assertFails(
                    explain(protocol, "2001:db8::7", 0),
                    Const.EADDRNOTAVAIL,
                    DecidingRule.NOT_LOCAL,
                    Loopback.hasIpv6() ? "set IPV6_FREEBIND on the newcomer" : "switch IPv6 on");
        }
    }

    @Test
    void anAddressThatComesLaterMayBeTheHostsSettingToo() throws IOException {
        assertFails(
                explain(Protocol.TCP, "203.0.113.7", 0),
                Const.EADDRNOTAVAIL,
                DecidingRule.NOT_LOCAL,
                "set net.ipv4.ip_nonlocal_bind=1 on this host");
    }

    @Test
    void aWildcardThatOneAddressIsInTheWayOfMayBeAnother() throws IOException {
        listener("127.0.0.53");
        assertFails(
                explain("0.0.0.0"),
                Const.EADDRINUSE,
                DecidingRule.NOTHING_SHARED,
                "bind to 127.0.0.1 alone",
                "end pid");
    }

    @Test
    void twoUsersShareUdpByReuseAddrAndTheLastGetsTheDatagrams() throws IOException {
        asNobody(() -> bound(Protocol.UDP, "127.0.0.1", "SO_REUSEADDR", "SO_REUSEPORT"));
        Explanation explanation = explain(Protocol.UDP, "127.0.0.1", port, "SO_REUSEADDR", "SO_REUSEPORT");
        assertSucceeds(explanation, DecidingRule.BOTH_REUSE_ADDR);
        assertFalse(explanation.reason().contains("same user"), explanation::reason);
        assertTrue(explanation.reason().contains("bound last"), explanation::reason);
    }

    @Test
    void allUdpOwnersInTheWayAreToEnd() throws IOException {
        bound(Protocol.UDP, "127.0.0.1", "SO_REUSEADDR");
        bound(Protocol.UDP, "127.0.0.1", "SO_REUSEADDR");
        assertEquals(2, inTheWay(explain(Protocol.UDP, "127.0.0.1", port)).size());
    }

    @Test
    void ipv6ThatIsSwitchedOffIsSaidToBe() {
        PrivateNetwork.assumePossible();
        Loopback.assumeSockets(Const.AF_INET6);
        Explanation explanation = PrivateNetwork.within(host -> {
            for (String of : List.of("all", "default", "lo")) {
                Files.writeString(Path.of("/proc/sys/net/ipv6/conf", of, "disable_ipv6"), "1");
            }
            return explain(Protocol.TCP, "::1", port);
        });
        assertFails(explanation, Const.EADDRNOTAVAIL, DecidingRule.NOT_LOCAL, "switch IPv6 on: ", "bind to 127.0.0.1");
        assertTrue(explanation.reason().contains("IPv6 is switched off here"), explanation::reason);
        assertTrue(
                explanation.remedies().stream()
                        .noneMatch(remedy -> remedy.text().contains("FREEBIND")),
                explanation::toString);
    }

    @Test
    void aKernelWithoutIpv6SaysSoInAnExplanation() throws IOException {
        int family = syscalls.abi().number(Const.AF_INET6);
        Syscalls old = Watched.of(
                syscalls,
                (call, arguments) -> call.equals("socket") && arguments[0].equals(family)
                        ? OptionalInt.of(-syscalls.abi().number(Const.EAFNOSUPPORT))
                        : OptionalInt.empty());
        Explanation explanation = Explain.run(
                old,
                Proc.ofHost(),
                RULES,
                AS_USER,
                new Explain.Request(Protocol.TCP, address("::1", port), List.of(), OptionalInt.empty(), false));
        assertFails(explanation, Const.EAFNOSUPPORT, DecidingRule.OTHER_FAMILY, "bind to 127.0.0.1");
        assertTrue(explanation.reason().startsWith("this kernel has no IPv6"), explanation::reason);
    }

    @Test
    void udpSharesByReuseAddrToo() throws IOException {
        bound(Protocol.UDP, "127.0.0.1", "SO_REUSEADDR");
        Explanation explanation = explain(Protocol.UDP, "127.0.0.1", port);
        assertFails(explanation, Const.EADDRINUSE, DecidingRule.NOTHING_SHARED, "set SO_REUSEADDR on the newcomer");
        assertFalse(
                explanation.remedies().stream().anyMatch(Explanation.Remedy::tried),
                "a datagram of the group could be lost");
        assertEquals("", explanation.untried());
        Explanation shared = explain(Protocol.UDP, "127.0.0.1", port, "SO_REUSEADDR");
        assertSucceeds(shared, DecidingRule.BOTH_REUSE_ADDR);
        assertEquals("bind", shared.untried());
        assertSucceeds(explain(Protocol.TCP, "127.0.0.1", port), DecidingRule.PORT_FREE);
    }

    @Test
    void udpGroupsAreOfOneFlag() throws IOException {
        bound(Protocol.UDP, Loopback.host(), "SO_REUSEPORT");
        bound(Protocol.UDP, Loopback.host(), "SO_REUSEPORT");
        Explanation explanation = explain(Protocol.UDP, Loopback.host(), port);
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer");
        assertEquals(2, explanation.members().size());
        Explanation joined = explain(Protocol.UDP, Loopback.host(), port, "SO_REUSEPORT");
        assertSucceeds(joined, DecidingRule.SAME_GROUP);
        assertEquals("bind", joined.untried());
        assertTrue(
                joined.notes().stream().anyMatch(note -> note.startsWith("bind was not tried")),
                joined.notes()::toString);
        // It takes nothing where it does not get in.
        Explanation refused = explain(Protocol.UDP, Loopback.host(), port, "SO_REUSEADDR");
        assertFails(refused, Const.EADDRINUSE, DecidingRule.NEWCOMER_LACKS_REUSE_PORT);
        assertEquals("", refused.untried());
    }

    @Test
    void theUserMayHaveADatagramLost() throws IOException {
        bound(Protocol.UDP, Loopback.host(), "SO_REUSEPORT");
        List<Setting<?>> group = List.of(Setting.parse("SO_REUSEPORT"));
        for (boolean anyway : new boolean[] {false, true}) {
            int[] binds = {0};
            Syscalls counting = Watched.of(syscalls, (call, arguments) -> {
                binds[0] += call.equals("bind") ? 1 : 0;
                return OptionalInt.empty();
            });
            Explanation explanation = Explain.run(
                    counting,
                    Proc.ofHost(),
                    RULES,
                    AS_USER,
                    new Explain.Request(
                            Protocol.UDP, address(Loopback.host(), port), group, OptionalInt.empty(), anyway));
            assertSucceeds(explanation, DecidingRule.SAME_GROUP);
            assertEquals(anyway ? "" : "bind", explanation.untried());
            // The one is that of a socket without SO_REUSEPORT, which shares with nobody.
            assertEquals(1, binds[0]);
        }
    }

    @Test
    void aDatagramOfAnotherUsersGroupIsNotTakenEither() throws IOException {
        asNobody(() -> bound(Protocol.UDP, "127.0.0.1", "SO_REUSEPORT"));
        Explanation explanation = explain(OptionalInt.of(NOBODY), Protocol.UDP, "127.0.0.1", port, "SO_REUSEPORT");
        assertSucceeds(explanation, DecidingRule.SAME_GROUP);
        assertEquals("bind", explanation.untried());
    }

    /** As on a system where a listener can drop no SYN. */
    @Test
    void whereClientsCannotBeKeptAwayTheRulesSayHowListenEnds() throws IOException {
        Syscalls refusing = Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER, SockOpts.IP_MINTTL);
        listener("127.0.0.1", "SO_REUSEPORT");
        List<Setting<?>> group = List.of(Setting.parse("SO_REUSEPORT"));
        for (boolean anyway : new boolean[] {false, true}) {
            Explanation explanation = Explain.run(
                    refusing,
                    Proc.ofHost(),
                    RULES,
                    AS_USER,
                    new Explain.Request(Protocol.TCP, address("127.0.0.1", port), group, OptionalInt.empty(), anyway));
            assertTrue(explanation.agrees(), explanation::toString);
            assertSucceeds(explanation, DecidingRule.SAME_GROUP);
            assertEquals(anyway ? "" : "listen", explanation.untried());
            assertEquals(
                    !anyway,
                    explanation.notes().stream().anyMatch(note -> note.startsWith("listen was not tried")),
                    explanation.notes()::toString);
        }
        Explanation remedied = Explain.run(
                refusing,
                Proc.ofHost(),
                RULES,
                AS_USER,
                new Explain.Request(Protocol.TCP, address("127.0.0.1", port), List.of(), OptionalInt.empty(), false));
        assertFails(
                remedied, Const.EADDRINUSE, DecidingRule.NEWCOMER_LACKS_REUSE_PORT, "set SO_REUSEPORT on the newcomer");
        assertFalse(remedied.remedies().stream().anyMatch(Explanation.Remedy::tried), remedied::toString);
    }

    @Test
    void port0IsAlwaysFree() throws IOException {
        assertSucceeds(explain(Protocol.TCP, Loopback.host(), 0), DecidingRule.PORT_CHOSEN);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aRangeThatIsUsedUpIsCounted(Protocol protocol) {
        PrivateNetwork.assumePossible();
        List<Explanation> explanations = PrivateNetwork.within(host -> {
            Files.writeString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), "40000 40005");
            Files.writeString(Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports"), "40001");
            for (int i = 0; i < 5; i++) {
                port = 0;
                NativeSocket taken = bound(protocol, "127.0.0.1");
                if (protocol == Protocol.TCP && i > 2) {
                    taken.listen(1);
                }
            }
            try (ProcOfThread own = new ProcOfThread()) {
                OptionalInt me = OptionalInt.empty();
                return List.of(
                        explain(own.proc(), me, protocol, "127.0.0.1", 0),
                        explain(own.proc(), me, protocol, "127.0.0.1", 0, "IP_BIND_ADDRESS_NO_PORT"),
                        explain(own.proc(), me, protocol, "127.0.0.2", 0));
            }
        });
        assertFails(
                explanations.get(0),
                Const.EADDRINUSE,
                DecidingRule.PORTS_USED_UP,
                "bind to 127.0.0.2 instead",
                "widen net.ipv4.ip_local_port_range: 1024 65535",
                "set IP_BIND_ADDRESS_NO_PORT on the newcomer, if it will connect");
        assertTrue(
                explanations
                        .get(0)
                        .reason()
                        .startsWith("of the 6 ports that the kernel may choose, 40000 to 40005, 5 are"
                                + " taken at this address and 1 reserved"),
                explanations.get(0)::reason);
        assertSucceeds(explanations.get(1), DecidingRule.PORT_LATER);
        assertTrue(
                explanations.get(1).notes().stream().anyMatch(note -> note.startsWith("the port is chosen by connect")),
                explanations.get(1)::toString);
        assertSucceeds(explanations.get(2), DecidingRule.PORT_CHOSEN);
    }

    @Test
    void whatTheRulesDoNotExplainIsSaid() throws IOException {
        listener("0.0.0.0", "SO_REUSEADDR");
        Explanation explanation = Explain.run(
                syscalls,
                Proc.ofHost(),
                Ruleset.MACOS.rules(),
                AS_USER,
                new Explain.Request(
                        Protocol.TCP,
                        address("127.0.0.1", port),
                        List.of(Setting.parse("SO_REUSEADDR")),
                        OptionalInt.empty(),
                        false));
        assertFalse(explanation.agrees());
        assertEquals("EADDRINUSE", explanation.verdict().name());
        assertEquals("ok", explanation.predicted().orElseThrow().name());
        assertTrue(
                explanation
                        .reason()
                        .startsWith("the kernel and the rules disagree: it says EADDRINUSE from bind, they say ok"),
                explanation::reason);
    }

    @Test
    void theTrialIsUndone() throws IOException {
        NativeSocket owner = listener("127.0.0.1", "SO_REUSEPORT");
        explain("127.0.0.1", "SO_REUSEPORT");
        assertEquals(
                1,
                PortSockets.of(syscalls, Proc.ofHost(), Const.IPPROTO_TCP, port)
                        .sockets()
                        .size());
        assertTrue(owner.get(SockOpts.SO_ACCEPTCONN).toOptional().orElseThrow());
    }

    @Test
    void aPortWithThousandsOfSocketsCostsAFewCallsEach() throws IOException {
        int members = 5_000;
        try {
            for (int i = 0; i < members; i++) {
                listener("127.0.0.1", "SO_REUSEPORT");
            }
        } catch (ErrnoException e) {
            assumeTrue(!e.errno().is(Const.EMFILE), "no " + members + " descriptors are allowed here");
            throw e;
        }
        int[] calls = {0};
        Syscalls counting = Watched.of(syscalls, (call, arguments) -> {
            calls[0]++;
            return OptionalInt.empty();
        });
        Explanation explanation = Explain.run(
                counting,
                Proc.ofHost(),
                RULES,
                AS_USER,
                new Explain.Request(Protocol.TCP, address("127.0.0.1", port), List.of(), OptionalInt.empty(), false));
        assertFails(
                explanation,
                Const.EADDRINUSE,
                DecidingRule.NEWCOMER_LACKS_REUSE_PORT,
                "set SO_REUSEPORT on the newcomer");
        assertEquals(members, inTheWay(explanation).size());
        assertTrue(calls[0] < 12 * members, calls[0] + " calls for " + members + " sockets");
    }

    @Test
    @NeedsIpv6
    void whetherAnOwnerThatMayNotBeReadIsForIpv6OnlyDecides() throws IOException {
        SockDiagOfHost.assumePresent();
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_open", "pidfd_getfd");
        listener("::", "IPV6_V6ONLY=1");
        Explanation explanation = Explain.run(
                old,
                Proc.ofHost(),
                Ruleset.LINUX.rules(),
                AS_USER,
                new Explain.Request(Protocol.TCP, address("127.0.0.1", port), List.of(), OptionalInt.empty(), false));
        assertTrue(explanation.agrees(), explanation::toString);
        assertSucceeds(explanation, DecidingRule.APART);
    }

    @Test
    void whatWouldLetFlagsBeReadIsSaid() throws IOException {
        listener("127.0.0.1", "SO_REUSEPORT");
        for (Const errno : List.of(Const.EPERM, Const.ENOSYS)) {
            Explanation explanation = Explain.run(
                    Watched.refusing(syscalls, errno, "pidfd_getfd"),
                    Proc.ofHost(),
                    RULES,
                    AS_USER,
                    new Explain.Request(
                            Protocol.TCP, address("127.0.0.1", port), List.of(), OptionalInt.empty(), false));
            String start =
                    "flags could not be read: pid " + ProcessHandle.current().pid() + " (";
            assertTrue(
                    explanation.notes().stream()
                            .anyMatch(note -> note.startsWith(start)
                                    && note.contains(errno == Const.EPERM ? "CAP_SYS_PTRACE" : "Linux 5.6")),
                    explanation::toString);
            assertEquals("EADDRINUSE", explanation.verdict().name());
        }
    }

    @Test
    void anOwnerThatMayNotBeReadAndIsOnlyBoundIsNamed() throws IOException {
        SockDiagOfHost.assumePresent();
        assumeTrue(SockDiagOfHost.tellsOfBound(), "Linux 6.8 is the first that tells of it");
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_open", "pidfd_getfd");
        NativeSocket owner = bound(Protocol.TCP, "127.0.0.1");
        Explanation explanation = Explain.run(
                old,
                Proc.ofHost(),
                Ruleset.LINUX.rules(),
                AS_USER,
                new Explain.Request(Protocol.TCP, address("127.0.0.1", port), List.of(), OptionalInt.empty(), false));
        assertTrue(explanation.agrees(), explanation::toString);
        assertEquals("EADDRINUSE", explanation.verdict().name());
        assertEquals(owner.fd(), inTheWay(explanation).get(0).owners().get(0).fd());
    }
}
