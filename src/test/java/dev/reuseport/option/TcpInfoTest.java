package dev.reuseport.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.reuseport.abi.Abi;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TcpInfoTest {
    private static final Abi LITTLE = Abi.of("Linux", "amd64");
    private static final Abi BIG = Abi.of("Linux", "s390x");

    /** Offsets by linux/tcp.h: tcpi_unacked is the fifth u32 behind eight octets, tcpi_pacing_rate the first u64. */
    private static ByteBuffer sample(Abi abi) {
        ByteBuffer bytes = ByteBuffer.allocate(512).order(abi.order());
        bytes.put(0, (byte) 10).putInt(8, 1_000_000).putInt(24, 3).putInt(28, 128);
        return bytes.putLong(104, -1).putInt(244, 77);
    }

    @Test
    void fieldsStandWhereTheHeaderPutsThem() {
        for (Abi abi : new Abi[] {LITTLE, BIG}) {
            Map<String, Long> fields =
                    TcpInfo.decode(abi, sample(abi), 248).orElseThrow().fields();
            assertEquals(10, fields.get("state"));
            assertEquals(1_000_000, fields.get("rto"));
            assertEquals(3, fields.get("unacked"));
            assertEquals(128, fields.get("sacked"));
            assertEquals(-1, fields.get("pacing_rate"));
            assertEquals(77, fields.get("total_rto_time"));
            assertFalse(fields.containsKey("received_ce"));
        }
    }

    @Test
    void bitFieldsFollowTheByteOrder() {
        ByteBuffer little = sample(LITTLE).put(6, (byte) 0x27).put(7, (byte) 0b101);
        Map<String, Long> fields =
                TcpInfo.decode(LITTLE, little, 248).orElseThrow().fields();
        assertEquals(7, fields.get("snd_wscale"));
        assertEquals(2, fields.get("rcv_wscale"));
        assertEquals(1, fields.get("delivery_rate_app_limited"));
        assertEquals(2, fields.get("fastopen_client_fail"));
        ByteBuffer big = sample(BIG).put(6, (byte) 0x72).put(7, (byte) 0b11000000);
        fields = TcpInfo.decode(BIG, big, 248).orElseThrow().fields();
        assertEquals(7, fields.get("snd_wscale"));
        assertEquals(2, fields.get("rcv_wscale"));
        assertEquals(1, fields.get("delivery_rate_app_limited"));
        assertEquals(2, fields.get("fastopen_client_fail"));
    }

    @Test
    void anOlderKernelReturnsLess() {
        TcpInfo info = TcpInfo.decode(LITTLE, sample(LITTLE), 104).orElseThrow();
        assertEquals(3, info.fields().get("unacked"));
        assertFalse(info.fields().containsKey("pacing_rate"));
        assertEquals(Optional.empty(), TcpInfo.decode(LITTLE, sample(LITTLE), 7));
    }

    @Test
    void anotherSystemsStructureIsNotGuessedAt() {
        assertEquals(Optional.empty(), new Codec.Info().decode(Abi.of("FreeBSD", "amd64"), sample(LITTLE), 248));
    }
}
