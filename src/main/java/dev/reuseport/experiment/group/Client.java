package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One connection from the client's side. Most are closed with a reset, so that nothing of them stays in TIME_WAIT. */
public final class Client implements Closeable {
    /** What became of a connection. */
    public enum State {
        /** Nothing yet: it is queued, or being served. */
        OPEN,
        /** The other end closed it. */
        ENDED,
        /** It was reset, or refused. */
        LOST
    }

    /** Of a reply no more is kept: it names who answers, in its first line. */
    private static final int MOST_KEPT = 1024;

    private final NativeSocket socket;
    private final Sockaddr local;
    private final long begun;
    private final StringBuilder reply = new StringBuilder();
    private State state = State.OPEN;
    private String errno;
    private long received;
    private boolean silent;

    /**
     * Takes a socket whose connection is made, or underway.
     *
     * @param local what it is bound to
     * @param begun when it was to begin, as {@link System#nanoTime} counts
     */
    Client(NativeSocket socket, Sockaddr local, long begun) {
        this.socket = socket;
        this.local = local;
        this.begun = begun;
    }

    int fd() {
        return socket.fd();
    }

    /** Returns when it was to begin, as {@link System#nanoTime} counts. */
    public long begun() {
        return begun;
    }

    /** Returns where it comes from. */
    public Sockaddr local() {
        return local;
    }

    /** Returns how many bytes have come so far. */
    public long received() {
        return received;
    }

    /** Tells whether anything has come. */
    public boolean replied() {
        return received > 0;
    }

    /** Returns what has come so far, or the beginning of it. */
    public String reply() {
        return reply.toString();
    }

    /** Returns the C name of what happened to a lost one. */
    public String errno() {
        return errno;
    }

    /** Sends all of a short message and the end of the stream, if it is not lost. */
    public void send(NativeBuffer message, int length) {
        if (sendSome(message, 0, length) == length) {
            end();
        }
    }

    /** Tells whether the handshake is over, and the connection not reset. */
    public boolean connected() throws ErrnoException {
        try {
            socket.peerAddress();
            return true;
        } catch (ErrnoException e) {
            if (e.errno().is(Const.ENOTCONN) || e.errno().is(Const.EINVAL)) {
                return false;
            }
            throw e;
        }
    }

    /** Sends what there is room for from {@code offset} on, and returns how many bytes that were. */
    public int sendSome(NativeBuffer message, int offset, int length) {
        try {
            return Math.max(0, socket.sendNow(message, offset, length));
        } catch (ErrnoException e) {
            lost(e);
            return 0;
        }
    }

    /** Sends the end of the stream, if it is neither lost nor sent already. */
    public void end() {
        try {
            if (state != State.LOST && !silent) {
                silent = true;
                socket.shutdownOutput();
            }
        } catch (ErrnoException e) {
            lost(e);
        }
    }

    /** Reads what is there, and says what became of it. */
    public State look(NativeBuffer into) {
        try {
            while (state == State.OPEN) {
                int count = socket.receiveNow(into, into.size());
                if (count < 0) {
                    return state;
                }
                if (count == 0) {
                    state = State.ENDED;
                }
                received += count;
                if (reply.length() < MOST_KEPT) {
                    reply.append(new String(into.copy(count), StandardCharsets.UTF_8));
                }
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
