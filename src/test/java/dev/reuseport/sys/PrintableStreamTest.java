package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrintableStreamTest {
    private static String streamed(byte[] bytes, int piece) {
        PrintableStream stream = new PrintableStream();
        StringBuilder shown = new StringBuilder();
        for (int at = 0; at < bytes.length; at += piece) {
            shown.append(stream.next(bytes, at, Math.min(piece, bytes.length - at)));
        }
        return shown.append(stream.end()).toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 4096})
    void aStreamMayBeCutAnywhere(int piece) {
        byte[] text = "été \ud83d\ude00\u001b[0m\u202e\t\u009b\n".repeat(700).getBytes(StandardCharsets.UTF_8);
        assertEquals("été \ud83d\ude00\\x1b[0m\\u202e\t\\u009b\n".repeat(700), streamed(text, piece));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 100})
    void aByteThatIsNoUtf8IsWrittenOut(int piece) {
        byte[] bytes = {'a', (byte) 0x9b, 'b', (byte) 0xc3, 'c', (byte) 0xff, (byte) 0xf0, (byte) 0x9f};
        assertEquals("a\\x9bb\\xc3c\\xff\\xf0\\x9f", streamed(bytes, piece));
    }
}
