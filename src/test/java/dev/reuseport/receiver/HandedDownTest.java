package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HandedDownTest {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private final Syscalls syscalls = new JnrSyscalls();

    private static List<HandedDown> read(String pid, String count, String names) throws IOException {
        return HandedDown.of(Map.of("LISTEN_PID", pid, "LISTEN_FDS", count, "LISTEN_FDNAMES", names), 193);
    }

    @Test
    void descriptorsBeginAtThreeAndHaveNames() throws IOException {
        assertEquals(List.of(new HandedDown(3, "web"), new HandedDown(4, "api")), read("193", "2", "web:api"));
    }

    @Test
    void aDescriptorWithoutANameIsUnknown() throws IOException {
        assertEquals(List.of(new HandedDown(3, "unknown"), new HandedDown(4, "unknown")), read("193", "2", ""));
        assertEquals(
                List.of(new HandedDown(3, "unknown")),
                HandedDown.of(Map.of("LISTEN_PID", "193", "LISTEN_FDS", "1"), 193));
    }

    @Test
    void whatIsForAnotherProcessIsIgnored() throws IOException {
        assertEquals(List.of(), read("194", "2", "web:api"));
        assertEquals(List.of(), HandedDown.of(Map.of("LISTEN_FDS", "1"), 193));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two", "-1", "1025", "999999", "99999999999"})
    void whatIsNoNumberIsRefused(String count) {
        IOException refused = assertThrows(IOException.class, () -> read("193", count, ""));
        assertTrue(refused.getMessage().contains("LISTEN_FDS='" + count + "'"), refused::getMessage);
    }

    @Test
    void aListenerIsTakenOver() throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
        socket.bind(LOOPBACK);
        socket.listen(1);
        try (NativeTcpListener listener = new HandedDown(socket.fd(), "web").listener(syscalls)) {
            assertEquals(socket.localAddress(), listener.localAddress());
            assertEquals(Optional.of(true), listener.get(SockOpts.SO_ACCEPTCONN).toOptional());
        }
    }

    /** A service manager keeps the socket: what is done to it would be done to the next one who is handed it. */
    @Test
    void aListenerThatStopsLeavesTheSocketUsable() throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM);
        socket.set(SockOpts.SO_REUSEPORT, true);
        socket.bind(LOOPBACK);
        socket.listen(1);
        try (NativeTcpListener first = new HandedDown(socket.fd(), "web").listener(syscalls)) {
            first.stop(Duration.ofSeconds(1));
            assertEquals(Optional.empty(), first.accept());
            NativeTcpListener second = new HandedDown(socket.fd(), "web").listener(syscalls);
            try (Socket client = new Socket()) {
                client.connect(second.localAddress().toInetSocketAddress(), 10_000);
                assertTrue(second.accept(Duration.ofSeconds(10)).isPresent());
            }
        }
    }

    private void assertRefused(NativeSocket socket, String why) {
        HandedDown handedDown = new HandedDown(socket.fd(), "web");
        IOException refused = assertThrows(IOException.class, () -> handedDown.listener(syscalls));
        String start = "descriptor " + socket.fd() + " (web) is not a listening TCP socket: ";
        assertTrue(refused.getMessage().startsWith(start + why), refused::getMessage);
        assertTrue(socket.get(SockOpts.SO_TYPE).toOptional().isPresent(), "it stays open");
    }

    @Test
    void aDatagramSocketIsRefusedByItsName() throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            assertRefused(socket, "SO_TYPE is ");
        }
    }

    @Test
    void aSocketThatDoesNotListenIsRefusedByItsName() throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_STREAM)) {
            socket.bind(LOOPBACK);
            assertRefused(socket, "SO_ACCEPTCONN is off");
        }
    }

    @Test
    void aDescriptorThatIsNotOpenIsRefused() {
        IOException refused = assertThrows(IOException.class, () -> new HandedDown(999_999, "web").listener(syscalls));
        assertTrue(refused.getMessage().contains("EBADF"), refused::getMessage);
    }

    @Test
    void whatTheEnvironmentSaysReachesNoTerminal() {
        String pid = Long.toString(ProcessHandle.current().pid());
        IOException count = assertThrows(
                IOException.class,
                () -> HandedDown.of(
                        Map.of("LISTEN_PID", pid, "LISTEN_FDS", "\u009b31m"),
                        ProcessHandle.current().pid()));
        assertEquals("LISTEN_FDS='\\u009b31m' is not a number of descriptors, at most 1024", count.getMessage());
        IOException name = assertThrows(
                IOException.class, () -> new HandedDown(0, "\u001b[31m\u202e").listener(new JnrSyscalls()));
        assertTrue(name.getMessage().startsWith("descriptor 0 (\\x1b[31m\\u202e) is not"), name::getMessage);
    }
}
