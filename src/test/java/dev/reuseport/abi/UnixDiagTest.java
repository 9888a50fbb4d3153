package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UnixDiagTest {
    private static final Abi LITTLE = Abi.of("Linux", "amd64");
    private static final Abi BIG = Abi.of("Linux", "s390x");

    private static UnixDiag decode(Abi abi, String hex) {
        return UnixDiag.decode(abi, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    @Test
    void aRequestIsInTheHostsByteOrder() {
        ByteBuffer into = ByteBuffer.allocate(64);
        byte[] bytes = new byte[UnixDiag.request(BIG, into)];
        into.get(0, bytes);
        assertEquals(
                "00000028001403010000000000000000" + "01000000ffffffff00000000000000020000000000000000",
                HexFormat.of().formatHex(bytes));
    }

    @Test
    void aSocketHasTheFileThatStatCallsTheSame() {
        UnixDiag.FileId file = UnixDiag.FileId.ofStat(0x1_0000_0005L, 0x12_3_45);
        assertEquals(new UnixDiag.FileId(5, 0x12_3 << 20 | 0x45), file);
        String message = "01010a0007000000" + "0000000000000000" + "0c000100" + "05000000" + "45003012";
        assertEquals(new UnixDiag(7, Optional.of(file)), decode(LITTLE, message));
        assertEquals(new UnixDiag.FileId(1, 1 << 20 | 0x7ff_45), UnixDiag.FileId.ofStat(1, 0x7ff_001_45L));
    }

    @Test
    void whatHasNoFileIsASocketAllTheSame() {
        assertEquals(new UnixDiag(7, Optional.empty()), decode(BIG, "01010a0000000007" + "0000000000000000"));
        assertThrows(IllegalArgumentException.class, () -> decode(BIG, "01010a00"));
    }
}
