package dev.reuseport.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that nobody here wrote, and what their configuration says that they set. */
class RealServersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<SockOpt<?>> ALL = SockOpts.all();

    private final Syscalls syscalls = new JnrSyscalls();
    private final List<Process> started = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void onLinux() {
        assumeTrue(Abi.host().platform().linux(), "pidfd_getfd is Linux's");
    }

    @AfterEach
    void endThem() {
        for (Process process : started) {
            process.destroy();
            process.onExit().join();
        }
    }

    @Test
    @NeedsIpv6
    void nginxSetsWhatItsListenLineSays() throws Exception {
        String nginx = installed("nginx");
        int port = freePort();
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(configuration, """
                daemon off;
                worker_processes 2;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    server {
                        listen 127.0.0.1:%1$d reuseport backlog=77 rcvbuf=65536 so_keepalive=on;
                        listen [::1]:%1$d fastopen=9 so_keepalive=30m:5:7;
                        return 204;
                    }
                }
                """.formatted(port), StandardCharsets.UTF_8);
        Process process = start(nginx, "-p", directory.toString(), "-c", configuration.toString());
        List<ForeignSocket> listeners = listeners(process, port, 3);

        List<ForeignSocket> group = listeners.stream()
                .filter(socket -> socket.family() == Const.AF_INET)
                .toList();
        assertEquals(2, group.size(), "reuseport gives each of the two workers a listener");
        for (ForeignSocket member : group) {
            assertEquals(true, member.value(SockOpts.SO_REUSEADDR).orElseThrow());
            assertEquals(true, member.value(SockOpts.SO_REUSEPORT).orElseThrow());
            assertEquals(77, member.queue().orElseThrow().limit());
            assertEquals(2 * 65_536, member.value(SockOpts.SO_RCVBUF).orElseThrow());
            assertEquals(true, member.value(SockOpts.SO_KEEPALIVE).orElseThrow());
        }
        ForeignSocket alone = listeners.stream()
                .filter(socket -> socket.family() == Const.AF_INET6)
                .findFirst()
                .orElseThrow();
        assertEquals(true, alone.value(SockOpts.SO_REUSEADDR).orElseThrow());
        assertEquals(false, alone.value(SockOpts.SO_REUSEPORT).orElseThrow());
        assertEquals(true, alone.value(SockOpts.IPV6_V6ONLY).orElseThrow());
        assertEquals(9, alone.value(SockOpts.TCP_FASTOPEN).orElseThrow());
        assertEquals(1800, alone.value(SockOpts.TCP_KEEPIDLE).orElseThrow());
        assertEquals(5, alone.value(SockOpts.TCP_KEEPINTVL).orElseThrow());
        assertEquals(7, alone.value(SockOpts.TCP_KEEPCNT).orElseThrow());
    }

    @Test
    void pythonSetsWhatItsScriptSays() throws Exception {
        String python = installed("python3");
        Process process = start(python, "-c", """
                import socket, struct, sys
                s = socket.socket(socket.%s, socket.SOCK_STREAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 3))
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 2, 500000))
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 12345)
                s.bind(('%s', 0))
                s.listen(33)
                print('port', s.getsockname()[1], flush=True)
                sys.stdin.read()
                """.formatted(Loopback.family(), Loopback.host()));
        ForeignSocket listener =
                listeners(process, port(process, "port (\\d+)"), 1).get(0);
        assertEquals(false, listener.value(SockOpts.SO_REUSEADDR).orElseThrow());
        assertEquals(true, listener.value(SockOpts.SO_REUSEPORT).orElseThrow());
        assertEquals(
                new LingerTime(true, Duration.ofSeconds(3)),
                listener.value(SockOpts.SO_LINGER).orElseThrow());
        assertEquals(
                Duration.ofMillis(2500), listener.value(SockOpts.SO_RCVTIMEO).orElseThrow());
        assertEquals(true, listener.value(SockOpts.TCP_NODELAY).orElseThrow());
        assertEquals(12345L, listener.value(SockOpts.TCP_USER_TIMEOUT).orElseThrow());
        assertEquals(33, listener.queue().orElseThrow().limit());
    }

    @Test
    @NeedsIpv6
    void theJdksHttpServerListensOnAMappedAddress() throws Exception {
        Process process = start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                JdkServer.class.getName());
        ForeignSocket listener =
                listeners(process, port(process, "port (\\d+)"), 1).get(0);
        assertEquals(Const.AF_INET6, listener.family());
        assertEquals("::ffff:127.0.0.1", listener.local().host());
        assertEquals(false, listener.value(SockOpts.IPV6_V6ONLY).orElseThrow());
        assertEquals(true, listener.value(SockOpts.SO_REUSEADDR).orElseThrow());
        assertEquals(false, listener.value(SockOpts.SO_REUSEPORT).orElseThrow());
        assertEquals(JdkServer.BACKLOG, listener.queue().orElseThrow().limit());
    }

    @Test
    void socatSetsWhatItsAddressSays() throws Exception {
        String socat = installed("socat");
        Process process = start(
                socat,
                "-d",
                "-d",
                "TCP4-LISTEN:0,bind=127.0.0.1,reuseport,backlog=9,keepidle=44,rcvbuf=65536,fork",
                "OPEN:/dev/null");
        ForeignSocket listener =
                listeners(process, port(process, "listening on .*:(\\d+)"), 1).get(0);
        assertEquals(false, listener.value(SockOpts.SO_REUSEADDR).orElseThrow());
        assertEquals(true, listener.value(SockOpts.SO_REUSEPORT).orElseThrow());
        assertEquals(44, listener.value(SockOpts.TCP_KEEPIDLE).orElseThrow());
        assertEquals(2 * 65_536, listener.value(SockOpts.SO_RCVBUF).orElseThrow());
        assertEquals(9, listener.queue().orElseThrow().limit());
    }

    /** The JDK's own server in a process of its own. */
    static final class JdkServer {
        static final int BACKLOG = 41;

        private JdkServer() {}

        public static void main(String[] arguments) throws IOException {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), BACKLOG);
            server.start();
            System.out.println("port " + server.getAddress().getPort());
        }
    }

    private static String installed(String program) {
        for (String place : (System.getenv("PATH") + ":/usr/sbin").split(":")) {
            File file = new File(place, program);
            if (file.canExecute()) {
                return file.getPath();
            }
        }
        return assumeInstalled(program);
    }

    private static String assumeInstalled(String program) {
        assumeTrue(false, program + " is not installed");
        return program;
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        started.add(process);
        return process;
    }

    /** Reads the process's lines until one tells the port. */
    private static int port(Process process, String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher matcher = wanted.matcher(line);
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
            seen.append(line).append(System.lineSeparator());
        }
        throw new IOException("no port in: " + seen);
    }

    /** Waits until the process has that many listeners on the port. */
    private List<ForeignSocket> listeners(Process process, int port, int count) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (ProcessSockets sockets =
                    ProcessSockets.open(syscalls, Proc.ofHost(), new Scratch(syscalls), (int) process.pid())) {
                List<ForeignSocket> found = sockets.readAll(ALL).sockets().stream()
                        .filter(socket -> socket.state() == SocketState.LISTEN)
                        .filter(socket -> socket.local().port() == port)
                        .toList();
                if (found.size() == count) {
                    return found;
                }
                assertTrue(System.nanoTime() < deadline, () -> "after " + PATIENCE + " there are " + found);
            }
            Thread.sleep(5);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
