package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class ClassicBpfTest {
    private static String hex(ClassicBpf program, ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(program.size()).order(order);
        program.encode(bytes);
        return HexFormat.of().formatHex(bytes.array());
    }

    @Test
    void toMemberReturnsItsIndex() {
        assertEquals("0600000002000000", hex(ClassicBpf.toMember(2), ByteOrder.LITTLE_ENDIAN));
        assertEquals("0006000000000002", hex(ClassicBpf.toMember(2), ByteOrder.BIG_ENDIAN));
    }

    @Test
    void toCpuLoadsTheCpuAndReturnsIt() {
        assertEquals("2000000024f0ffff" + "1600000000000000", hex(ClassicBpf.toCpu(), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void toRandomDividesByTheNumberOfMembers() {
        assertEquals(
                "2000000038f0ffff" + "9400000004000000" + "1600000000000000",
                hex(ClassicBpf.toRandom(4), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void toRandomButStepsOverTheMember() {
        assertEquals(
                "2000000038f0ffff" + "9400000003000000" + "3500000102000000" + "0400000001000000" + "1600000000000000",
                hex(ClassicBpf.toRandomBut(2, 4), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void byPortButLoadsThePortBehindTheHeader() {
        String rest = "9400000003000000" + "3500000102000000" + "0400000001000000" + "1600000000000000";
        assertEquals(
                "280000001400f0ff" + rest, hex(ClassicBpf.byPortBut(2, 4, Const.AF_INET), ByteOrder.LITTLE_ENDIAN));
        assertEquals(
                "280000002800f0ff" + rest, hex(ClassicBpf.byPortBut(2, 4, Const.AF_INET6), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void dropSynDropsASynWithoutAck() {
        assertEquals(
                "300000000d000000" + "5400000012000000" + "1500000102000000" + "0600000000000000" + "06000000ffffffff",
                hex(ClassicBpf.dropSyn(), ByteOrder.LITTLE_ENDIAN));
    }
}
