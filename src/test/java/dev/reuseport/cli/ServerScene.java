package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server as people run it, whose processes write their number into a log, a line for each request that they answered. */
final class ServerScene implements AutoCloseable {
    /** One more request than a scene was asked: that it is there. */
    private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** The request as {@code --send} takes it. */
    static final String SENT = "GET / HTTP/1.0\\r\\n\\r\\n";

    private final Process process;
    private final InetSocketAddress address;
    private final Path log;

    private ServerScene(Process process, InetSocketAddress address, Path log) throws IOException {
        this.process = process;
        this.address = address;
        this.log = log;
        while (answers() == 0) {
            assertTrue(process.isAlive(), () -> process.info() + " has ended");
            Thread.onSpinWait();
        }
    }

    /** nginx, of which each worker has a socket of its own. */
    static ServerScene nginx(Path folder, InetAddress host, int workers) throws IOException {
        InetSocketAddress address = free(host);
        Path log = folder.resolve("nginx.log");
        Path configuration =
                Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                worker_processes %d;
                pid nginx.pid;
                error_log nginx.errors;
                events { worker_connections 4096; }
                http {
                    log_format pid '$pid';
                    access_log %s pid;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    server {
                        listen %s reuseport backlog=4096;
                        return 200 here;
                    }
                }
                """.formatted(workers, log, endpoint(address)));
        return started(address, log, folder, program("nginx"), "-p", folder.toString(), "-c", configuration.toString());
    }

    /** HAProxy, one process whose threads have a socket each; it answers by itself. */
    static ServerScene haproxy(Path folder, InetAddress host) throws IOException {
        InetSocketAddress address = free(host);
        Path log = folder.resolve("haproxy.log");
        Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), """
                global
                    log stdout format raw local0
                    nbthread 2
                defaults
                    mode http
                    log global
                    log-format %%pid
                    timeout client 10s
                    timeout server 10s
                    timeout connect 10s
                frontend here
                    bind %s shards by-thread
                    http-request return status 200 content-type text/plain string here
                """.formatted(endpoint(address)));
        return started(address, log, folder, program("haproxy"), "-db", "-f", configuration.toString());
    }

    /** gunicorn, whose workers share one socket. */
    static ServerScene gunicorn(Path folder, InetAddress host) throws IOException {
        InetSocketAddress address = free(host);
        Path log = folder.resolve("gunicorn.log");
        Files.writeString(folder.resolve("app.py"), """
                def app(environ, start_response):
                    start_response('200 OK', [('Content-Length', '4')])
                    return [b'here']
                """);
        return started(
                address,
                log,
                folder,
                program("gunicorn"),
                "--reuse-port",
                "--workers",
                "2",
                "--bind",
                endpoint(address),
                "--access-logfile",
                "-",
                "--access-logformat",
                "%(p)s",
                "--error-logfile",
                "/dev/null",
                "app:app");
    }

    private static String program(String name) {
        return Stream.of("/usr/sbin", "/usr/bin")
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseGet(() -> {
                    assumeTrue(false, name + " is not installed");
                    return name;
                });
    }

    private static InetSocketAddress free(InetAddress host) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, host)) {
            return new InetSocketAddress(host, free.getLocalPort());
        }
    }

    private static String endpoint(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[::1]" : host) + ":" + address.getPort();
    }

    private static ServerScene started(InetSocketAddress address, Path log, Path folder, String... command)
            throws IOException {
        Files.createFile(log);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        try {
            return new ServerScene(process, address, log);
        } catch (IOException | RuntimeException | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Asks once, and returns how many bytes came. */
    private int answers() {
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.getOutputStream().write(REQUEST);
            return client.getInputStream().readAllBytes().length;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Returns where it listens, as it is typed. */
    String address() {
        return endpoint(address);
    }

    int pid() {
        return (int) process.pid();
    }

    /** Returns how many requests each process answered, by its number, when there are that many and the first one. */
    Map<Integer, Long> answered(int requests) throws IOException {
        List<String> lines = List.of();
        while (lines.size() < requests + 1) {
            assertTrue(process.isAlive(), "the server has ended");
            lines = Files.readAllLines(log).stream()
                    .map(line -> line.replaceAll("[<>]", ""))
                    .filter(line -> line.matches("\\d+"))
                    .toList();
        }
        return lines.stream()
                .skip(1)
                .collect(Collectors.groupingBy(Integer::parseInt, TreeMap::new, Collectors.counting()));
    }

    @Override
    public void close() {
        PythonScene.endAll(process);
    }
}
