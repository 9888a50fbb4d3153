package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every socket for datagrams does; a subclass names the way. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class UdpSocketContract {
    private static final byte[] HELLO = "Hello".getBytes(StandardCharsets.US_ASCII);

    private final List<UdpSocket> opened = new ArrayList<>();

    abstract UdpSocket open(Const family, int room) throws IOException;

    @AfterEach
    void closeAll() throws IOException {
        for (UdpSocket socket : opened) {
            socket.close();
        }
    }

    private UdpSocket at(Sockaddr address) throws IOException {
        UdpSocket socket = open(address.family(), UdpSocket.LARGEST);
        opened.add(socket);
        socket.set(SockOpts.SO_REUSEPORT, true);
        socket.bind(address);
        return socket;
    }

    private static UdpSocket.Received awaited(UdpSocket socket) throws IOException {
        assertTrue(socket.await(Duration.ofSeconds(10)));
        return socket.receive().orElseThrow();
    }

    @Test
    void whoWaitsForNothingIsToldSo() throws IOException {
        assertFalse(at(Loopback.address()).await(Duration.ofMillis(1)));
    }

    static List<Sockaddr> addresses() {
        return Loopback.addresses();
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void aDatagramComesWithItsSender(Sockaddr loopback) throws IOException {
        UdpSocket member = at(loopback);
        UdpSocket client = at(loopback);
        assertTrue(client.send(member.localAddress(), HELLO));
        UdpSocket.Received received = awaited(member);
        assertArrayEquals(HELLO, received.payload());
        assertEquals(client.localAddress(), received.from());
        assertTrue(member.send(received.from(), new byte[0]));
        assertEquals(0, awaited(client).payload().length, "an empty datagram is one, too");
        assertEquals(Optional.empty(), member.receive());
    }

    @Test
    void aLargeDatagramComesWhole() throws IOException {
        UdpSocket member = at(Loopback.address());
        UdpSocket client = at(Loopback.address());
        byte[] large = new byte[9000];
        large[large.length - 1] = 1;
        assertTrue(client.send(member.localAddress(), large));
        assertArrayEquals(large, awaited(member).payload());
    }

    @Test
    void ofOneThatIsTooLongTheBeginningComes() throws IOException {
        UdpSocket member = open(Loopback.family(), 2);
        opened.add(member);
        member.bind(Loopback.address());
        UdpSocket client = at(Loopback.address());
        assertTrue(client.send(member.localAddress(), HELLO));
        assertArrayEquals(new byte[] {'H', 'e'}, awaited(member).payload());
        assertEquals(Optional.empty(), member.receive());
    }

    @Test
    void whoIsConnectedHearsNobodyElse() throws IOException {
        UdpSocket member = at(Loopback.address());
        UdpSocket client = at(Loopback.address());
        UdpSocket other = at(Loopback.address());
        member.connect(client.localAddress());
        other.send(member.localAddress(), new byte[] {1});
        client.send(member.localAddress(), HELLO);
        assertArrayEquals(HELLO, awaited(member).payload());
    }

    @Test
    void twoShareAnAddressIfBothSaySo() throws IOException {
        UdpSocket member = at(Loopback.address());
        assertEquals(Optional.of(true), member.get(SockOpts.SO_REUSEPORT).toOptional());
        assertEquals(member.localAddress(), at(member.localAddress()).localAddress());
        UdpSocket without = open(Loopback.family(), UdpSocket.LARGEST);
        opened.add(without);
        assertThrows(IOException.class, () -> without.bind(member.localAddress()));
    }

    @Test
    void whoJoinsAMulticastGroupGetsACopy() throws IOException {
        NetworkInterface lo = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        UdpSocket one = at(new Sockaddr.Inet(0xef010203, 0));
        UdpSocket two = at(one.localAddress());
        one.join(one.localAddress(), lo);
        two.join(one.localAddress(), lo);
        UdpSocket client = at(new Sockaddr.Inet(0x7f000001, 0));
        if (client instanceof NativeUdpSocket) {
            client.set(SockOpts.IP_MULTICAST_IF, "127.0.0.1");
            client.send(one.localAddress(), HELLO);
            assertArrayEquals(HELLO, awaited(one).payload());
            assertArrayEquals(HELLO, awaited(two).payload());
        }
    }
}
