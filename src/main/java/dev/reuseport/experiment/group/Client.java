package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One connection from the client's side. Closed with a reset, so that nothing of it stays in TIME_WAIT. */
public final class Client implements Closeable {
    /** What became of a connection. */
    enum State {
        /** Nothing yet: it is queued, or being served. */
        OPEN,
        /** The other end closed it. */
        ENDED,
        /** It was reset, or refused. */
        LOST
    }

    private final NativeSocket socket;
    private final long begun;
    private final StringBuilder reply = new StringBuilder();
    private State state = State.OPEN;
    private String errno;

    /**
     * Takes a socket whose connection is made, or underway.
     *
     * @param begun when it was to begin, as {@link System#nanoTime} counts
     */
    Client(NativeSocket socket, long begun) {
        this.socket = socket;
        this.begun = begun;
    }

    int fd() {
        return socket.fd();
    }

    /** Returns when it was to begin, as {@link System#nanoTime} counts. */
    public long begun() {
        return begun;
    }

    /** Returns what has come so far. */
    public String reply() {
        return reply.toString();
    }

    /** Returns the C name of what happened to a lost one. */
    public String errno() {
        return errno;
    }

    /** Sends all of a short message, if it is not lost. */
    public void send(NativeBuffer message, int length) {
        try {
            if (socket.sendNow(message, 0, length) == length) {
                socket.shutdownOutput();
            }
        } catch (ErrnoException e) {
            lost(e);
        }
    }

    /** Reads what is there, and says what became of it. */
    State look(NativeBuffer into) {
        try {
            while (state == State.OPEN) {
                int count = socket.receiveNow(into, into.size());
                if (count < 0) {
                    return state;
                }
                if (count == 0) {
                    state = State.ENDED;
                }
                reply.append(new String(into.copy(count), StandardCharsets.UTF_8));
            }
        } catch (ErrnoException e) {
            // ENOTCONN: the handshake is not over (BSD; Linux says EAGAIN).
            if (!e.errno().is(Const.ENOTCONN)) {
                lost(e);
            }
        }
        return state;
    }

    /** Notes that a call on it failed. */
    void lost(ErrnoException failure) {
        state = State.LOST;
        errno = failure.errno().name();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Closes all of them, and leaves the list empty: there may be descriptors again to accept with. */
    public static void closeAll(List<Client> clients) throws IOException {
        for (Client client : clients) {
            client.close();
        }
        clients.clear();
    }
}
