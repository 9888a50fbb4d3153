package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;

/** A call whose outcome the rules decide. */
public sealed interface Act {
    /** Sets an option of a socket that is about to be bound, and is not in the state yet. */
    record Prepare(ModelSocket newcomer, Setting<?> setting) implements Act {}

    /**
     * {@code bind(2)} of a socket that is not in the state yet.
     *
     * @param chosen the port that the kernel chose, or would choose, if it is asked to
     */
    record Bind(ModelSocket newcomer, int chosen) implements Act {}

    /**
     * {@code listen(2)}.
     *
     * @param chosen the port that the kernel would choose if the socket has none
     */
    record Listen(int socket, int chosen) implements Act {}

    /** {@code close(2)}. */
    record Close(int socket) implements Act {}

    /** {@code shutdown(2)} with SHUT_RDWR. */
    record Shutdown(int socket) implements Act {}

    /** {@code setsockopt(2)}. */
    record Set(int socket, Setting<?> setting) implements Act {}

    /**
     * {@code connect(2)} of a client over TCP.
     *
     * @param address where a socket is bound: where that is a wildcard, the client takes the loopback address
     * @param acceptor the socket that the kernel gave it to; 0 if nobody has seen that
     * @param connection the number that the accepted socket gets
     */
    record Connect(Sockaddr address, int acceptor, int connection) implements Act {}

    /**
     * {@code close(2)} of an accepted connection.
     *
     * @param first whether the client has not closed it before
     */
    record CloseConnection(int connection, boolean first) implements Act {}
}
