package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.NeedsIpv6;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PortSocketsTest {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);

    private final Syscalls syscalls = new JnrSyscalls();

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "who has a port can be seen on Linux only");
    }

    private List<PortSockets.Found> at(NativeSocket socket, Const protocol) throws IOException {
        Sockaddr local = socket.localAddress();
        return PortSockets.of(syscalls, Proc.ofHost(), protocol, local.port()).sockets().stream()
                .filter(found -> found.local().equals(local))
                .toList();
    }

    @Test
    void aSocketOfTwoDescriptorsIsOneSocketWithTwoOwners() throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        int pidfd = syscalls.pidfd_open(pid, 0);
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
                NativeSocket same = NativeSocket.own(syscalls, syscalls.pidfd_getfd(pidfd, socket.fd(), 0))) {
            socket.set(SockOpts.SO_REUSEADDR, true);
            socket.bind(LOOPBACK);
            socket.listen(8);
            List<PortSockets.Found> found = at(socket, Const.IPPROTO_TCP);
            assertEquals(1, found.size());
            assertEquals(
                    List.of(socket.fd(), same.fd()),
                    found.get(0).owners().stream().map(PortSockets.Owner::fd).toList());
            assertEquals(pid, found.get(0).owners().get(1).process().pid());
            ForeignSocket read = found.get(0).read().orElseThrow();
            assertEquals(true, read.value(SockOpts.SO_REUSEADDR).orElseThrow());
            assertEquals(false, read.value(SockOpts.SO_REUSEPORT).orElseThrow());
            assertEquals(8, read.queue().orElseThrow().limit());
        } finally {
            syscalls.close(pidfd);
        }
    }

    @Test
    void aSocketThatIsOnlyBoundIsFoundThoughNoListHasIt() throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            socket.bind(LOOPBACK);
            List<PortSockets.Found> found = at(socket, Const.IPPROTO_TCP);
            assertEquals(1, found.size());
            assertEquals(SocketState.CLOSE, found.get(0).state());
            assertEquals(
                    OptionalInt.of(found.get(0).read().orElseThrow().uid()),
                    found.get(0).uid());
            assertEquals(List.of(), at(socket, Const.IPPROTO_UDP));
        }
    }

    @Test
    void tcpAndUdpAreApart() throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            socket.bind(LOOPBACK);
            assertEquals(1, at(socket, Const.IPPROTO_UDP).size());
            // A TCP client of a while ago may have had that port.
            List<PortSockets.Found> tcp = at(socket, Const.IPPROTO_TCP).stream()
                    .filter(found -> found.state() != SocketState.TIME_WAIT)
                    .toList();
            assertEquals(List.of(), tcp);
        }
    }

    @Test
    void anotherNetworkNamespacesSocketsAreNotOurs() throws Exception {
        Process stranger;
        try {
            stranger = new ProcessBuilder("unshare", "-n", "python3", "-c", """
                            import socket, sys
                            s = socket.socket()
                            s.bind(('0.0.0.0', 0))
                            print(s.getsockname()[1], flush=True)
                            sys.stdin.read()
                            """).start();
        } catch (IOException e) {
            assumeTrue(false, "unshare is not installed");
            return;
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(stranger.getInputStream(), StandardCharsets.UTF_8))) {
            String port = lines.readLine();
            assumeTrue(port != null, "no network namespace without root, or no python3");
            try (ProcessSockets process =
                    ProcessSockets.open(syscalls, Proc.ofHost(), new Scratch(syscalls), (int) stranger.pid())) {
                assertEquals(1, process.readAll(List.of()).sockets().size(), "it has one");
            }
            assertTrue(
                    PortSockets.of(syscalls, Proc.ofHost(), Const.IPPROTO_TCP, Integer.parseInt(port))
                            .sockets()
                            .stream()
                            .flatMap(found -> found.owners().stream())
                            .noneMatch(owner -> owner.process().pid() == stranger.pid()));
        } finally {
            stranger.destroy();
            stranger.waitFor();
        }
    }

    @Test
    void otherSystemsSayWhatIsNeeded() {
        Abi abi = Abi.of("FreeBSD", "amd64");
        Syscalls freebsd = (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, (proxy, method, arguments) -> abi);
        NotPossibleException no = assertThrows(
                NotPossibleException.class, () -> PortSockets.of(freebsd, Proc.ofHost(), Const.IPPROTO_TCP, 80));
        assertTrue(no.getMessage().contains("Linux 5.6 or newer"), no.getMessage());
    }

    private PortSockets.Found only(Syscalls limited, NativeSocket socket) throws IOException {
        Sockaddr local = socket.localAddress();
        PortSockets.Survey survey = PortSockets.of(limited, Proc.ofHost(), Const.IPPROTO_TCP, local.port());
        assertEquals(1, survey.sockets().size(), survey::toString);
        return survey.sockets().get(0);
    }

    @Test
    void whatMayNotBeReadHasAQueueAndItsOwnersAllTheSame() throws IOException {
        SockDiagOfHost.assumePresent();
        for (String calls : List.of("pidfd_getfd", "pidfd_open pidfd_getfd")) {
            Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, calls.split(" "));
            try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
                socket.set(SockOpts.SO_BINDTODEVICE, "lo");
                socket.bind(LOOPBACK);
                socket.listen(9);
                PortSockets.Found found = only(old, socket);
                assertEquals(Optional.empty(), found.read());
                assertEquals(
                        List.of(socket.fd()),
                        found.owners().stream().map(PortSockets.Owner::fd).toList());
                assertEquals(Optional.of(new AcceptQueue(0, 9)), found.queue());
                assertEquals(Optional.of("lo"), found.device());
                assertEquals(Optional.empty(), found.v6only());
                assertEquals(Optional.empty(), found.cgroup(), "it has an owner");
            }
        }
    }

    @Test
    @NeedsIpv6
    void whetherASocketThatMayNotBeReadIsForIpv6OnlyIsKnown() throws IOException {
        SockDiagOfHost.assumePresent();
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd");
        for (boolean v6only : new boolean[] {false, true}) {
            try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
                socket.set(SockOpts.IPV6_V6ONLY, v6only);
                socket.bind(new Sockaddr.Inet6(0, 0, 0, 0, 0));
                socket.listen(1);
                assertEquals(Optional.of(v6only), only(old, socket).v6only());
            }
        }
    }

    @Test
    void whatIsBoundAndMayNotBeReadIsListedSinceLinux68() throws IOException {
        SockDiagOfHost.assumePresent();
        Syscalls old = Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd");
        boolean since = SockDiagOfHost.tellsOfBound();
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            socket.bind(LOOPBACK);
            PortSockets.Survey survey = PortSockets.of(
                    old, Proc.ofHost(), Const.IPPROTO_TCP, socket.localAddress().port());
            assertEquals(since, survey.boundListed());
            assertEquals(since ? 1 : 0, survey.sockets().size(), survey::toString);
        }
    }

    @Test
    void withoutSockDiagItIsFoundAmongDescriptors() throws IOException {
        Syscalls without = Watched.withoutSockDiag(syscalls);
        try (NativeSocket bound = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
                NativeSocket listener = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            bound.bind(LOOPBACK);
            PortSockets.Found found = only(without, bound);
            assertEquals(SocketState.CLOSE, found.state());
            assertEquals(Optional.empty(), found.told());
            listener.bind(LOOPBACK);
            listener.listen(4);
            assertEquals(
                    Optional.of(new AcceptQueue(0, 4)), only(without, listener).queue());
        }
    }

    @Test
    void withoutEitherWayTheReasonIsNoted() throws IOException {
        Syscalls neither = Watched.withoutSockDiag(Watched.refusing(syscalls, Const.ENOSYS, "pidfd_getfd"));
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            socket.bind(LOOPBACK);
            socket.listen(4);
            PortSockets.Survey survey = PortSockets.of(
                    neither,
                    Proc.ofHost(),
                    Const.IPPROTO_TCP,
                    socket.localAddress().port());
            assertEquals(Optional.empty(), survey.sockets().get(0).queue());
            assertTrue(
                    survey.notes().stream().anyMatch(note -> note.startsWith("sock_diag: socket: EPROTONOSUPPORT")),
                    survey.notes()::toString);
        }
    }
}
