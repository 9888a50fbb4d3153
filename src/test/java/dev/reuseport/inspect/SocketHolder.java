package dev.reuseport.inspect;

import dev.reuseport.Loopback;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Another process that has a listener and a UDP socket, and does what it is told over a pipe. */
final class SocketHolder implements AutoCloseable {
    static final int BACKLOG = 7;
    static final int RCVBUF = 65_536;

    private final Process process;
    private final BufferedReader lines;
    private final int port;

    SocketHolder() throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SocketHolder.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        port = Integer.parseInt(lines.readLine());
    }

    int pid() {
        return (int) process.pid();
    }

    int port() {
        return port;
    }

    Process process() {
        return process;
    }

    /** Sends an order and waits until it is done. */
    void tell(String order) throws IOException {
        process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        if (!"done".equals(lines.readLine())) {
            throw new IOException("the other process did not do it: " + order);
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    /** The other process. */
    public static void main(String[] arguments) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET);
        listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        listener.setOption(StandardSocketOptions.SO_RCVBUF, RCVBUF);
        listener.bind(new InetSocketAddress("127.0.0.1", 0), BACKLOG);
        DatagramChannel datagrams =
                DatagramChannel.open(Loopback.hasIpv6() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        datagrams.bind(new InetSocketAddress(Loopback.inet(), 0));
        System.out.println(((InetSocketAddress) listener.getLocalAddress()).getPort());
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals("close")) {
                listener.close();
            }
            System.out.println("done");
        }
        datagrams.close();
    }
}
