package dev.reuseport.cli;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An nginx of some workers, each with a listener of its own, that writes down which of them answered. */
final class NginxScene implements AutoCloseable {
    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final Path folder;
    private final Path configuration;
    private final String address;
    private final Process master;

    private NginxScene(Path folder, Path configuration, String address, Process master) {
        this.folder = folder;
        this.configuration = configuration;
        this.address = address;
        this.master = master;
    }

    static NginxScene start(Path folder, String host, int workers) throws Exception {
        assumeTrue(Files.isExecutable(NGINX), "nginx is not installed");
        InetAddress bound = InetAddress.getByName(host);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, bound)) {
            port = free.getLocalPort();
        }
        String address = host + ":" + port;
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(
                configuration,
                String.join(
                        "\n",
                        "worker_processes " + workers + ";",
                        "daemon off;",
                        "pid " + folder + "/nginx.pid;",
                        "error_log " + folder + "/error.log;",
                        "events { worker_connections 1024; }",
                        "http {",
                        "  client_body_temp_path " + folder + "; proxy_temp_path " + folder + ";",
                        "  fastcgi_temp_path " + folder + "; uwsgi_temp_path " + folder + "; scgi_temp_path " + folder
                                + ";",
                        "  log_format worker '$pid';",
                        "  access_log " + folder + "/access.log worker;",
                        "  server { listen " + address + " reuseport; location / { return 200 'ok'; } }",
                        "}",
                        ""));
        Process master = new ProcessBuilder(
                        NGINX.toString(), "-c", configuration.toString(), "-e", folder + "/error.log")
                .inheritIO()
                .start();
        NginxScene scene = new NginxScene(folder, configuration, address, master);
        long deadline = System.nanoTime() + PATIENCE;
        while (master.children().count() < workers || !listens(new InetSocketAddress(bound, port))) {
            assumeTrue(master.isAlive() && System.nanoTime() < deadline, "nginx does not start here");
            Thread.onSpinWait();
        }
        return scene;
    }

    private static boolean listens(InetSocketAddress address) {
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            return client.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String address() {
        return address;
    }

    /** Returns the workers' pids. */
    List<Integer> workers() {
        return master.children().map(worker -> (int) worker.pid()).toList();
    }

    /** Returns what has it read its configuration again. */
    String[] reload() {
        return new String[] {
            NGINX.toString(), "-c", configuration.toString(), "-e", folder + "/error.log", "-s", "reload"
        };
    }

    /** Waits until so many requests are written down, and returns who answered each. */
    List<Integer> awaitLogged(int count) throws IOException {
        long deadline = System.nanoTime() + PATIENCE;
        while (true) {
            List<Integer> pids = Files.readAllLines(folder.resolve("access.log")).stream()
                    .map(Integer::parseInt)
                    .toList();
            if (pids.size() >= count) {
                return pids;
            }
            if (System.nanoTime() > deadline) {
                return fail("of " + count + " requests nginx wrote down " + pids.size());
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        PythonScene.endAll(master);
    }
}
