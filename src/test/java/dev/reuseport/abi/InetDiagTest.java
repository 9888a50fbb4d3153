package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InetDiagTest {
    private static final Abi LITTLE = Abi.of("Linux", "amd64");
    private static final Abi BIG = Abi.of("Linux", "s390x");

    private static InetDiag recorded(String message) {
        return InetDiag.decode(LITTLE, Const.IPPROTO_TCP, first(message).payload());
    }

    private static Netlink.Messages first(String message) {
        Netlink.Messages messages = new Netlink.Messages(LITTLE, RecordedDiag.bytes(message));
        assertTrue(messages.next());
        return messages;
    }

    private static String requested(Abi abi, Const family, int port, InetDiag.Wanted wanted) {
        ByteBuffer into = ByteBuffer.allocate(128);
        while (into.hasRemaining()) {
            into.put((byte) 0xee);
        }
        byte[] bytes = new byte[InetDiag.request(abi, into, family, Const.IPPROTO_TCP, port, wanted)];
        into.get(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void aRequestHasTheBytesThatTheKernelAnswered() {
        assertEquals(RecordedDiag.REQUEST6, requested(LITTLE, Const.AF_INET6, 45001, InetDiag.Wanted.BIND));
    }

    @Test
    void aRequestIsInTheHostsByteOrderButForItsPort() {
        assertEquals(
                "00000048001403010000000000000000" + "02067a0000002fb60050" + "00".repeat(46),
                requested(BIG, Const.AF_INET, 80, InetDiag.Wanted.EVERYTHING));
    }

    @ParameterizedTest
    @CsvSource({"SERVERS, 02064000, 00002480", "LISTENERS, 02064000, 00000400", "CONNECTIONS, 02060000, 00000b36"})
    void serversAndConnectionsAreAskedForByTheirStates(InetDiag.Wanted wanted, String head, String states) {
        assertEquals(
                "00000048001403010000000000000000" + head + states + "0050" + "00".repeat(46),
                requested(BIG, Const.AF_INET, 80, wanted));
    }

    @Test
    void aListenerHasItsQueueAndItsLimit() {
        InetDiag listener = recorded(RecordedDiag.LISTENER6);
        assertEquals(new Sockaddr.Inet6(0, 1, 45001, 0, 0), listener.local());
        assertEquals(0, listener.peer().port());
        assertEquals(SocketState.LISTEN, listener.state());
        assertEquals(1, listener.receiveQueue());
        assertEquals(7, listener.transmitQueue());
        assertEquals(1, listener.device());
        assertEquals(0, listener.uid());
        assertEquals(0x232726, listener.inode());
        assertEquals(0x11eb, listener.cookie());
        assertEquals(Optional.of(true), listener.v6only());
        assertEquals(OptionalLong.of(1), listener.cgroup());
        assertEquals(OptionalLong.of(0), listener.drops());
        assertEquals(OptionalLong.of(131_072), listener.receiveBuffer());
        assertEquals(Optional.empty(), listener.shutdown());
    }

    @Test
    void aConnectionHasAPeerAndNothingToSayOfIpv6Only() {
        InetDiag connection = recorded(RecordedDiag.CONNECTION6);
        assertEquals(SocketState.ESTABLISHED, connection.state());
        assertEquals(0x88b2, connection.peer().port());
        assertEquals(0, connection.inode());
        assertEquals(Optional.empty(), connection.v6only());
    }

    @Test
    void theEndsOfConnectionsShareWhatTheyAreBoundTo() {
        List<Object> told = new ArrayList<>();
        Netlink.Messages both = first(RecordedDiag.CONNECTION6 + RecordedDiag.CONNECTION6);
        InetDiag.Ends ends = (local, peer, state, device, uid, inode) ->
                told.addAll(List.of(local, peer, state, device, uid, inode));
        Sockaddr first = InetDiag.decodeEnd(LITTLE, both.payload(), null, ends);
        InetDiag connection = recorded(RecordedDiag.CONNECTION6);
        assertEquals(
                List.of(
                        connection.local(),
                        connection.peer(),
                        connection.state(),
                        connection.device(),
                        connection.uid(),
                        connection.inode()),
                told);
        assertTrue(both.next());
        assertSame(first, InetDiag.decodeEnd(LITTLE, both.payload(), first, ends));
        assertNotSame(first, InetDiag.decodeEnd(LITTLE, both.payload(), first.withPort(1), ends));
    }

    @Test
    void whatIsBoundAndNoMoreIsClosed() {
        InetDiag bound = recorded(RecordedDiag.BOUND4);
        assertEquals(new Sockaddr.Inet(0x7f000001, 45001), bound.local());
        assertEquals(SocketState.CLOSE, bound.state());
        assertEquals(0, bound.device());
    }

    @ParameterizedTest
    @CsvSource({
        "SO_ACCEPTCONN,            01000000",
        "SO_BINDTOIFINDEX,         01000000",
        "SO_COOKIE,                eb11000000000000",
        "SO_DOMAIN,                0a000000",
        "SO_TYPE,                  01000000",
        "SO_MARK,                  cdab0000",
        "SO_RCVBUF,                00000200",
        "SO_SNDBUF,                00400000",
        "IPV6_V6ONLY,              01000000",
        "IP_RECVERR,               01000000",
        "IP_FREEBIND,              01000000",
        "IPV6_FREEBIND,            01000000",
        "IP_MULTICAST_LOOP,        01000000",
        "IP_TRANSPARENT,           00000000",
        "IP_MULTICAST_ALL,         00000000",
        "IP_BIND_ADDRESS_NO_PORT,  00000000",
        "SO_PROTOCOL,              ", // it may be MPTCP
        "SO_REUSEADDR,             ",
        "SO_REUSEPORT,             ",
        "TCP_INFO,                 ", // was not asked for
    })
    void anOptionHasTheBytesThatGetsockoptWouldGive(Const option, String bytes) {
        assertEquals(
                Optional.ofNullable(bytes),
                recorded(RecordedDiag.LISTENER6).optval(LITTLE, option).map(HexFormat.of()::formatHex));
    }

    @Test
    void bitFieldsBeginAtTheEndThatTheCompilerBeginsAt() {
        assertArrayEquals(
                new byte[] {1, 0, 0, 0},
                recorded(RecordedDiag.BOUND4)
                        .optval(LITTLE, Const.IP_BIND_ADDRESS_NO_PORT)
                        .orElseThrow());
        ByteBuffer big = ByteBuffer.allocate(InetDiag.MESSAGE + 8).order(ByteOrder.BIG_ENDIAN);
        big.put(0, (byte) BIG.number(Const.AF_INET)).put(1, (byte) BIG.number(Const.TCP_LISTEN));
        big.putInt(InetDiag.WQUEUE_AT, 7).putInt(InetDiag.INODE_AT, 0x80000001);
        // recverr, the first of eight, and bind_address_no_port, the first of the next eight.
        big.putShort(InetDiag.MESSAGE, (short) 6).putShort(InetDiag.MESSAGE + 2, (short) InetDiag.INET_DIAG_SOCKOPT);
        big.put(InetDiag.MESSAGE + 4, (byte) 0x80).put(InetDiag.MESSAGE + 5, (byte) 0x80);
        InetDiag socket = InetDiag.decode(BIG, Const.IPPROTO_TCP, big);
        assertEquals(7, socket.transmitQueue());
        assertEquals(0x80000001L, socket.inode());
        byte[] set = {0, 0, 0, 1};
        assertArrayEquals(set, socket.optval(BIG, Const.IP_RECVERR).orElseThrow());
        assertArrayEquals(set, socket.optval(BIG, Const.IP_BIND_ADDRESS_NO_PORT).orElseThrow());
        assertArrayEquals(new byte[4], socket.optval(BIG, Const.IP_FREEBIND).orElseThrow());
        assertArrayEquals(
                new byte[4], socket.optval(BIG, Const.IP_RECVERR_RFC4884).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatASocketWasShutDownForIsCalledAsInC(int how) {
        String message = RecordedDiag.BOUND4.replace("0500080000000000", "050008000" + how + "000000");
        assertEquals(
                Optional.of(List.of("SHUT_RD", "SHUT_WR", "SHUT_RDWR").get(how - 1)),
                recorded(message).shutdown());
    }

    @Test
    void anAddressOfOneInterfaceHasItsScope() {
        String linkLocal = RecordedDiag.LISTENER6.replaceFirst("afc90000" + "0000", "afc90000" + "fe80");
        assertEquals(
                new Sockaddr.Inet6(0xfe80L << 48, 1, 45001, 0, 1),
                recorded(linkLocal).local());
    }

    @Test
    void theEndOfAnAnswerTellsWhetherItIsWhole() {
        Netlink.Messages whole = first(RecordedDiag.BOUND4 + RecordedDiag.DONE);
        assertEquals(Netlink.SOCK_DIAG_BY_FAMILY, whole.type());
        assertTrue(whole.next());
        assertEquals(Netlink.NLMSG_DONE, whole.type());
        assertEquals(OptionalInt.empty(), whole.failure());
        assertFalse(whole.next());
        assertEquals(
                OptionalInt.of(-LITTLE.number(Const.ENOENT)),
                first(RecordedDiag.NO_SUCH_PROTOCOL).failure());
    }

    @Test
    void whatWasCutOffIsRefused() {
        ByteBuffer whole = RecordedDiag.bytes(RecordedDiag.LISTENER6);
        for (int length = 1; length < whole.limit(); length++) {
            ByteBuffer cut = whole.slice(0, length);
            assertThrows(IllegalArgumentException.class, () -> new Netlink.Messages(LITTLE, cut).next());
        }
        ByteBuffer payload = first(RecordedDiag.LISTENER6).payload().slice();
        ByteBuffer half = payload.slice(0, InetDiag.MESSAGE + 4);
        assertThrows(IllegalArgumentException.class, () -> InetDiag.decode(LITTLE, Const.IPPROTO_TCP, half));
        assertThrows(
                IllegalArgumentException.class,
                () -> InetDiag.decode(LITTLE, Const.IPPROTO_TCP, payload.slice(0, InetDiag.MESSAGE - 1)));
    }

    @Test
    void damageIsNoticedOrReadAsSomethingElse() {
        Random random = new Random(20_261_126);
        int noticed = 0;
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer datagram = RecordedDiag.bytes(RecordedDiag.LISTENER6 + RecordedDiag.DONE);
            for (int damage = random.nextInt(4); damage >= 0; damage--) {
                datagram.put(random.nextInt(datagram.limit()), (byte) random.nextInt());
            }
            try {
                Netlink.Messages messages = new Netlink.Messages(LITTLE, datagram);
                while (messages.next()) {
                    if (messages.type() == Netlink.SOCK_DIAG_BY_FAMILY) {
                        InetDiag socket = InetDiag.decode(LITTLE, Const.IPPROTO_TCP, messages.payload());
                        for (Const option : Const.values()) {
                            assertNotNull(socket.optval(LITTLE, option));
                        }
                    } else {
                        messages.failure();
                    }
                }
            } catch (IllegalArgumentException e) {
                noticed++;
            }
        }
        assertTrue(noticed > 2_000, "noticed " + noticed);
    }
}
