package dev.reuseport.socket;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Sockaddr;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A listener whose every step is a call of libc. */
public final class NativeTcpListener implements TcpListener {
    /** {@code struct pollfd}: int fd, short events, short revents. */
    private static final int POLLFD_SIZE = 8;

    private static final int EVENTS_AT = 4;
    private static final int FOR_EVER = -1;

    private final Syscalls syscalls;
    private final Abi abi;
    private final NativeSocket socket;
    private final NativeBuffer io;
    private final NativeBuffer pollfds;
    private final int wakeReader;
    private final int wakeWriter;
    private final Waiting waiting = new Waiting();
    private boolean nonblocking;
    private boolean closed;

    private NativeTcpListener(Syscalls syscalls, NativeSocket socket, int wakeReader, int wakeWriter) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.socket = socket;
        this.io = syscalls.allocate(TcpConnection.MAX_RECEIVE);
        this.pollfds = syscalls.allocate(2 * POLLFD_SIZE);
        this.wakeReader = wakeReader;
        this.wakeWriter = wakeWriter;
    }

    /**
     * Opens a stream socket.
     *
     * @param family AF_INET or AF_INET6
     */
    public static NativeTcpListener open(Syscalls syscalls, Const family) throws IOException {
        return adopt(syscalls, NativeSocket.open(syscalls, family, Const.SOCK_STREAM));
    }

    /** Takes over a socket, which may be listening already. */
    public static NativeTcpListener adopt(Syscalls syscalls, NativeSocket socket) throws IOException {
        Abi abi = syscalls.abi();
        NativeBuffer pair = syscalls.allocate(2 * Integer.BYTES);
        NativeSocket.checked(abi, "pipe", syscalls.pipe(pair));
        int reader = pair.bytes().getInt(0);
        int writer = pair.bytes().getInt(Integer.BYTES);
        int cloexec = abi.number(Const.FD_CLOEXEC);
        NativeSocket.checked(abi, "fcntl", syscalls.fcntl(reader, abi.number(Const.F_SETFD), cloexec));
        NativeSocket.checked(abi, "fcntl", syscalls.fcntl(writer, abi.number(Const.F_SETFD), cloexec));
        return new NativeTcpListener(syscalls, socket, reader, writer);
    }

    /** Returns the socket that this stands on. */
    public NativeSocket socket() {
        return socket;
    }

    @Override
    public <T> void set(SockOpt<T> option, T value) throws IOException {
        socket.set(option, value);
    }

    @Override
    public <T> Probe<T> get(SockOpt<T> option) {
        return socket.get(option);
    }

    @Override
    public void listen(Sockaddr address, int backlog) throws IOException {
        socket.bind(address);
        socket.listen(backlog);
    }

    @Override
    public Sockaddr localAddress() throws IOException {
        return socket.localAddress();
    }

    /**
     * Takes what is queued before it asks {@code poll}, so that a busy listener makes one call per connection and not
     * two; the listener does not block, because another member of the process may take the connection first.
     */
    @Override
    public Optional<TcpConnection> accept() throws IOException {
        if (!nonblocking) {
            socket.blocking(false);
            nonblocking = true;
        }
        while (true) {
            Optional<NativeSocket> accepted = socket.accept();
            if (accepted.isPresent()) {
                return accepted.map(Connection::new);
            }
            if (waiting.stopped()) {
                return Optional.empty();
            }
            await(socket.fd(), Const.POLLIN, Long.MAX_VALUE);
        }
    }

    /** Waits until {@code fd} is ready, the deadline has passed or {@link #stop} was called; tells whether it is over. */
    private boolean await(int fd, Const event, long deadline) throws IOException {
        // Once stopped, the pipe stays readable: it would end every wait at once.
        boolean watchPipe = !waiting.stopped();
        ByteBuffer fds = pollfds.bytes();
        fds.putInt(0, fd).putInt(EVENTS_AT, 0).putShort(EVENTS_AT, (short) abi.number(event));
        fds.putInt(POLLFD_SIZE, wakeReader).putInt(POLLFD_SIZE + EVENTS_AT, 0).putShort(POLLFD_SIZE + EVENTS_AT, (short)
                abi.number(Const.POLLIN));
        boolean forEver = deadline == Long.MAX_VALUE && watchPipe;
        int timeout = forEver ? FOR_EVER : waiting.millisUntil(deadline);
        int ready = syscalls.poll(pollfds, watchPipe ? 2 : 1, timeout);
        if (ready != -abi.number(Const.EINTR)) {
            NativeSocket.checked(abi, "poll", ready);
        }
        return ready == 0 && waiting.millisUntil(deadline) == 0;
    }

    /** Writes into the pipe while it is known to be open: the descriptor's number may be another's afterwards. */
    @Override
    public synchronized void stop(Duration grace) {
        waiting.stop(grace);
        if (!closed && syscalls.write(wakeWriter, syscalls.allocate(1), 1) != 1) {
            throw new IllegalStateException("a pipe takes a byte");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        socket.close();
        NativeSocket.checked(abi, "close", syscalls.close(wakeReader));
        NativeSocket.checked(abi, "close", syscalls.close(wakeWriter));
    }

    private final class Connection implements TcpConnection {
        private final NativeSocket peer;

        Connection(NativeSocket peer) {
            this.peer = peer;
        }

        @Override
        public Sockaddr localAddress() throws IOException {
            return peer.localAddress();
        }

        @Override
        public ByteBuffer receive(Duration timeout) throws IOException {
            long deadline = waiting.deadline(timeout);
            int count = peer.receiveNow(io, MAX_RECEIVE);
            for (boolean over = false; count < 0; count = peer.receiveNow(io, MAX_RECEIVE)) {
                if (over) {
                    throw new SocketTimeoutException("nothing was received in time");
                }
                over = await(peer.fd(), Const.POLLIN, deadline);
            }
            return io.bytes().clear().limit(count);
        }

        @Override
        public void send(ByteBuffer bytes, Duration timeout) throws IOException {
            long deadline = waiting.deadline(timeout);
            while (bytes.hasRemaining()) {
                int chunk = Math.min(bytes.remaining(), io.size());
                io.bytes().clear().put(bytes.slice().limit(chunk));
                int sent = peer.sendNow(io, 0, chunk);
                if (sent >= 0) {
                    bytes.position(bytes.position() + sent);
                } else if (await(peer.fd(), Const.POLLOUT, deadline)) {
                    throw new SocketTimeoutException("the peer does not read");
                }
            }
        }

        @Override
        public void close() throws IOException {
            peer.close();
        }
    }
}
