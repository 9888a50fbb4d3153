package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnixAddressTest {
    private static final Abi LINUX = Abi.of("Linux", "amd64");

    private static String hex(Abi abi, String name) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        int length = new UnixAddress(name).encode(abi, into);
        return HexFormat.of().formatHex(into.array(), 0, length);
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,    amd64,   /r,  01002f7200",
        "Linux,    s390x,   /r,  00012f7200",
        "Linux,    amd64,   @r,  01000072",
        "FreeBSD,  amd64,   /r,  05012f7200",
        "Mac OS X, aarch64, /r,  05012f7200"
    })
    void itHasTheBytesOfTheHeader(String os, String arch, String name, String bytes) throws IOException {
        assertEquals(bytes, hex(Abi.of(os, arch), name));
    }

    @Test
    void aPathHasRoomForItsNulOrIsRefused() throws IOException {
        assertEquals(2 * (2 + 108), hex(LINUX, "/" + "x".repeat(106)).length());
        IOException refused = assertThrows(IOException.class, () -> hex(LINUX, "/" + "x".repeat(107)));
        assertTrue(refused.getMessage().contains("107 bytes"), refused::getMessage);
    }
}
