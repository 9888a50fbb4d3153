package dev.reuseport.socket;

import dev.reuseport.abi.Sockaddr;
import java.io.IOException;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Optional;

/** A socket for datagrams that does not block, natively or through the JDK. */
public sealed interface UdpSocket extends OptionSocket permits NativeUdpSocket, NioUdpSocket {
    /** The most that a datagram can hold, and more: its length stands in 16 bits (RFC 768). */
    int LARGEST = 0xffff;

    /** The most that can be sent over IPv4: the two headers, of 20 and 8 bytes, are counted in. */
    int LARGEST_SENT = LARGEST - 28;

    /**
     * What came.
     *
     * @param from who sent it
     */
    record Received(Sockaddr from, byte[] payload) {}

    /** {@code bind(2)}. */
    void bind(Sockaddr address) throws IOException;

    /** {@code connect(2)}: from here on it gets what {@code peer} sends, and nothing else. */
    void connect(Sockaddr peer) throws IOException;

    /** Joins a multicast group on one interface. */
    void join(Sockaddr group, NetworkInterface on) throws IOException;

    /** Returns the address that it is bound to. */
    Sockaddr localAddress() throws IOException;

    /** Waits until a datagram may be queued; false if the time passed first. */
    boolean await(Duration timeout) throws IOException;

    /** Returns the next datagram that is queued; empty if there is none. */
    Optional<Received> receive() throws IOException;

    /**
     * Sends a datagram.
     *
     * @return false if there is no room for it now
     */
    boolean send(Sockaddr to, byte[] payload) throws IOException;

    /** Returns the descriptor, which stays the socket's. */
    int descriptor() throws IOException;
}
