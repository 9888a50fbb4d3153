package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A TCP listener, opened natively or by the JDK: the seam that both share.
 *
 * <p>Coarse at {@link #listen}, because NIO has no bind without listen. One thread uses a listener and its connections;
 * only {@link #stop} may come from another.
 */
public interface TcpListener extends OptionSocket {
    /** A way to open a listener; the ways that users name are those of {@link Mode}. */
    @FunctionalInterface
    interface Opener {
        /**
         * Opens a listener, not bound yet.
         *
         * @param family AF_INET or AF_INET6
         */
        TcpListener open(Const family) throws IOException;
    }

    /**
     * Binds and listens.
     *
     * @param backlog how many connections may wait to be accepted; the system may round it
     */
    void listen(Sockaddr address, int backlog) throws IOException;

    /** Returns what it is bound to, the port chosen for 0 included. */
    Sockaddr localAddress() throws IOException;

    /**
     * Waits for the next connection. One connection at a time: the former one is closed by then.
     *
     * @return the connection, or empty once {@link #stop} was called and nothing is queued any more
     */
    Optional<TcpConnection> accept() throws IOException;

    /**
     * Takes a connection that is queued, or that comes in time. A listener that never waits has one descriptor and no
     * more.
     *
     * @param timeout how long to wait; {@link Duration#ZERO} is not at all
     */
    Optional<TcpConnection> accept(Duration timeout) throws IOException;

    /**
     * Ends all waiting: {@link #accept} returns what is queued and then nothing; a connection's send and receive wait no
     * longer than {@code grace} from now. The one method for another thread.
     */
    void stop(Duration grace);
}
