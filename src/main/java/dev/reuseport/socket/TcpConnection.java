package dev.reuseport.socket;

import dev.reuseport.abi.Sockaddr;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A connection that a {@link TcpListener} accepted. */
public interface TcpConnection extends Closeable {
    /** The most that one {@link #receive} returns, in bytes. */
    int MAX_RECEIVE = 4096;

    /** Returns the listener's side of it. */
    Sockaddr localAddress() throws IOException;

    /**
     * Waits for bytes and returns what one {@code recv} of {@value #MAX_RECEIVE} bytes gives; nothing remaining means
     * the end of the stream. Valid until the next call on this connection.
     *
     * @throws java.net.SocketTimeoutException if nothing came in time
     */
    ByteBuffer receive(Duration timeout) throws IOException;

    /**
     * Sends all that remains, and is the last before {@link #close}: Linux, if called natively, then has the end of the
     * stream in the same packet.
     *
     * @throws java.net.SocketTimeoutException if the peer does not read it in time
     */
    void send(ByteBuffer bytes, Duration timeout) throws IOException;
}
