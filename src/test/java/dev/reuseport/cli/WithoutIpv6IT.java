package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.Loopback;
import dev.reuseport.Namespace;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people read in a container as Docker makes them: there is no ::1. */
@Timeout(180)
final class WithoutIpv6IT {
    private static final String DISABLE =
            "for each in all lo; do echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done";
    private static final String WHY =
            "this machine has no ::1 (sysctl -w net.ipv6.conf.all.disable_ipv6=0 gives it one; a container: docker run"
                    + " --sysctl net.ipv6.conf.all.disable_ipv6=0); without it: ";

    @BeforeAll
    static void needsLinux() throws InterruptedException {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: net.ipv6.conf.all.disable_ipv6");
        Assumptions.assumeTrue(
                Namespace.possible(), "a network namespace, to switch net.ipv6.conf.all.disable_ipv6 on in it");
    }

    private static Launched launch(String... arguments) throws Exception {
        return Namespace.launchAfter(DISABLE, arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve --mode jdk                  | 3 | --listen-addr 127.0.0.1",
                "serve --mode jdk --listen-addr :: | 3 | --listen-addr 0.0.0.0",
                "send                              | 1 | send 127.0.0.1:60001",
                "send [::1]:7                      | 1 | send 127.0.0.1:7",
                "inspect --mode jdk                | 3 | --family inet",
                "inspect --mode jdk --type dgram   | 3 | --family inet",
                "compare                           | 3 | --family inet",
                "demo                              | 3 | --listen-addr 127.0.0.1",
                "spread --listen-addr ::1          | 3 | --listen-addr 127.0.0.1",
                "spread --listen-addr ::1 --processes | 3 | --listen-addr 127.0.0.1",
                "restart --listen-addr ::1         | 3 | --listen-addr 127.0.0.1",
                "explain udp [::1]:7 --format json | 0 | explain udp 127.0.0.1:7"
            })
    void oneLineSaysWhatIsMissingAndTheWayOut(String typed, int status, String wayOut) throws Exception {
        try (Launched launched = launch(typed.split(" "))) {
            assertEquals(status, launched.awaitExit(), () -> launched.err().toString());
            assertEquals(1, launched.err().size(), () -> launched.err().toString());
            String line = launched.err().get(0);
            assertTrue(line.startsWith("reuseport " + typed.split(" ")[0] + ": "), line);
            assertTrue(line.endsWith(WHY + wayOut), line);
        }
    }

    @Test
    void theArticlesLastLineStaysTheLast() throws Exception {
        try (Launched serve = launch("serve")) {
            assertEquals(1, serve.awaitExit());
            List<String> lines = serve.err();
            assertEquals(5, lines.size(), lines::toString);
            assertEquals("reuseport serve: " + WHY + "--listen-addr 127.0.0.1", lines.get(3));
            assertEquals(
                    "OSError: [Errno " + Abi.host().number(Const.EADDRNOTAVAIL) + "] Cannot assign requested address",
                    lines.get(4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void aCaseSaysItBehindItsTable(String mode) throws Exception {
        try (Launched tried = launch("try", "--mode", mode, "udp [::1]:0", "tcp [::1]:0 listen")) {
            assertEquals(
                    mode.equals("jdk") ? 3 : 0,
                    tried.awaitExit(),
                    () -> tried.err().toString());
            assertEquals(List.of("reuseport try: " + WHY + "udp 127.0.0.1:0"), tried.err());
            assertFalse(tried.out().toString().contains("DIFFERS"), tried.out()::toString);
        }
    }

    @Test
    void whatIsAskedOfIpv4IsDone() throws Exception {
        try (Launched demo = launch("demo", "--listen-addr", "127.0.0.1")) {
            assertEquals(0, demo.awaitExit(), () -> demo.out() + " " + demo.err());
        }
        try (Launched compare = launch("compare", "SO_REUSEADDR", "--family", "inet")) {
            assertEquals(0, compare.awaitExit(), compare.err()::toString);
        }
    }

    /** The server is started behind the switch, in the same namespace. */
    @Test
    void aServerOfBothFamiliesIsReachedByIpv4() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "python3 is not installed");
        String server = "import socket; s = socket.socket(socket.AF_INET6); "
                + "s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0); s.bind((chr(58) * 2, 18080)); "
                + "s.listen(100); t = [s.accept()[0] for i in range(20)]; [c.recv(1) for c in t]";
        String start = DISABLE + "; timeout 60 /usr/bin/python3 -c '" + server + "' > /dev/null 2>&1 &"
                + " while ! grep -q :46A0 /proc/net/tcp6; do sleep 0.1; done";
        for (String on : List.of("18080", "[::]:18080")) {
            try (Launched spread =
                    Namespace.launchAfter(start, "spread", "--on", on, "--connections", "20", "--format", "json")) {
                assertEquals(0, spread.awaitExit(), spread.err()::toString);
                String out = String.join("", spread.out());
                assertTrue(out.contains("\"127.0.0.1:18080\""), out);
                assertTrue(
                        spread.err().toString().contains("20 connections to 127.0.0.1:18080 "), spread.err()::toString);
            }
        }
    }

    @Test
    void whereThereIsIpv6NothingOfItIsSaid() throws Exception {
        Assumptions.assumeTrue(Loopback.hasIpv6(), "this machine has no ::1");
        try (Launched serve = new Launched("serve", "--listen-addr", "192.0.2.1", "--listen-port", "0")) {
            assertEquals(1, serve.awaitExit());
            assertFalse(serve.err().toString().contains("::1"), serve.err()::toString);
        }
    }
}
