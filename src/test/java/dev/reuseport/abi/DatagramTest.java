package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

final class DatagramTest {
    private static final byte[] PAYLOAD = {1, 2, 3};
    private static final Sockaddr TO = new Sockaddr.Inet(0x7f000001, 80);

    private static ByteBuffer encoded(Abi abi, long at) {
        Datagram datagram = new Datagram(abi);
        ByteBuffer bytes = ByteBuffer.allocate(datagram.size(PAYLOAD.length));
        datagram.encode(bytes, at, TO, PAYLOAD);
        return bytes.order(abi.order());
    }

    @Test
    void everyPointerLeadsToItsPart() {
        ByteBuffer bytes = encoded(Abi.of("Linux", "amd64"), 1000);
        int name = (int) (bytes.getLong(0) - 1000);
        int iovec = (int) (bytes.getLong(16) - 1000);
        int payload = (int) (bytes.getLong(iovec) - 1000);
        assertEquals(16, bytes.getInt(8));
        assertEquals(1, bytes.getLong(24));
        assertEquals(3, bytes.getLong(iovec + 8));
        assertEquals(TO, Sockaddr.decode(Abi.of("Linux", "amd64"), bytes.slice(name, 16), 16));
        assertEquals(3, bytes.get(payload + 2));
        assertEquals(0, bytes.getLong(32) | bytes.getLong(40) | bytes.getLong(48));
    }

    @Test
    void theCountOfPiecesIsAnIntOnTheBsds() {
        ByteBuffer bytes = encoded(Abi.of("FreeBSD", "ppc64"), 0);
        assertEquals(ByteOrder.BIG_ENDIAN, bytes.order());
        assertEquals(1, bytes.getInt(24));
        assertEquals(0, bytes.getInt(28));
    }

    @Test
    void aPointerHasFourBytesOn32Bits() {
        ByteBuffer bytes = encoded(Abi.of("Linux", "arm"), 1000);
        assertEquals(16, bytes.getInt(4));
        assertEquals(1, bytes.getInt(12));
        int iovec = bytes.getInt(8) - 1000;
        assertEquals(3, bytes.getInt(iovec + 4));
    }
}
