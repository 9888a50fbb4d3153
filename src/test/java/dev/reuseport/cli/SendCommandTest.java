package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.print.Stdout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server sends, on its way to a terminal and into a pipe. */
@Timeout(60)
final class SendCommandTest {
    /** Colours, a title, a sequence that begins with C1, text from right to left, and what is not UTF-8. */
    static final byte[] HOSTILE =
            bytes("R\u001b[31m\u009b0m\u202e\u001b]0;title\u0007\ud83d\ude00: été\t\r\n", 0x9b, 0xff);

    static final String HARMLESS = "R\\x1b[31m\\u009b0m\\u202e\\x1b]0;title\\x07\ud83d\ude00: été\t\\x0d\n\\x9b\\xff";

    private record Sent(int status, byte[] out, String err) {}

    private static byte[] bytes(String text, int... more) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        for (int each : more) {
            all.write(each);
        }
        return all.toByteArray();
    }

    /** Answers each client with what it is given, and closes. */
    static void answering(ServerSocket listener, IntFunction<byte[]> replies) {
        Thread thread = new Thread(() -> {
            for (int i = 0; ; i++) {
                try (Socket peer = listener.accept()) {
                    peer.getInputStream().readAllBytes();
                    peer.getOutputStream().write(replies.apply(i));
                } catch (IOException e) {
                    if (listener.isClosed()) {
                        return;
                    }
                }
            }
        });
        thread.start();
    }

    private static Sent send(boolean terminal, OutputStream to, IntFunction<byte[]> replies, String... options)
            throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 64, InetAddress.getByName("127.0.0.1"))) {
            answering(listener, replies);
            List<String> arguments = new ArrayList<>(List.of("send", "127.0.0.1:" + listener.getLocalPort(), "x"));
            arguments.addAll(List.of(options));
            StringWriter err = new StringWriter();
            Stdout out = new Stdout(to, () -> terminal);
            int status = Main.commandLine(out, new PrintWriter(err, true)).execute(arguments.toArray(String[]::new));
            byte[] printed = to instanceof ByteArrayOutputStream array ? array.toByteArray() : new byte[0];
            return new Sent(status, printed, err.toString());
        }
    }

    private static Sent send(boolean terminal, IntFunction<byte[]> replies, String... options) throws Exception {
        return send(terminal, new ByteArrayOutputStream(), replies, options);
    }

    @Test
    void onATerminalControlsAreWrittenOut() throws Exception {
        Sent sent = send(true, i -> HOSTILE);
        assertEquals(HARMLESS, new String(sent.out, StandardCharsets.UTF_8));
        assertEquals(0, sent.status);
    }

    @Test
    void intoAPipeGoTheBytesThatCame() throws Exception {
        assertArrayEquals(HOSTILE, send(false, i -> HOSTILE).out);
    }

    @Test
    void rawHasThemOnATerminalToo() throws Exception {
        assertArrayEquals(HOSTILE, send(true, i -> HOSTILE, "--raw").out);
    }

    @Test
    void theTallyIsHarmlessWhereverTheReplyGoes() throws Exception {
        Sent sent = send(false, i -> HOSTILE, "--raw", "--count", "2");
        String name = HARMLESS.substring(0, HARMLESS.indexOf(':'));
        assertEquals(name + "  2" + System.lineSeparator(), sent.err);
    }

    @Test
    void aServerWithAThousandNamesDoesNotFillTheTally() throws Exception {
        Sent sent = send(false, i -> bytes(i + ": x\n"), "--count", "1100");
        assertEquals(1001, sent.err.lines().count());
        assertTrue(sent.err.lines().anyMatch("(others)  100"::equals), sent.err);
    }

    @Test
    void aLongNameIsNoName() throws Exception {
        Sent sent = send(false, i -> bytes("x".repeat(100_000) + ": x\n"), "--count", "2");
        assertEquals("(no name)  2" + System.lineSeparator(), sent.err);
    }

    @Test
    void itEndsWhenNobodyReadsWhatItPrints() throws Exception {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        int[] asked = {0};
        send(false, closed, i -> bytes("answer " + asked[0]++), "--count", "1000");
        assertEquals(1, asked[0]);
    }
}
