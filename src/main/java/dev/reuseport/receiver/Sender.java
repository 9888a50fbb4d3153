package dev.reuseport.receiver;

import dev.reuseport.socket.NioTcpListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The client of the article: sends a message, closes its half of the connection and reads until the other end does.
 *
 * <p>It reads while it sends, and waits for nothing longer than it was told to, whatever the other end does: read nothing,
 * or answer a byte now and then.
 */
public final class Sender {
    private static final int PIECE = 8192;

    private final InetSocketAddress address;
    private final Duration timeout;

    /**
     * Sends to {@code address}.
     *
     * @param timeout how long a message may take, from connect to the end of the reply
     */
    public Sender(InetSocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /** Who gets a reply as it comes. */
    public interface Reply {
        /**
         * Takes the next bytes.
         *
         * @return false if there is nobody to take more: that ends the connection
         */
        boolean take(byte[] bytes, int from, int length);
    }

    /**
     * Sends one message over a connection of its own, and returns what came back; empty if the connection was closed without
     * a word.
     *
     * @throws IOException as below
     */
    public byte[] send(byte[] message) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        send(message, (bytes, from, length) -> {
            whole.write(bytes, from, length);
            return true;
        });
        return whole.toByteArray();
    }

    /**
     * Sends one message over a connection of its own.
     *
     * @param reply hears what comes back
     * @throws SocketTimeoutException if the reply has not ended in time
     * @throws IOException if the connection cannot be made, or is reset before anything came back
     */
    public void send(byte[] message, Reply reply) throws IOException {
        long began = System.nanoTime();
        try (SocketChannel channel = SocketChannel.open();
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            boolean connected = connect(channel);
            while (!connected) {
                await(selector, began, "it did not accept the connection");
                connected = channel.finishConnect();
            }
            exchange(channel, key, ByteBuffer.wrap(message), reply, began);
        }
    }

    private boolean connect(SocketChannel channel) throws IOException {
        try {
            return channel.connect(address);
        } catch (UnsupportedAddressTypeException e) {
            throw new SocketException(NioTcpListener.NO_IPV6);
        }
    }

    private void exchange(SocketChannel channel, SelectionKey key, ByteBuffer message, Reply reply, long began)
            throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        IOException reset = null;
        boolean answered = false;
        boolean sent = false;
        while (true) {
            if (!sent) {
                try {
                    channel.write(message);
                    sent = !message.hasRemaining();
                    if (sent) {
                        channel.shutdownOutput();
                    }
                } catch (IOException e) {
                    // It wants no more; what it said before may still be there.
                    reset = e;
                    sent = true;
                }
            }
            int count;
            try {
                count = channel.read(piece.clear());
            } catch (IOException e) {
                // The receiver reads 4096 bytes and closes: what it left unread resets the connection behind the reply.
                reset = e;
                count = -1;
            }
            if (count < 0) {
                if (reset != null && !answered) {
                    throw reset;
                }
                return;
            }
            if (count > 0) {
                answered = true;
                if (!reply.take(piece.array(), 0, count)) {
                    return;
                }
            }
            key.interestOps(sent ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            await(
                    key.selector(),
                    began,
                    sent
                            ? "the reply had not ended"
                            : "it had not read the " + message.limit() + " bytes of the message");
        }
    }

    /** Waits until the channel is ready. */
    private void await(Selector selector, long began, String otherwise) throws IOException {
        selector.selectedKeys().clear();
        while (selector.selectedKeys().isEmpty()) {
            long left = timeout.toNanos() - (System.nanoTime() - began);
            if (left <= 0) {
                throw new SocketTimeoutException(otherwise + " after " + timeout.toNanos() / 1e9 + " seconds");
            }
            selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("it was interrupted");
            }
        }
    }
}
