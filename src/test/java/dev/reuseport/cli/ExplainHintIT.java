package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Launched;
import dev.reuseport.NeedsIpv6;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a terminal, which script(1) makes, and on a pipe. */
@NeedsIpv6
@Timeout(120)
class ExplainHintIT {
    private static final String SCRIPT = "/usr/bin/script";

    @BeforeEach
    void withATerminal() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "script takes other options elsewhere");
        assumeTrue(new File(SCRIPT).canExecute(), "script, which makes a terminal, is not installed");
    }

    @Test
    void aReceiverThatCannotBindSuggestsExplainOnATerminal() throws Exception {
        try (ServerSocket owner = new ServerSocket(0, 5, InetAddress.getByName("::1"))) {
            String port = Integer.toString(owner.getLocalPort());
            String suggestion =
                    "Who is in the way: reuseport explain tcp '[::1]:" + port + "' SO_REUSEADDR SO_REUSEPORT";
            for (String mode : List.of("native", "jdk")) {
                String serve = "'" + Launched.launcher() + "' serve --listen-port " + port + " --mode " + mode;
                try (Launched terminal = new Launched(new ProcessBuilder(SCRIPT, "-qec", serve, "/dev/null"));
                        Launched pipe = new Launched("serve", "--listen-port", port, "--mode", mode)) {
                    assertEquals(1, terminal.awaitExit());
                    List<String> seen =
                            terminal.out().stream().map(String::strip).toList();
                    assertEquals(suggestion, seen.get(seen.size() - 1), seen::toString);
                    assertEquals(1, pipe.awaitExit());
                    assertTrue(pipe.err().stream().noneMatch(line -> line.contains("explain")), pipe.err()::toString);
                }
            }
        }
    }

    @Test
    void aDemoThatCannotBindSuggestsExplainOnATerminal() throws Exception {
        try (ServerSocket owner = new ServerSocket(0, 5, InetAddress.getByName("::1"))) {
            String port = Integer.toString(owner.getLocalPort());
            String demo = "'" + Launched.launcher() + "' demo --port " + port;
            try (Launched terminal = new Launched(new ProcessBuilder(SCRIPT, "-qec", demo, "/dev/null"))) {
                assertEquals(1, terminal.awaitExit());
                List<String> seen = terminal.out().stream().map(String::strip).toList();
                assertEquals(
                        "Who is in the way: reuseport explain tcp '[::1]:" + port + "' SO_REUSEADDR",
                        seen.get(seen.size() - 1),
                        seen::toString);
            }
        }
    }
}
