package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
final class DemoIT {
    /** Where there is no ::1, on 127.0.0.1. */
    private static String[] demo(int port, String... before) {
        String[] demo = {"demo", "--port", Integer.toString(port)};
        return Stream.of(before, demo, Loopback.listenAddr())
                .flatMap(Stream::of)
                .toArray(String[]::new);
    }

    @Test
    @NeedsIpv6
    void everythingThatTheArticleShowsHappensBothWays() throws Exception {
        try (Launched demo = new Launched(demo(Loopback.freePort()))) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
            List<String> out = demo.out();
            assertTrue(
                    out.stream()
                            .anyMatch(line -> line.matches(
                                    "and \\d+ of its \\d+ lines are the same in both \\(--all shows them\\)")),
                    out::toString);
            assertFalse(out.stream().anyMatch(line -> line.endsWith("same    same")), out::toString);
            assertEquals(
                    "Everything that the article shows happened, natively and through the JDK.",
                    out.get(out.size() - 1));
            for (String command :
                    List.of("[1] $ reuseport serve", "[2] $ reuseport serve --mode jdk", "[3] $ reuseport send")) {
                assertTrue(out.stream().anyMatch(line -> line.startsWith(command)), command);
            }
            assertFalse(out.stream().anyMatch(line -> line.contains("NOT the same")));
            assertEquals(List.of(), demo.err());
        }
    }

    @Test
    void onIpv4ItIsMarkedAsNotTheArticles() throws Exception {
        String port = Integer.toString(Loopback.freePort());
        try (Launched demo = new Launched("demo", "--listen-addr", "127.0.0.1", "--port", port)) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
            List<String> out = demo.out();
            assertEquals("On 127.0.0.1, which is not the article's address: that is ::1.", out.get(0));
            assertEquals(
                    "Everything that the article shows happened, natively and through the JDK, but on 127.0.0.1 instead"
                            + " of ::1.",
                    out.get(out.size() - 1));
            String listening = "Listening sockname=('127.0.0.1', " + port + ")";
            // Three receivers in each mode.
            assertEquals(
                    6,
                    out.stream()
                            .filter(line -> line.startsWith("[") && line.endsWith(listening))
                            .count());
            assertEquals(
                    3,
                    out.stream()
                            .filter(line -> line.contains("Listening sockname=('::1', 60001, 0, 0)"))
                            .filter(line -> line.indexOf("here: ") != line.lastIndexOf("here: "))
                            .count(),
                    out::toString);
            assertFalse(out.stream().anyMatch(line -> line.contains("NOT the same")));
            assertEquals(List.of(), demo.err());
        }
    }

    @Test
    void itNeedsNoLauncher() throws Exception {
        String java = System.getProperty("java.home") + "/bin/java";
        String jar = Launched.launcher().resolveSibling("reuseport.jar").toString();
        try (Launched demo = new Launched(new ProcessBuilder(demo(Loopback.freePort(), java, "-jar", jar)))) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
        }
    }

    @Test
    void aTakenPortIsNamedAndExit1() throws Exception {
        try (ServerSocket holder = new ServerSocket(0, 1, Loopback.inet());
                Launched demo = new Launched(demo(holder.getLocalPort()))) {
            assertEquals(1, demo.awaitExit());
            assertTrue(demo.err().get(0).startsWith("reuseport demo: step 1, native: expected"), demo.err()::toString);
            assertTrue(demo.out().stream()
                    .anyMatch(line -> line.contains("is port " + holder.getLocalPort() + " taken?")));
        }
    }

    @Test
    void endingItEndsItsReceivers() throws Exception {
        try (Launched demo = new Launched(demo(Loopback.freePort()))) {
            while (demo.out().stream().noneMatch(line -> line.contains("Listening"))) {
                assertTrue(demo.process().isAlive());
                TimeUnit.MILLISECONDS.sleep(10);
            }
            List<ProcessHandle> receivers = demo.process().descendants().toList();
            assertFalse(receivers.isEmpty());
            demo.process().destroy();
            assertEquals(143, demo.awaitExit());
            for (ProcessHandle receiver : receivers) {
                receiver.onExit().get(60, TimeUnit.SECONDS);
            }
        }
    }
}
