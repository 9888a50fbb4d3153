package dev.reuseport.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Sockaddr;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LineTest {
    private static String repr(byte[] message) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            new Line(7).start("").addRepr(ByteBuffer.wrap(message)).writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException("a byte array takes all", e);
        }
        String line = out.toString(StandardCharsets.ISO_8859_1);
        return line.substring("Receiver-7: ".length(), line.length() - 1);
    }

    /** The right-hand column is what Python 3 prints for repr(bytes.fromhex(left)). */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "48656c6c6f0a | b'Hello\\n'",
                "`` | b''",
                "27 | b\"'\"",
                "22 | b'\"'",
                "2722 | b'\\'\"'",
                "5c | b'\\\\'",
                "090d00 | b'\\t\\r\\x00'",
                "1f207e7f80ff | b'\\x1f ~\\x7f\\x80\\xff'"
            })
    void bytesAreWrittenAsPythonWritesThem(String hex, String expected) {
        assertEquals(expected, repr(HexFormat.of().parseHex(hex)));
    }

    @Test
    void everyByteAndManyMessagesAreWrittenAsPythonWritesThem() throws Exception {
        Process python;
        try {
            python = new ProcessBuilder(
                            "python3", "-c", "import sys\nfor line in sys.stdin: print(repr(bytes.fromhex(line)))")
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "needs python3");
            return;
        }
        Random random = new Random(193);
        List<byte[]> messages = new ArrayList<>();
        for (int octet = 0; octet < 256; octet++) {
            messages.add(new byte[] {(byte) octet});
            messages.add(new byte[] {'\'', (byte) octet});
            messages.add(new byte[] {'"', '\'', (byte) octet});
        }
        for (int i = 0; i < 500; i++) {
            byte[] message = new byte[random.nextInt(60)];
            random.nextBytes(message);
            messages.add(message);
        }
        String asked = messages.stream().map(HexFormat.of()::formatHex).collect(Collectors.joining("\n"));
        python.getOutputStream().write((asked + "\n").getBytes(StandardCharsets.US_ASCII));
        python.getOutputStream().close();
        String answers = new String(python.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, python.waitFor(), "python3's exit status");
        assertEquals(answers, messages.stream().map(LineTest::repr).collect(Collectors.joining("\n", "", "\n")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "::1              | ('::1', 60001, 0, 0)",
                "127.0.0.1        | ('127.0.0.1', 60001)",
                "::ffff:127.0.0.1 | ('::ffff:127.0.0.1', 60001, 0, 0)",
                "2001:db8:0:0::9  | ('2001:db8::9', 60001, 0, 0)"
            })
    void namesAreWrittenAsPythonWritesThem(String host, String expected) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Line(193)
                .start("Listening sockname=")
                .addName(Sockaddr.resolve(host, 60001))
                .writeTo(out);
        assertEquals("Receiver-193: Listening sockname=" + expected + "\n", out.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void aScopeIsANumberOfItsOwn() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Line(1)
                .start("")
                .addName(new Sockaddr.Inet6(0xfe80L << 48, 1, 5, 9, 2))
                .writeTo(out);
        assertEquals("Receiver-1: ('fe80::1', 5, 9, 2)\n", out.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void aLineGrowsAsFarAsItMust() throws IOException {
        byte[] message = new byte[4096];
        Line line = new Line(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        line.start("recv message=").addRepr(ByteBuffer.wrap(message)).writeTo(out);
        assertEquals(
                "Receiver-1: recv message=b'" + "\\x00".repeat(4096) + "'\n", out.toString(StandardCharsets.US_ASCII));
        assertEquals(ByteBuffer.wrap(out.toByteArray()), line.written());
    }
}
