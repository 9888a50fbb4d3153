package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonParseException;
import com.google.gson.JsonStreamParser;
import dev.reuseport.Descriptors;
import dev.reuseport.print.Stdout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is typed: an exit status that means something, a line that says what happened, no stack trace, JSON where that
 * was asked for, no descriptor that stays open. {@code -Pfuzz} draws more of them; {@code -Dfuzz.seed} others.
 */
final class CommandLineFuzzTest {
    private static final int LINES = Integer.getInteger("fuzz.lines", 5000);
    private static final long SEED = Long.getLong("fuzz.seed", 11);
    private static final int LONGEST_SECONDS = 30;
    private static final int LINES_WITH_DESCRIPTORS = 200;

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final InputStream stdin = System.in;
    private final List<Integer> statuses = new ArrayList<>();
    private ServerSocket taken;
    private ServerSocket answering;

    @TempDir
    Path directory;

    @BeforeEach
    void begin() throws IOException {
        // Of every address, IPv6 too where there is one, and for nobody else.
        taken = new ServerSocket();
        taken.setReuseAddress(false);
        taken.bind(new InetSocketAddress(0));
        answering = new ServerSocket();
        answering.bind(new InetSocketAddress("127.0.0.1", 0));
        SendCommandTest.answering(answering, i -> i % 4 == 0 ? new byte[0] : SendCommandTest.HOSTILE);
    }

    @AfterEach
    void end() throws IOException {
        executor.shutdownNow();
        System.setIn(stdin);
        taken.close();
        answering.close();
    }

    private RandomCommandLines lines(long seed) throws IOException {
        List<String> files = new ArrayList<>(List.of("/dev/null", "/dev/zero", "/proc/self/mem", "/", "\0"));
        files.add(file("marked", "\ufefftcp 127.0.0.1:0 listen\n".getBytes(StandardCharsets.UTF_8)));
        files.add(file("utf-16", "tcp 127.0.0.1:0\n".getBytes(StandardCharsets.UTF_16)));
        files.add(file("binary", new byte[] {(byte) 0x9b, 0, 1, (byte) 0xff}));
        files.add(file("long", ("tcp " + "1".repeat(1 << 20) + ":0").getBytes(StandardCharsets.UTF_8)));
        files.add(file("escape", "tcp 127.0.0.1:\u001b[31m\n".getBytes(StandardCharsets.UTF_8)));
        files.add(file(
                "cases",
                "tcp 127.0.0.1:0 listen\nconnect 1\n\nudp 127.0.0.1:0\n"
                        .repeat(9)
                        .getBytes(StandardCharsets.UTF_8)));
        return new RandomCommandLines(seed, taken.getLocalPort(), answering.getLocalPort(), files);
    }

    private String file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content).toString();
    }

    private void run(List<String> line, String which) throws Exception {
        System.setIn(new ByteArrayInputStream("tcp 127.0.0.1:0\n".getBytes(StandardCharsets.UTF_8)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        Stdout out = new Stdout(bytes, () -> false);
        int status;
        try {
            status = executor.submit(
                            () -> Main.commandLine(out, new PrintWriter(err, true), line.isEmpty() ? "" : line.get(0))
                                    .execute(line.toArray(String[]::new)))
                    .get(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            fail("it has not ended after " + LONGEST_SECONDS + " seconds: " + which);
            return;
        } catch (ExecutionException e) {
            throw new AssertionError(which + " threw", e.getCause());
        }
        out.flush();
        statuses.add(status);
        String printed = bytes.toString(StandardCharsets.UTF_8);
        String said = err.toString();
        String all = which + "\nexit " + status + "\n" + printed + "\n" + said;
        assertTrue(status >= 0 && status <= 3, all);
        boolean answersInSilence = status == 0 && line.contains("send");
        assertTrue(answersInSilence || !printed.isBlank() || !said.isBlank(), all);
        assertFalse(status != 0 && said.isBlank() && printed.isBlank(), all);
        assertFalse(said.contains("\tat ") || said.contains("mistake of this program"), all);
        assertFalse(said.contains("\u001b"), all);
        if (asksForJson(line) && !printed.isEmpty()) {
            assertJson(printed, all);
        }
    }

    private static boolean asksForJson(List<String> line) {
        int format = line.lastIndexOf("--format");
        return format > 0
                && format + 1 < line.size()
                && line.get(format + 1).equalsIgnoreCase("json")
                && line.stream().noneMatch(word -> word.matches("--help|--version|-hV|-h|-V"));
    }

    private static void assertJson(String printed, String all) {
        try {
            JsonStreamParser documents = new JsonStreamParser(printed);
            while (documents.hasNext()) {
                assertTrue(documents.next().isJsonObject(), all);
            }
        } catch (JsonParseException e) {
            fail(all, e);
        }
    }

    private void runAll(long seed, int count) throws Exception {
        RandomCommandLines random = lines(seed);
        for (int i = 0; i < count; i++) {
            List<String> line = random.next();
            run(line, "line " + i + " of -Dfuzz.seed=" + seed + ": " + line);
        }
    }

    @Test
    void everyLineEndsAsItShould() throws Exception {
        runAll(SEED, LINES);
        for (int status = 0; status <= 2; status++) {
            assertTrue(statuses.contains(status), "no line ended with " + status + ": they are not the ones meant");
        }
        long done = statuses.stream().filter(status -> status == 0).count();
        assertTrue(done > LINES / 10, () -> "only " + done + " of " + LINES + " lines did anything");
    }

    @Test
    void noLineLeavesADescriptorOpen() throws Exception {
        long[] seed = {SEED};
        Descriptors.assertNoneLeftBy(() -> {
            runAll(++seed[0], LINES_WITH_DESCRIPTORS);
            return null;
        });
    }
}
