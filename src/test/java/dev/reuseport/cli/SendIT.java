package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code send} on a real terminal, into a real pipe, and with little memory before a server that never ends. */
@Timeout(120)
final class SendIT {
    /** Runs its arguments on a terminal of their own, and copies what comes there to stdout. */
    private static final String ON_A_TERMINAL = "import os, pty, sys\n"
            + "status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 1024), lambda fd: b'')\n"
            + "sys.exit(os.waitstatus_to_exitcode(status))\n";

    private static byte[] printed(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getOutputStream().close();
        byte[] out = process.getInputStream().readAllBytes();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), () -> new String(out, StandardCharsets.UTF_8));
        return out;
    }

    private static byte[] sentFrom(List<String> before, String... options) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"))) {
            SendCommandTest.answering(listener, i -> SendCommandTest.HOSTILE);
            ProcessBuilder builder = new ProcessBuilder(before);
            builder.command().addAll(List.of(Launched.launcher().toString(), "send"));
            builder.command().add("127.0.0.1:" + listener.getLocalPort());
            builder.command().addAll(List.of(options));
            return printed(builder);
        }
    }

    private static String onATerminal(String... options) throws Exception {
        Process python;
        try {
            python = new ProcessBuilder("python3", "-c", "import os, pty; os.waitstatus_to_exitcode").start();
        } catch (IOException e) {
            python = null;
        }
        Assumptions.assumeTrue(python != null && python.waitFor() == 0, "a terminal is made by python3, 3.9 or newer");
        byte[] out = sentFrom(new ArrayList<>(List.of("python3", "-c", ON_A_TERMINAL)), options);
        return new String(out, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    }

    private static String asBytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aTerminalIsShownNoControls() throws Exception {
        assertEquals(asBytes(SendCommandTest.HARMLESS), onATerminal());
    }

    @Test
    void aTerminalGetsThemWithRaw() throws Exception {
        assertEquals(new String(SendCommandTest.HOSTILE, StandardCharsets.ISO_8859_1), onATerminal("--raw"));
    }

    @Test
    void aPipeGetsEveryByte() throws Exception {
        assertArrayEquals(SendCommandTest.HOSTILE, sentFrom(new ArrayList<>()));
    }

    @Test
    void anEndlessReplyTakesNoMemory() throws Exception {
        long most = 300L << 20;
        try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"))) {
            Thread answering = new Thread(() -> {
                try (Socket peer = listener.accept()) {
                    byte[] piece = new byte[1 << 16];
                    for (long sent = 0; sent < most; sent += piece.length) {
                        peer.getOutputStream().write(piece);
                    }
                } catch (IOException e) {
                    // the client's exit status tells
                }
            });
            answering.start();
            String jar = Launched.launcher().resolveSibling("reuseport.jar").toString();
            Process process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-Xmx32m",
                            "-jar",
                            jar,
                            "send",
                            "127.0.0.1:" + listener.getLocalPort())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue());
            answering.join();
        }
    }
}
