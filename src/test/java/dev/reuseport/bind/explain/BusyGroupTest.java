package dev.reuseport.bind.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Root;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is asked about while its clients come, as nobody stops one for that. */
class BusyGroupTest {
    private static final int RUNS = 50;
    private static final int CLIENTS = 4;
    private static final long BETWEEN_NANOS = 2_000_000;

    /** A SYN that is dropped comes again after a second (TCP_TIMEOUT_INIT). */
    private static final long ONCE_MORE_NANOS = 1_900_000_000;

    /** It comes a third time after two others: whoever asks fifty times in a few seconds may meet one again. */
    private static final long TWICE_MORE_NANOS = 3_900_000_000L;

    private static final byte[] ASKED = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int MOST_ANSWERED = 1024;

    @TempDir
    private Path directory;

    private volatile boolean over;
    private volatile int port;

    /** What became of the connections of a client: how many, how many took longer than one SYN more, and the longest. */
    private record Served(int connections, int late, long longest) {}

    @Test
    void nginxLosesNoConnectionWhileItIsExplained() throws Exception {
        Root.assume("a listener that drops every SYN", Root.Capability.CAP_NET_ADMIN);
        List<File> nginx = List.of(new File("/usr/sbin/nginx"), new File("/usr/bin/nginx"));
        assumeTrue(nginx.stream().anyMatch(File::canExecute), "there is no nginx here");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        Process server =
                start(nginx.stream().filter(File::canExecute).findFirst().orElseThrow());
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            await(server);
            List<Future<Served>> coming = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                coming.add(clients.submit(this::come));
            }
            for (int i = 0; i < RUNS; i++) {
                Explanation explanation = explained();
                assertTrue(explanation.agrees() && explanation.verdict().ok(), explanation::toString);
                assertEquals("", explanation.untried());
            }
            over = true;
            int connections = 0;
            int late = 0;
            long longest = 0;
            for (Future<Served> each : coming) {
                connections += each.get().connections;
                late += each.get().late;
                longest = Math.max(longest, each.get().longest);
            }
            assertTrue(connections > RUNS, connections + " connections");
            assertTrue(late <= 1, late + " of " + connections + " were delayed by more than a second");
            assertTrue(longest < TWICE_MORE_NANOS, longest + " ns");
        } finally {
            over = true;
            clients.shutdownNow();
            server.destroy();
            server.onExit().join();
        }
    }

    private Process start(File nginx) throws IOException {
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                worker_processes 2;
                pid nginx.pid;
                error_log stderr;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    server {
                        listen 127.0.0.1:%d reuseport backlog=4096;
                        return 204;
                    }
                }
                """.formatted(port));
        return new ProcessBuilder(nginx.toString(), "-p", directory.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private void await(Process server) throws IOException {
        while (true) {
            assertTrue(server.isAlive(), Files.readString(directory.resolve("log")));
            try {
                once();
                return;
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }

    private Explanation explained() throws IOException {
        SystemRules rules = Ruleset.of(Platform.LINUX, Proc.ofHost().release())
                .orElseThrow()
                .rules();
        return Explain.run(
                new JnrSyscalls(),
                Proc.ofHost(),
                rules,
                List.of(),
                new Explain.Request(
                        Protocol.TCP,
                        Sockaddr.resolve("127.0.0.1", port),
                        List.of(Setting.parse("SO_REUSEPORT")),
                        OptionalInt.empty(),
                        false));
    }

    /** A client after another, five hundred a second; throws for the first that is refused or reset. */
    private Served come() throws IOException {
        int connections = 0;
        int late = 0;
        long longest = 0;
        long next = System.nanoTime();
        while (!over) {
            long began = System.nanoTime();
            once();
            long took = System.nanoTime() - began;
            late += took > ONCE_MORE_NANOS ? 1 : 0;
            longest = Math.max(longest, took);
            connections++;
            next = Math.max(next + BETWEEN_NANOS, System.nanoTime() - BETWEEN_NANOS);
            LockSupport.parkNanos(next - System.nanoTime());
        }
        return new Served(connections, late, longest);
    }

    /** The answer to a GET is a header alone; no TIME_WAIT stays. */
    private void once() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(ASKED);
            if (socket.getInputStream().read(new byte[MOST_ANSWERED]) <= 0) {
                throw new IOException("no answer");
            }
        }
    }
}
