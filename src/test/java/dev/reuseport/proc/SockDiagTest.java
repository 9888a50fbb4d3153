package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Descriptors;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.SockDiagOfHost;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.RecordedDiag;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SockDiagTest {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);

    private final Syscalls syscalls = new JnrSyscalls();
    private final Abi abi = Abi.host();
    private final Deque<NativeSocket> open = new ArrayDeque<>();

    @BeforeEach
    void onLinux() {
        assumeTrue(abi.platform().linux(), "sock_diag is Linux's");
    }

    @AfterEach
    void closeAll() throws IOException {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private NativeSocket socket(Const family, Const type) throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, family, type);
        open.push(socket);
        return socket;
    }

    private List<InetDiag> told(Const protocol, NativeSocket socket) throws IOException {
        SockDiag.Answer answer =
                SockDiag.atPort(syscalls, protocol, socket.localAddress().port());
        assertEquals(Optional.empty(), answer.problem());
        return answer.sockets().stream()
                .filter(each -> each.state() != SocketState.ESTABLISHED)
                .toList();
    }

    @Test
    void aListenersQueueAndItsLimitAreTold() throws IOException {
        SockDiagOfHost.assumePresent();
        NativeSocket listener = socket(Const.AF_INET, Const.SOCK_STREAM);
        listener.bind(LOOPBACK);
        listener.listen(7);
        socket(Const.AF_INET, Const.SOCK_STREAM).connect(listener.localAddress());
        socket(Const.AF_INET, Const.SOCK_STREAM).connect(listener.localAddress());
        List<InetDiag> told = told(Const.IPPROTO_TCP, listener);
        assertEquals(1, told.size(), told::toString);
        assertEquals(listener.localAddress(), told.get(0).local());
        assertEquals(SocketState.LISTEN, told.get(0).state());
        assertEquals(2, told.get(0).receiveQueue());
        assertEquals(7, told.get(0).transmitQueue());
        assertEquals(syscalls.geteuid(), told.get(0).uid());
        assertEquals(Proc.ofHost().ownInode(listener.fd()), told.get(0).inode());
    }

    @Test
    @NeedsIpv6
    void whetherASocketIsForIpv6OnlyIsTold() throws IOException {
        SockDiagOfHost.assumePresent();
        for (boolean v6only : new boolean[] {false, true}) {
            for (Const type : List.of(Const.SOCK_STREAM, Const.SOCK_DGRAM)) {
                NativeSocket socket = socket(Const.AF_INET6, type);
                socket.set(SockOpts.IPV6_V6ONLY, v6only);
                socket.bind(new Sockaddr.Inet6(0, 0, 0, 0, 0));
                if (type == Const.SOCK_STREAM) {
                    socket.listen(1);
                }
                List<InetDiag> told = told(type == Const.SOCK_STREAM ? Const.IPPROTO_TCP : Const.IPPROTO_UDP, socket);
                assertEquals(
                        List.of(Optional.of(v6only)),
                        told.stream().map(InetDiag::v6only).toList());
            }
        }
    }

    @Test
    void aSocketThatIsBoundAndNoMoreIsToldOfSinceLinux68() throws IOException {
        SockDiagOfHost.assumePresent();
        NativeSocket bound = socket(Const.AF_INET, Const.SOCK_STREAM);
        bound.bind(LOOPBACK);
        boolean since = SockDiagOfHost.tellsOfBound();
        List<InetDiag> told = told(Const.IPPROTO_TCP, bound);
        assertEquals(
                since ? List.of(bound.localAddress()) : List.of(),
                told.stream().map(InetDiag::local).toList());
        assertTrue(told.stream().allMatch(each -> each.state() == SocketState.CLOSE), told::toString);
    }

    @Test
    void anAnswerOfManyPartsIsReadToItsEnd() throws IOException {
        SockDiagOfHost.assumePresent();
        int members = 1_000;
        NativeSocket first = socket(Const.AF_INET, Const.SOCK_STREAM);
        first.set(SockOpts.SO_REUSEPORT, true);
        first.bind(LOOPBACK);
        first.listen(1);
        for (int i = 1; i < members; i++) {
            NativeSocket next = socket(Const.AF_INET, Const.SOCK_STREAM);
            next.set(SockOpts.SO_REUSEPORT, true);
            next.bind(first.localAddress());
            next.listen(1);
        }
        int[] received = {0};
        Syscalls counting = Watched.of(syscalls, (call, arguments) -> {
            received[0] += call.equals("recv") ? 1 : 0;
            return OptionalInt.empty();
        });
        SockDiag.Answer answer = SockDiag.atPort(
                counting, Const.IPPROTO_TCP, first.localAddress().port());
        assertEquals(Optional.empty(), answer.problem());
        assertEquals(
                members,
                answer.sockets().stream().map(InetDiag::inode).distinct().count());
        assertTrue(received[0] > 4, "calls of recv: " + received[0]);
    }

    @Test
    void noDescriptorIsLeft() throws IOException {
        Descriptors.assertNoneLeftBy(() -> {
            SockDiag.all(syscalls);
            SockDiag.all(refusing("send", Const.EACCES));
            return SockDiag.all(refusing("recv", Const.ENOBUFS));
        });
    }

    private Syscalls refusing(String name, Const errno) {
        return Watched.of(
                syscalls,
                (call, arguments) -> call.equals(name) && !isOrdinarySocket(call, arguments)
                        ? OptionalInt.of(-abi.number(errno))
                        : OptionalInt.empty());
    }

    private boolean isOrdinarySocket(String call, Object[] arguments) {
        return call.equals("socket") && !arguments[0].equals(abi.number(Const.AF_NETLINK));
    }

    @ParameterizedTest
    @CsvSource({
        "socket, EAFNOSUPPORT",
        "socket, EPROTONOSUPPORT",
        "socket, EPERM",
        "send,   EACCES",
        "send,   ENOENT",
        "recv,   ENOBUFS",
        "recv,   EAGAIN"
    })
    void aRefusalIsAnAnswer(String call, Const errno) {
        SockDiag.Answer answer = SockDiag.atPort(refusing(call, errno), Const.IPPROTO_TCP, 80);
        assertEquals(List.of(), answer.sockets());
        String problem = answer.problem().orElseThrow();
        assertTrue(problem.startsWith("sock_diag: " + call + ": " + errno + " ("), problem);
    }

    @Test
    void anInterruptedCallIsMadeAgain() throws IOException {
        SockDiagOfHost.assumePresent();
        NativeSocket listener = socket(Const.AF_INET, Const.SOCK_STREAM);
        listener.bind(LOOPBACK);
        listener.listen(1);
        int[] calls = {0};
        Syscalls interrupting = Watched.of(
                syscalls,
                (call, arguments) -> (call.equals("send") || call.equals("recv")) && calls[0]++ % 2 == 0
                        ? OptionalInt.of(-abi.number(Const.EINTR))
                        : OptionalInt.empty());
        SockDiag.Answer answer = SockDiag.atPort(
                interrupting, Const.IPPROTO_TCP, listener.localAddress().port());
        assertEquals(Optional.empty(), answer.problem());
        assertEquals(1, answer.sockets().size());
    }

    /** A kernel that answers each request with these, one after another. */
    private Syscalls answering(String... datagrams) {
        Deque<ByteBuffer> left = new ArrayDeque<>();
        return Watched.of(syscalls, (call, arguments) -> {
            if (call.equals("send")) {
                left.clear();
                for (String each : datagrams) {
                    left.add(RecordedDiag.bytes(each));
                }
                return OptionalInt.of((int) arguments[3]);
            }
            if (!call.equals("recv")) {
                return OptionalInt.empty();
            }
            ByteBuffer next = left.isEmpty() ? ByteBuffer.allocate(0) : left.remove();
            ((NativeBuffer) arguments[1]).bytes().put(0, next, 0, next.limit());
            return OptionalInt.of(next.limit());
        });
    }

    private void assumeLittleEndian() {
        assumeTrue(abi.order() == ByteOrder.LITTLE_ENDIAN, "recorded on a little-endian host");
    }

    @Test
    void aRecordedAnswerIsReadAsItWas() {
        assumeLittleEndian();
        SockDiag.Answer answer = SockDiag.atPort(
                answering(RecordedDiag.LISTENER6 + RecordedDiag.CONNECTION6, RecordedDiag.BOUND4 + RecordedDiag.DONE),
                Const.IPPROTO_TCP,
                45001);
        assertEquals(Optional.empty(), answer.problem());
        List<SocketState> states = new ArrayList<>();
        answer.sockets().forEach(socket -> states.add(socket.state()));
        List<SocketState> once = List.of(SocketState.LISTEN, SocketState.ESTABLISHED, SocketState.CLOSE);
        assertEquals(once, states.subList(0, once.size()));
        assertEquals(once, states.subList(once.size(), states.size()), "the other family's");
        assertEquals(
                List.of(),
                SockDiag.atPort(answering(RecordedDiag.BOUND4 + RecordedDiag.DONE), Const.IPPROTO_TCP, 80)
                        .sockets());
    }

    @Test
    void aKernelWithoutTheModuleSaysSo() {
        assumeLittleEndian();
        SockDiag.Answer answer = SockDiag.atPort(answering(RecordedDiag.NO_SUCH_PROTOCOL), Const.IPPROTO_UDP, 45001);
        assertTrue(answer.problem().orElseThrow().startsWith("sock_diag: answer: ENOENT"), answer::toString);
    }

    /** What a recording can be spoilt by. */
    enum Spoilt {
        CUT(RecordedDiag.BOUND4.substring(0, 200), "sock_diag answered a message that was cut off"),
        NOTHING("", "sock_diag answered nothing");

        private final String datagram;
        private final String problem;

        Spoilt(String datagram, String problem) {
            this.datagram = datagram;
            this.problem = problem;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoAnswerIsNotTakenForOne(Spoilt spoilt) {
        assumeLittleEndian();
        SockDiag.Answer answer = SockDiag.atPort(answering(spoilt.datagram), Const.IPPROTO_TCP, 45001);
        assertEquals(Optional.of(spoilt.problem), answer.problem());
    }
}
