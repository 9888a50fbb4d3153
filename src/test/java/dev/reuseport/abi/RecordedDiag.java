package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * What a kernel answered (Linux 6.18, amd64, to root, who is told marks): a listener at {@code ::1} and a socket that is
 * bound and no more at 127.0.0.1, both on port 45001.
 */
public final class RecordedDiag {
    /** The request that the first was an answer to. */
    public static final String REQUEST6 =
            "48000000140001030000000000000000" + "0a064000b62f0000afc90000" + "00".repeat(44);

    /** IPV6_V6ONLY, bound to lo, mark 0xabcd, SO_RCVBUF of 65536, IP_FREEBIND, IP_RECVERR, one in a queue of 7. */
    public static final String LISTENER6 = "ac000000140002000000000058310000"
            + "0a0a0000afc90000000000000000000000000000000000010000000000000000000000000000000001000000eb11000000000000"
            + "00000000010000000700000000000000262723000500080000000000"
            + "05000b000100000008000f00cdab00000c0015000100000000000000060016001700000028000700"
            + "000000000000020000000000004000000000000000000000000000000000000000000000";

    /** A connection to it that was not accepted: no descriptor, no IPV6_V6ONLY. */
    public static final String CONNECTION6 = "a4000000140002000000000058310000"
            + "0a010000afc988b2000000000000000000000000000000010000000000000000000000000000000101000000ec11000000000000"
            + "00000000000000000000000000000000000000000500080000000000"
            + "08000f00cdab00000c0015000100000000000000060016001700000028000700"
            + "000000000000020000000000001e3c000000000000000000000000000000000000000000";

    /** IP_BIND_ADDRESS_NO_PORT. */
    public static final String BOUND4 = "a4000000140002000000000058310000"
            + "02070000afc900007f0000010000000000000000000000000000000000000000000000000000000000000000ed11000000000000"
            + "00000000000000000000000000000000272723000500080000000000"
            + "08000f00000000000c0015000100000000000000060016005201000028000700"
            + "000000000000020000000000004000000000000000000000000000000000000000000000";

    /** The end of an answer, which carries 0. */
    public static final String DONE = "1400000003000200000000005831000000000000";

    /** The end of the answer of a kernel that knows no such protocol, which carries {@code -ENOENT}. */
    public static final String NO_SUCH_PROTOCOL = "14000000030002000000000058310000feffffff";

    private RecordedDiag() {}

    /** Returns what one {@code recv} brought. */
    public static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
