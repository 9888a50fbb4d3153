package dev.reuseport.cli;

import dev.reuseport.Nobody;
import dev.reuseport.sys.JnrSyscalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Another process that listens, and calls itself what it is told; of a user without privilege where root runs the tests. */
final class NamedHolder implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;
    private final int port;

    NamedHolder() throws IOException {
        List<String> command = new ArrayList<>();
        if (new JnrSyscalls().geteuid() == 0) {
            command.addAll(List.of("setpriv", "--reuid=" + Nobody.UID, "--regid=" + Nobody.UID, "--clear-groups"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                NamedHolder.class.getName()));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("the other process did not start");
        }
        port = Integer.parseInt(line);
    }

    long pid() {
        return process.pid();
    }

    int port() {
        return port;
    }

    /** Returns when the process has the name. */
    void rename(byte[] name) throws IOException {
        process.getOutputStream().write((HexFormat.of().formatHex(name) + "\n").getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        if (!"done".equals(lines.readLine())) {
            throw new IOException("it has no other name");
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    /** The other process. */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            System.out.println(listener.getLocalPort());
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                Files.write(Path.of("/proc/self/comm"), HexFormat.of().parseHex(order));
                System.out.println("done");
            }
        }
    }
}
