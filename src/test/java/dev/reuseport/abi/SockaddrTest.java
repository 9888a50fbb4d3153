package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SockaddrTest {
    private static final Sockaddr.Inet LOCALHOST = new Sockaddr.Inet(0x7f000001, 60001);
    private static final Sockaddr.Inet6 LINK_LOCAL = new Sockaddr.Inet6(0xfe80L << 48, 1, 60001, 0x12345, 2);

    static Stream<Abi> abis() {
        return Stream.of(Platform.values())
                .flatMap(platform -> Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)
                        .map(order -> new Abi(platform, 8, order)));
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,      amd64,   0200ea617f0000010000000000000000",
        "Linux,      s390x,   0002ea617f0000010000000000000000",
        "SunOS,      amd64,   0200ea617f0000010000000000000000",
        "Mac OS X,   aarch64, 1002ea617f0000010000000000000000",
        "FreeBSD,    amd64,   1002ea617f0000010000000000000000"
    })
    void inetHasTheBytesOfTheHeader(String os, String arch, String bytes) {
        assertEquals(bytes, encoded(Abi.of(os, arch), LOCALHOST));
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,    amd64,   0a00ea6100012345fe80000000000000000000000000000102000000",
        "Linux,    s390x,   000aea6100012345fe80000000000000000000000000000100000002",
        "Mac OS X, aarch64, 1c1eea6100012345fe80000000000000000000000000000102000000",
        "FreeBSD,  amd64,   1c1cea6100012345fe80000000000000000000000000000102000000",
        "OpenBSD,  amd64,   1c18ea6100012345fe80000000000000000000000000000102000000",
        "SunOS,    amd64,   1a00ea6100012345fe8000000000000000000000000000010200000000000000"
    })
    void inet6HasTheBytesOfTheHeader(String os, String arch, String bytes) {
        assertEquals(bytes, encoded(Abi.of(os, arch), LINK_LOCAL));
    }

    private static String encoded(Abi abi, Sockaddr address) {
        ByteBuffer buffer = ByteBuffer.allocate(Sockaddr.MAX_SIZE);
        // What an earlier address left behind must not show through.
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0xee);
        }
        byte[] bytes = new byte[address.encode(abi, buffer)];
        buffer.get(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @MethodSource("abis")
    void everyAddressSurvivesEncodingForEveryAbi(Abi abi) {
        Random random = new Random(60001);
        for (int i = 0; i < 1000; i++) {
            int port = random.nextInt(0x10000);
            Sockaddr address = random.nextBoolean()
                    ? new Sockaddr.Inet(random.nextInt(), port)
                    : new Sockaddr.Inet6(
                            random.nextLong(), random.nextLong(), port, random.nextInt(), random.nextInt());
            ByteBuffer buffer = ByteBuffer.allocate(Sockaddr.MAX_SIZE).order(ByteOrder.LITTLE_ENDIAN);
            int length = address.encode(abi, buffer);
            assertEquals(address, Sockaddr.decode(abi, buffer, length));
        }
    }

    @ParameterizedTest
    @MethodSource("abis")
    void whatIsTooShortOrOfAnotherFamilyIsRefused(Abi abi) {
        ByteBuffer buffer = ByteBuffer.allocate(Sockaddr.MAX_SIZE);
        int length = LINK_LOCAL.encode(abi, buffer);
        for (int tooShort = 0; tooShort < 28; tooShort++) {
            int cut = tooShort;
            assertThrows(IllegalArgumentException.class, () -> Sockaddr.decode(abi, buffer, cut));
        }
        buffer.put(0, (byte) abi.number(Const.AF_UNIX)).put(1, (byte) abi.number(Const.AF_UNIX));
        assertThrows(IllegalArgumentException.class, () -> Sockaddr.decode(abi, buffer, length));
    }

    /** The right-hand column is what Python's socket.inet_ntop, which is glibc's, prints. */
    @ParameterizedTest
    @CsvSource({
        "0:0:0:0:0:0:0:0,             ::",
        "0:0:0:0:0:0:0:1,             ::1",
        "fe80:0:0:0:0:0:0:1,          fe80::1",
        "2001:db8:0:0:1:0:0:1,        2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1,        2001:db8:0:1:1:1:1:1",
        "2001:0:0:0:1:0:0:0,          2001::1:0:0:0",
        "1:0:0:0:0:0:0:0,             1::",
        "1:2:3:4:5:6:7:8,             1:2:3:4:5:6:7:8",
        "0:2:3:4:5:6:7:0,             0:2:3:4:5:6:7:0",
        "0:0:0:0:0:ffff:7f00:1,       ::ffff:127.0.0.1",
        "0:0:0:0:0:0:102:304,         ::1.2.3.4",
        "0:0:0:0:0:0:0:304,           ::304",
        "0:0:0:0:ffff:0:102:304,      ::ffff:0:102:304"
    })
    void hostIsWrittenAsInetNtopWritesIt(String groups, String expected) {
        long[] halves = new long[2];
        String[] parts = groups.split(":");
        for (int i = 0; i < 8; i++) {
            halves[i / 4] = halves[i / 4] << 16 | Integer.parseInt(parts[i], 16);
        }
        assertEquals(expected, new Sockaddr.Inet6(halves[0], halves[1], 0, 0, 0).host());
    }

    @Test
    void aMappedAddressThatWasTypedStaysIpv6() throws UnknownHostException {
        Sockaddr mapped = Sockaddr.resolve("::ffff:127.0.0.1", 80);
        assertEquals(new Sockaddr.Inet6(0, 0xffff7f000001L, 80, 0, 0), mapped);
        assertEquals(new Sockaddr.Inet(0x7f000001, 80), Sockaddr.resolve("127.0.0.1", 80));
        assertEquals(new InetSocketAddress("127.0.0.1", 80), mapped.toInetSocketAddress());
    }

    @Test
    void anAddressOfManyBitsIsMappedWithoutASign() {
        Sockaddr.Inet6 mapped = new Sockaddr.Inet(0xc0000201, 80).mapped();
        assertEquals(new Sockaddr.Inet6(0, 0xffffc0000201L, 80, 0, 0), mapped);
        assertEquals("[::ffff:192.0.2.1]:80", mapped.toString());
    }

    @Test
    void theJdksIpv4AddressIsMappedUnderInet6() {
        InetSocketAddress jdk = new InetSocketAddress("127.0.0.1", 80);
        assertEquals(new Sockaddr.Inet6(0, 0xffff7f000001L, 80, 0, 0), Sockaddr.of(jdk, Const.AF_INET6));
        assertEquals(new Sockaddr.Inet(0x7f000001, 80), Sockaddr.of(jdk, Const.AF_INET));
    }

    @Test
    void anUnknownScopeIsAnUnknownHost() {
        assertThrows(UnknownHostException.class, () -> Sockaddr.resolve("fe80::1%nosuchinterface", 80));
    }
}
