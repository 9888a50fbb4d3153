package dev.reuseport.receiver;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;

/** The client of the article: sends a message, closes its half of the connection and reads until the other end does. */
public final class Sender {
    private final InetSocketAddress address;
    private final Duration timeout;

    /**
     * Sends to {@code address}.
     *
     * @param timeout how long a connection, and each wait for a part of the reply, may take
     */
    public Sender(InetSocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /**
     * Sends one message over a connection of its own.
     *
     * @return what came back; empty if the connection was closed without a word
     * @throws IOException if the connection cannot be made, or ends before anything came back
     */
    public byte[] send(byte[] message) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        try (Socket socket = new Socket()) {
            int millis = (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
            socket.connect(address, millis);
            socket.setSoTimeout(millis);
            try {
                socket.getOutputStream().write(message);
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                byte[] part = new byte[8192];
                for (int count = in.read(part); count >= 0; count = in.read(part)) {
                    reply.write(part, 0, count);
                }
            } catch (SocketException e) {
                // The receiver reads 4096 bytes and closes: what it left unread resets the connection behind the reply.
                if (reply.size() == 0) {
                    throw e;
                }
            }
        }
        return reply.toByteArray();
    }
}
