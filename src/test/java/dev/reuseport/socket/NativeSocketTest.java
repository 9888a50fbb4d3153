package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Named;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsIpv6(loopback = false)
final class NativeSocketTest {
    private final Syscalls syscalls = new JnrSyscalls();
    private final Abi abi = syscalls.abi();
    private NativeSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    private <T> void changes(SockOpt<T> option, T value, T expected) throws IOException {
        assertNotEquals(Optional.of(expected), socket.get(option).toOptional(), option + " has that value already");
        socket.set(option, value);
        assertEquals(Optional.of(expected), socket.get(option).toOptional(), option.name());
    }

    @Test
    void optionsOfEveryCodecReadBackAsSet() throws IOException {
        changes(SockOpts.SO_KEEPALIVE, true, true);
        changes(SockOpts.TCP_NODELAY, true, true);
        changes(SockOpts.IPV6_UNICAST_HOPS, 7, 7);
        changes(
                SockOpts.SO_LINGER,
                new LingerTime(true, Duration.ofSeconds(3)),
                new LingerTime(true, Duration.ofSeconds(3)));
    }

    @Test
    void optionsThatOnlyLinuxHasReadBackAsSet() throws IOException {
        assumeTrue(abi.platform().linux(), "needs Linux: no other system has these");
        changes(
                SockOpts.IPV6_MTU_DISCOVER,
                new Named(2, Optional.empty()),
                new Named(2, Optional.of("IP_PMTUDISC_DO")));
        changes(SockOpts.TCP_USER_TIMEOUT, 1500L, 1500L);
        changes(SockOpts.TCP_NOTSENT_LOWAT, 0xfffffff0L, 0xfffffff0L);
        changes(SockOpts.SO_NOFCS, true, true);
        changes(SockOpts.IPV6_2292HOPLIMIT, true, true);
        // SOF_TIMESTAMPING_SOFTWARE and no clock of a device: two ints
        Raw software = abi.order() == ByteOrder.BIG_ENDIAN
                ? Raw.of(new byte[] {0, 0, 0, 16, 0, 0, 0, 0})
                : Raw.of(new byte[] {16, 0, 0, 0, 0, 0, 0, 0});
        changes(SockOpts.SO_TIMESTAMPING, software, software);
        int loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress())
                .getIndex();
        changes(SockOpts.IPV6_UNICAST_IF, loopback, loopback);
    }

    @Test
    @NeedsIpv6
    void aSavedSynIsReadOnce() throws IOException {
        assumeTrue(abi.platform().linux(), "needs Linux: no other system has TCP_SAVE_SYN");
        socket.set(SockOpts.TCP_SAVE_SYN, 1);
        socket.bind(new Sockaddr.Inet6(0, 1, 0, 0, 0));
        socket.listen(1);
        try (NativeSocket client = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
            client.connect(socket.localAddress());
            try (NativeSocket accepted = socket.accept().orElseThrow()) {
                assertNotEquals(
                        Optional.of(Raw.of()),
                        accepted.get(SockOpts.TCP_SAVED_SYN).toOptional());
                assertEquals(
                        Optional.of(Raw.of()),
                        accepted.get(SockOpts.TCP_SAVED_SYN).toOptional());
                assertEquals(
                        Optional.of("AF_INET6"),
                        accepted.get(SockOpts.IPV6_ADDRFORM).toOptional().flatMap(Named::name));
            }
        }
    }

    @Test
    void aTimeoutKeepsItsFraction() throws IOException {
        socket.set(SockOpts.SO_RCVTIMEO, Duration.ofMillis(1250));
        Duration read = socket.get(SockOpts.SO_RCVTIMEO).toOptional().orElseThrow();
        // Kernels count timeouts in clock ticks and round up.
        assertTrue(
                read.compareTo(Duration.ofMillis(1250)) >= 0 && read.compareTo(Duration.ofMillis(1270)) <= 0,
                read::toString);
    }

    @Test
    void descriptorsAreCloseOnExec() {
        int flags = syscalls.fcntl(socket.fd(), abi.number(Const.F_GETFD), 0);
        assertEquals(abi.number(Const.FD_CLOEXEC), flags & abi.number(Const.FD_CLOEXEC));
    }

    @Test
    void fourKindsOfNoValueAreFourAnswers() {
        assumeTrue(abi.platform().linux(), "needs Linux: the refusals are its");
        assertEquals(new Probe.NotDefined<Boolean>("linux"), nameOnGenericLinux(socket.get(SockOpts.SO_EXCLBIND)));
        assertEquals(
                new Probe.Refused<Boolean>(Errno.of(syscalls, -abi.number(Const.ENOPROTOOPT))),
                socket.get(SockOpts.UDP_CORK));
        assertInstanceOf(Probe.NotAsked.class, socket.get(SockOpts.SO_ATTACH_REUSEPORT_CBPF));
        assertEquals(Optional.of(false), socket.get(SockOpts.SO_REUSEPORT).toOptional());
    }

    private static Probe<Boolean> nameOnGenericLinux(Probe<Boolean> probe) {
        return probe instanceof Probe.NotDefined<Boolean> missing
                        && missing.where().startsWith("linux")
                ? new Probe.NotDefined<>("linux")
                : probe;
    }

    @Test
    void rawNumbersReadTheSameBytes() {
        Probe<Raw> raw = socket.getRaw(abi.number(Const.SOL_SOCKET), abi.number(Const.SO_RCVBUF), Integer.BYTES);
        Probe.Value<Integer> decoded = (Probe.Value<Integer>) socket.get(SockOpts.SO_RCVBUF);
        assertEquals(decoded.raw(), raw.toOptional());
    }

    @Test
    void everyOptionOfTheTableIsAnsweredWithoutAnException() throws IOException {
        for (Const family : new Const[] {Const.AF_INET, Const.AF_INET6}) {
            for (Const type : new Const[] {Const.SOCK_STREAM, Const.SOCK_DGRAM}) {
                try (NativeSocket fresh = NativeSocket.open(syscalls, family, type)) {
                    for (SockOpt<?> option : SockOpts.all()) {
                        assertFalse(
                                fresh.get(option) instanceof Probe.Undecodable<?>,
                                () -> option + " of " + family + " " + type + ": " + fresh.get(option));
                    }
                }
            }
        }
    }

    @Test
    void closingTwiceClosesOnce() throws IOException {
        int fd = socket.fd();
        socket.close();
        try (NativeSocket reused = NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM)) {
            assumeTrue(fd == reused.fd(), "needs the number to be given out again");
            socket.close();
            assertInstanceOf(Probe.Value.class, reused.get(SockOpts.SO_TYPE));
        }
    }

    @Test
    void aKernelThatRefusesEveryWayToDropSynsIsNoFailure() throws IOException {
        Syscalls refusing = Watched.withoutPrivilege(
                syscalls, SockOpts.SO_ATTACH_FILTER, SockOpts.IP_MINTTL, SockOpts.IPV6_MINHOPCOUNT);
        assertFalse(NativeSocket.borrow(refusing, socket.fd()).dropSyn());
    }

    /** The last address is what a client of IPv4 connects to. */
    @ParameterizedTest
    @CsvSource({"::1, ::1", "127.0.0.1, 127.0.0.1", "::, ::1", "::, 127.0.0.1"})
    void whoDropsSynsGetsNoConnection(String host, String connectTo) throws IOException {
        assumeTrue(abi.platform().linux(), "Linux: a listener can drop SYNs");
        Loopback.assumeIpv6(host.contains(":"));
        // As the kernel answers a process without CAP_NET_ADMIN since 2026.
        for (Syscalls each : List.of(syscalls, Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER))) {
            Sockaddr address = Sockaddr.resolve(host, 0);
            try (NativeSocket listener = NativeSocket.open(each, address.family(), Const.SOCK_STREAM)) {
                listener.bind(address);
                listener.listen(1);
                InetSocketAddress server =
                        new InetSocketAddress(connectTo, listener.localAddress().port());
                try (Socket client = new Socket()) {
                    client.connect(server, 10_000);
                }
                assertTrue(listener.dropSyn());
                try (Socket client = new Socket()) {
                    assertThrows(SocketTimeoutException.class, () -> client.connect(server, 200));
                }
            }
        }
    }

    /** A client of this host would pass the limit that keeps others out. */
    @Test
    @NeedsIpv6
    void whereSynsComeWithTheMostHopsOnlyAFilterDropsThem() throws IOException {
        assumeTrue(abi.platform().linux(), "Linux: a listener can drop SYNs");
        Syscalls ordinary = Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER);
        socket.set(SockOpts.IPV6_UNICAST_HOPS, 255);
        assertFalse(NativeSocket.borrow(ordinary, socket.fd()).dropSyn());
    }

    /** TCP_DEFER_ACCEPT keeps a handshake underway until the client sends: until after the SYNs are dropped. */
    @Timeout(60)
    @ParameterizedTest
    @ValueSource(strings = {"::1", "127.0.0.1"})
    void aHandshakeUnderwayEndsWhileSynsAreDropped(String host) throws IOException {
        assumeTrue(abi.platform().linux(), "Linux: a listener can drop SYNs");
        Loopback.assumeIpv6(host.contains(":"));
        for (Syscalls each : List.of(syscalls, Watched.withoutPrivilege(syscalls, SockOpts.SO_ATTACH_FILTER))) {
            Sockaddr address = Sockaddr.resolve(host, 0);
            try (NativeSocket listener = NativeSocket.open(each, address.family(), Const.SOCK_STREAM);
                    Socket client = new Socket()) {
                listener.set(SockOpts.TCP_DEFER_ACCEPT, 30);
                listener.bind(address);
                listener.listen(1);
                client.connect(listener.localAddress().toInetSocketAddress(), 10_000);
                assertTrue(listener.dropSyn());
                client.getOutputStream().write(1);
                // It comes before accept lets packets from anywhere in again, and once more a moment later.
                client.getOutputStream().write(2);
                try (NativeSocket accepted = listener.accept().orElseThrow()) {
                    client.getOutputStream().write(3);
                    NativeBuffer into = syscalls.allocate(3);
                    for (int received = 0; received < 3; ) {
                        received += Math.max(0, accepted.receiveNow(into, 3 - received));
                    }
                }
            }
        }
    }
}
