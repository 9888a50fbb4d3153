package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
final class DemoIT {
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void everythingThatTheArticleShowsHappensBothWays() throws Exception {
        try (Launched demo = new Launched("demo", "--port", Integer.toString(freePort()))) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
            List<String> out = demo.out();
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
    void itNeedsNoLauncher() throws Exception {
        String java = System.getProperty("java.home") + "/bin/java";
        String jar = Launched.launcher().resolveSibling("reuseport.jar").toString();
        try (Launched demo =
                new Launched(new ProcessBuilder(java, "-jar", jar, "demo", "--port", Integer.toString(freePort())))) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
        }
    }

    @Test
    void aTakenPortIsNamedAndExit1() throws Exception {
        try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getByName("::1"));
                Launched demo = new Launched("demo", "--port", Integer.toString(holder.getLocalPort()))) {
            assertEquals(1, demo.awaitExit());
            assertTrue(demo.err().get(0).startsWith("reuseport demo: step 1, native: expected"), demo.err()::toString);
            assertTrue(demo.out().stream()
                    .anyMatch(line -> line.contains("is port " + holder.getLocalPort() + " taken?")));
        }
    }

    @Test
    void endingItEndsItsReceivers() throws Exception {
        int port = freePort();
        try (Launched demo = new Launched("demo", "--port", Integer.toString(port))) {
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
