package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Descriptors;
import dev.reuseport.Loopback;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProcessSocketsTest {
    private static final int INSPECTIONS = 10_000;
    private static final List<SockOpt<?>> FLAGS =
            List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.SO_RCVBUF, SockOpts.SO_ERROR);

    private static SocketHolder other;

    private final Syscalls syscalls = new JnrSyscalls();

    @BeforeAll
    static void startAnotherProcess() throws IOException {
        assumeTrue(Abi.host().platform().linux(), "pidfd_getfd is Linux's");
        other = new SocketHolder();
    }

    @AfterAll
    static void endIt() {
        if (other != null) {
            other.close();
        }
    }

    private ProcessSockets open(int pid) throws IOException {
        return ProcessSockets.open(syscalls, Proc.ofHost(), new Scratch(syscalls), pid);
    }

    @Test
    void valuesAreThoseThatTheOtherProcessSet() throws IOException {
        try (ProcessSockets process = open(other.pid())) {
            List<ForeignSocket> sockets = process.readAll(FLAGS).sockets();
            assertEquals(2, sockets.size(), sockets::toString);
            ForeignSocket listener = sockets.get(0);
            assertEquals("127.0.0.1:" + other.port(), listener.local().toString());
            assertEquals(SocketState.LISTEN, listener.state());
            assertEquals(Const.SOCK_STREAM, listener.type());
            assertEquals(Const.IPPROTO_TCP, listener.protocol());
            assertEquals(true, listener.value(SockOpts.SO_REUSEADDR).orElseThrow());
            assertEquals(true, listener.value(SockOpts.SO_REUSEPORT).orElseThrow());
            assertEquals(
                    2 * SocketHolder.RCVBUF, listener.value(SockOpts.SO_RCVBUF).orElseThrow());
            assertEquals(SocketHolder.BACKLOG, listener.queue().orElseThrow().limit());
            ForeignSocket datagrams = sockets.get(1);
            assertEquals(Loopback.family(), datagrams.family());
            assertEquals(Const.SOCK_DGRAM, datagrams.type());
            assertEquals(Const.IPPROTO_UDP, datagrams.protocol());
            assertEquals(Loopback.host(), datagrams.local().host());
            assertEquals(SocketState.CLOSE, datagrams.state());
            assertEquals(false, datagrams.value(SockOpts.SO_REUSEPORT).orElseThrow());
        }
    }

    @Test
    void aListenerOfMptcpIsReadAsAnyOther() throws IOException {
        Abi abi = syscalls.abi();
        int type = abi.number(Const.SOCK_STREAM) | abi.number(Const.SOCK_CLOEXEC);
        int fd = syscalls.socket(abi.number(Const.AF_INET), type, abi.number(Const.IPPROTO_MPTCP));
        assumeTrue(fd >= 0, "this kernel has no MPTCP");
        try (NativeSocket listener = NativeSocket.own(syscalls, fd);
                ProcessSockets self = open((int) ProcessHandle.current().pid())) {
            listener.set(SockOpts.SO_REUSEPORT, true);
            listener.bind(new Sockaddr.Inet(0x7f000001, 0));
            listener.listen(7);
            ForeignSocket seen = self.read(self.link(fd), FLAGS).orElseThrow();
            assertEquals(Const.IPPROTO_MPTCP, seen.protocol());
            assertEquals(Const.SOCK_STREAM, seen.type());
            assertEquals(SocketState.LISTEN, seen.state());
            assertEquals(listener.localAddress(), seen.local());
            assertEquals(7, seen.queue().orElseThrow().limit());
            assertEquals(true, seen.value(SockOpts.SO_REUSEPORT).orElseThrow());
            PortSockets.Survey survey = PortSockets.of(
                    syscalls,
                    Proc.ofHost(),
                    Const.IPPROTO_TCP,
                    listener.localAddress().port());
            assertTrue(
                    survey.sockets()
                            .get(0)
                            .read()
                            .orElseThrow()
                            .value(SockOpts.SO_REUSEPORT)
                            .orElseThrow(),
                    survey::toString);
        }
    }

    @Test
    void theAcceptQueueCountsWhoeverWaits() throws IOException {
        try (ProcessSockets process = open(other.pid());
                Socket one = new Socket("127.0.0.1", other.port());
                Socket two = new Socket("127.0.0.1", other.port())) {
            assertTrue(one.isConnected() && two.isConnected());
            AcceptQueue queue =
                    process.readAll(List.of()).sockets().get(0).queue().orElseThrow();
            assertEquals(new AcceptQueue(2, SocketHolder.BACKLOG), queue);
        }
    }

    @Test
    void aConnectionHasAPeer() throws IOException {
        try (Socket client = new Socket("127.0.0.1", other.port());
                ProcessSockets self = open((int) ProcessHandle.current().pid())) {
            ForeignSocket found = self.readAll(List.of()).sockets().stream()
                    .filter(socket -> socket.local().port() == client.getLocalPort())
                    .findFirst()
                    .orElseThrow();
            assertEquals(SocketState.ESTABLISHED, found.state());
            assertEquals(other.port(), found.peer().orElseThrow().port());
        }
    }

    @Test
    void aPendingErrorStaysForItsOwner() throws IOException {
        NativeSocket closed = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM);
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM);
                ProcessSockets self = open((int) ProcessHandle.current().pid())) {
            closed.bind(new Sockaddr.Inet(0x7f000001, 0));
            socket.connect(closed.localAddress());
            closed.close();
            socket.sendNow(syscalls.allocate(1), 0, 1);
            ForeignSocket seen =
                    self.read(self.link(socket.fd()), SockOpts.all()).orElseThrow();
            Probe<?> error = seen.readings().stream()
                    .filter(reading -> reading.option() == SockOpts.SO_ERROR)
                    .findFirst()
                    .orElseThrow()
                    .probe();
            assertInstanceOf(Probe.NotAsked.class, error);
            assertEquals(
                    Abi.host().number(Const.ECONNREFUSED),
                    socket.get(SockOpts.SO_ERROR).toOptional().orElseThrow());
        }
    }

    @Test
    void inspectionsLeaveNoDescriptorOnEitherSide() throws IOException {
        long othersBefore = descriptors(other.pid());
        Scratch scratch = new Scratch(syscalls);
        Descriptors.assertNoneLeftBy(() -> {
            for (int i = 0; i < INSPECTIONS; i++) {
                try (ProcessSockets process = ProcessSockets.open(syscalls, Proc.ofHost(), scratch, other.pid())) {
                    assertEquals(2, process.readAll(FLAGS).sockets().size());
                }
            }
            return null;
        });
        assertEquals(othersBefore, descriptors(other.pid()));
    }

    @Test
    void failedInspectionsLeaveNoDescriptorEither() throws IOException {
        try (ProcessSockets process = open(other.pid())) {
            Proc.Link right = process.links().get(0);
            Descriptors.assertNoneLeftBy(() -> {
                for (int i = 0; i < 1_000; i++) {
                    assertThrows(
                            IOException.class, () -> process.read(new Proc.Link(right.fd(), right.inode() + 1), FLAGS));
                    assertThrows(IOException.class, () -> process.read(new Proc.Link(99_999, right.inode()), FLAGS));
                }
                return null;
            });
        }
    }

    @Test
    void aSocketClosedInBetweenIsNamed() throws Exception {
        try (SocketHolder third = new SocketHolder();
                ProcessSockets process = open(third.pid())) {
            Proc.Link listener = process.links().stream()
                    .filter(link -> isListener(process, link))
                    .findFirst()
                    .orElseThrow();
            third.tell("close");
            IOException gone = assertThrows(IOException.class, () -> process.read(listener, FLAGS));
            assertTrue(gone.getMessage().contains("EBADF"), gone.getMessage());
            assertTrue(gone.getMessage().contains("fd " + listener.fd()), gone.getMessage());
        }
    }

    @Test
    void aDescriptorThatIsAnotherFileByNowIsNamed() throws IOException {
        try (ProcessSockets process = open(other.pid())) {
            Proc.Link link = process.links().get(0);
            IOException replaced = assertThrows(
                    IOException.class, () -> process.read(new Proc.Link(link.fd(), link.inode() + 1_000_000), FLAGS));
            assertTrue(replaced.getMessage().contains("another file now"), replaced.getMessage());
        }
    }

    @Test
    void aProcessThatExitedInBetweenIsNamed() throws Exception {
        try (SocketHolder third = new SocketHolder();
                ProcessSockets process = open(third.pid())) {
            Proc.Link link = process.links().get(0);
            third.process().destroyForcibly().waitFor();
            for (IOException gone : List.of(
                    assertThrows(IOException.class, () -> process.read(link, FLAGS)),
                    assertThrows(IOException.class, process::links),
                    assertThrows(IOException.class, () -> process.link(link.fd())),
                    assertThrows(IOException.class, () -> open(third.pid())))) {
                assertTrue(gone.getMessage().contains("ESRCH"), gone.getMessage());
            }
        }
    }

    @Test
    void whatIsNoSocketIsNamed() throws IOException {
        try (ProcessSockets process = open(other.pid())) {
            IOException noSocket = assertThrows(IOException.class, () -> process.link(0));
            assertTrue(noSocket.getMessage().contains("ENOTSOCK: it is pipe:["), noSocket.getMessage());
            IOException none = assertThrows(IOException.class, () -> process.link(99_999));
            assertTrue(none.getMessage().contains("EBADF"), none.getMessage());
        }
    }

    @Test
    void otherSystemsSayWhatIsNeeded() {
        Abi abi = Abi.of("Mac OS X", "aarch64");
        Syscalls darwin = (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, (proxy, method, arguments) -> abi);
        NotPossibleException no = assertThrows(
                NotPossibleException.class, () -> ProcessSockets.open(darwin, Proc.ofHost(), new Scratch(syscalls), 1));
        assertTrue(no.getMessage().contains("Linux 5.6 or newer"), no.getMessage());
    }

    @Test
    void onlySocketLinksHaveAnInode() {
        assertEquals(4711, Proc.inode("socket:[4711]"));
        for (String other : List.of("socket:[]", "socket:[x]", "socket:[1", "pipe:[4711]", "/tmp/socket:[1]", "")) {
            assertEquals(-1, Proc.inode(other), other);
        }
    }

    private static boolean isListener(ProcessSockets process, Proc.Link link) {
        try {
            return process.read(link, List.of())
                    .filter(socket -> socket.state() == SocketState.LISTEN)
                    .isPresent();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return all.count();
        }
    }

    private ProcessSockets open(Syscalls limited, int pid) throws IOException {
        return ProcessSockets.open(limited, Proc.ofHost(), new Scratch(limited), pid);
    }

    private static Probe<?> probe(ForeignSocket socket, SockOpt<?> option) {
        return socket.readings().stream()
                .filter(reading -> reading.option() == option)
                .findFirst()
                .orElseThrow()
                .probe();
    }

    /** The kernels below 5.6 lack the second call, those below 5.3 both; Yama and containers do not permit the second. */
    @ParameterizedTest
    @CsvSource({
        "ENOSYS, pidfd_getfd,             Linux 5.6 or newer",
        "ENOSYS, pidfd_open pidfd_getfd,  Linux 5.6 or newer",
        "EPERM,  pidfd_getfd,             not permitted",
        "EPERM,  pidfd_open,              Linux 5.6 or newer",
    })
    void whereADescriptorCannotBeDuplicatedWhatTheKernelTellsIsShown(Const errno, String calls, String reason)
            throws IOException {
        SockDiagOfHost.assumePresent();
        Syscalls limited = Watched.refusing(syscalls, errno, calls.split(" "));
        try (ProcessSockets process = open(limited, other.pid())) {
            ProcessSockets.Inventory found = process.readAll(FLAGS);
            assertEquals(List.of(), found.lost());
            assertEquals(2, found.sockets().size(), found::toString);
            ForeignSocket listener = found.sockets().get(0);
            assertEquals("127.0.0.1:" + other.port(), listener.local().toString());
            assertEquals(SocketState.LISTEN, listener.state());
            assertEquals(Const.IPPROTO_TCP, listener.protocol());
            assertEquals(Optional.empty(), listener.peer());
            assertEquals(SocketHolder.BACKLOG, listener.queue().orElseThrow().limit());
            assertEquals(syscalls.geteuid(), listener.uid());
            assertEquals(
                    2 * SocketHolder.RCVBUF, listener.value(SockOpts.SO_RCVBUF).orElseThrow());
            for (SockOpt<?> untold : List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.SO_ERROR)) {
                assertEquals(new Probe.Unknown<>("sock_diag(7)"), probe(listener, untold), untold.name());
            }
            ForeignSocket.Unread unread = listener.unread().orElseThrow();
            assertTrue(unread.reason().contains("fd " + listener.fd() + ": "), unread::reason);
            assertTrue(unread.reason().contains(reason), unread::reason);
            assertEquals(OptionalLong.of(0), unread.drops());
            ForeignSocket datagrams = found.sockets().get(1);
            assertEquals(Loopback.family(), datagrams.family());
            assertEquals(Const.SOCK_DGRAM, datagrams.type());
            assertEquals(Const.IPPROTO_UDP, datagrams.protocol());
            assertEquals(SocketState.CLOSE, datagrams.state());
        }
    }

    /** A family and a kind of socket, and what it does. */
    enum Kind {
        LISTENER(Const.AF_INET, Const.SOCK_STREAM),
        LISTENER6(Const.AF_INET6, Const.SOCK_STREAM),
        BOUND(Const.AF_INET, Const.SOCK_STREAM),
        DATAGRAMS(Const.AF_INET, Const.SOCK_DGRAM),
        DATAGRAMS6(Const.AF_INET6, Const.SOCK_DGRAM);

        private final Const family;
        private final Const type;

        Kind(Const family, Const type) {
            this.family = family;
            this.type = type;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatTheKernelTellsIsWhatGetsockoptReads(Kind kind) throws IOException {
        SockDiagOfHost.assumePresent();
        Loopback.assumeSockets(kind.family);
        assumeTrue(kind != Kind.BOUND || SockDiagOfHost.tellsOfBound(), "Linux 6.8 is the first that tells of it");
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd");
        for (boolean set : new boolean[] {false, true}) {
            try (NativeSocket socket = NativeSocket.open(syscalls, kind.family, kind.type);
                    ProcessSockets self =
                            open(old, (int) ProcessHandle.current().pid())) {
                if (set) {
                    for (SockOpt<Boolean> option :
                            List.of(SockOpts.IP_RECVERR, SockOpts.IP_FREEBIND, SockOpts.IP_RECVERR_RFC4884)) {
                        socket.set(option, true);
                    }
                    // Whoever has it and does not listen has no port, and is told of nowhere.
                    socket.set(SockOpts.IP_BIND_ADDRESS_NO_PORT, kind.name().startsWith("LISTENER"));
                    socket.set(Setting.parse("IP_TOS=16"));
                    socket.set(Setting.parse("SO_SNDBUF=20000"));
                    socket.set(Setting.parse("SO_BINDTODEVICE=lo"));
                    if (kind.family == Const.AF_INET6) {
                        socket.set(Setting.parse("IPV6_TCLASS=32"));
                        socket.set(SockOpts.IPV6_V6ONLY, true);
                    }
                }
                socket.bind(
                        kind.family == Const.AF_INET6
                                ? new Sockaddr.Inet6(0, 0, 0, 0, 0)
                                : new Sockaddr.Inet(0x7f000001, 0));
                if (kind.type == Const.SOCK_STREAM && kind != Kind.BOUND) {
                    socket.listen(1);
                }
                ForeignSocket told =
                        self.readOrAsk(self.link(socket.fd()), SockOpts.all()).orElseThrow();
                assertEquals(socket.localAddress(), told.local());
                int values = 0;
                for (Reading reading : told.readings()) {
                    if (reading.probe() instanceof Probe.Value<?> value && reading.option() != SockOpts.TCP_INFO) {
                        assertEquals(
                                socket.get(reading.option()).toOptional(),
                                Optional.of(value.value()),
                                reading.option()::name);
                        values++;
                    }
                }
                assertTrue(values >= 15, "values: " + values);
                assertEquals(
                        kind.name().startsWith("LISTENER"),
                        told.value(SockOpts.TCP_INFO)
                                .filter(info -> info.fields().get("sacked") == 1)
                                .isPresent());
            }
        }
    }

    @Test
    void aSocketOfAnotherKindIsCountedWhereItMayNotBeRead() throws IOException {
        SockDiagOfHost.assumePresent();
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd");
        try (NativeSocket unix = NativeSocket.open(syscalls, Const.AF_UNIX, Const.SOCK_STREAM);
                ProcessSockets self = open(old, (int) ProcessHandle.current().pid())) {
            assertTrue(self.readAll(List.of()).untold() >= 1);
            NotPossibleException no =
                    assertThrows(NotPossibleException.class, () -> self.readOrAsk(self.link(unix.fd()), List.of()));
            assertTrue(
                    no.getMessage().contains("nor does the kernel tell of it: another kind of socket"), no::getMessage);
        }
    }

    @Test
    void withoutEitherWayNothingIsShown() throws IOException {
        Syscalls neither = Watched.withoutSockDiag(Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd"));
        try (ProcessSockets process = open(neither, other.pid())) {
            NotPossibleException no = assertThrows(NotPossibleException.class, () -> process.readAll(FLAGS));
            assertTrue(no.getMessage().contains("Linux 5.6 or newer"), no::getMessage);
            assertTrue(no.getMessage().contains("EPROTONOSUPPORT"), no::getMessage);
        }
    }

    @Test
    void withoutPidfdsAProcessThatIsGoneIsNoticedToo() throws Exception {
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_open", "pidfd_getfd");
        try (SocketHolder third = new SocketHolder();
                ProcessSockets process = open(old, third.pid())) {
            Proc.Link link = process.links().get(0);
            third.process().destroyForcibly().waitFor();
            for (IOException gone : List.of(
                    assertThrows(IOException.class, process::links),
                    assertThrows(IOException.class, () -> process.link(link.fd())),
                    assertThrows(IOException.class, () -> open(old, third.pid())))) {
                assertTrue(gone.getMessage().contains("ESRCH"), gone.getMessage());
            }
        }
    }
}
