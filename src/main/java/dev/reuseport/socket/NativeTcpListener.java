package dev.reuseport.socket;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A listener whose every step is a call of libc. */
public final class NativeTcpListener implements TcpListener {
    private static final int FOR_EVER = -1;

    /** How often a listener that leaves looks whether a handshake is still underway. */
    private static final Duration PACE = Duration.ofMillis(10);

    private final Syscalls syscalls;
    private final Abi abi;
    private final NativeSocket socket;
    private final boolean shared;
    private final boolean blockedBefore;
    private final Waiting waiting = new Waiting();
    private NativeBuffer io;
    private Wake wake;
    private boolean nonblocking;

    /** Whether it was found out, or is plain, that connections can be turned away or cannot. */
    private boolean decided;

    private Optional<HalfOpen> underway = Optional.empty();
    private boolean closed;

    private NativeTcpListener(Syscalls syscalls, NativeSocket socket, boolean shared, boolean blockedBefore) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.socket = socket;
        this.shared = shared;
        this.blockedBefore = blockedBefore;
        this.decided = shared || !abi.platform().linux();
    }

    /**
     * What somebody who waits needs: a pipe by which {@link #stop} ends the wait, and the byte that goes through it. A
     * listener that never waits has none.
     */
    private record Wake(int reader, int writer, NativeBuffer signal, PollFds fds) {}

    /**
     * Opens a stream socket.
     *
     * @param family AF_INET or AF_INET6
     */
    public static NativeTcpListener open(Syscalls syscalls, Const family) throws IOException {
        return new NativeTcpListener(syscalls, NativeSocket.open(syscalls, family, Const.SOCK_STREAM), false, true);
    }

    /**
     * Takes over a socket that listens already, and that others may hold too. What was done to it would outlast this
     * listener, so that nothing stays: after {@link #stop} and {@link #close} new connections wait for the next one who
     * accepts. O_NONBLOCK is everybody's who holds it: it is set while this listener accepts, and taken away by
     * {@link #close} if it was not there before. Who is killed leaves it behind.
     */
    public static NativeTcpListener adopt(Syscalls syscalls, NativeSocket socket) throws ErrnoException {
        return new NativeTcpListener(syscalls, socket, true, socket.blocking());
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
    public <T> void set(Setting<T> setting) throws IOException {
        socket.set(setting);
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
     * {@inheritDoc}
     *
     * <p>Asks {@code poll} before it accepts: an accept that finds nothing makes a socket first and takes it back, which
     * costs Linux several times what the poll costs. The listener does not block, because another member of the process
     * may take the connection first.
     *
     * <p>Once stopped, a member of a group on Linux leaves without a loss: with its queue empty it drops the packets that
     * would begin connections (the client sends them again after a second, and they reach a member that stays), takes
     * the connections whose handshakes were underway, and only then has nothing any more. Elsewhere, and where
     * {@link NativeSocket#dropSyn} is refused, a connection that comes between the last accept and {@link #close} is reset;
     * so nothing but that accept comes after the refusal.
     */
    @Override
    public Optional<TcpConnection> accept() throws IOException {
        while (true) {
            if (!waiting.stopped()) {
                await(socket.fd(), Const.POLLIN, Waiting.NEVER);
            }
            // Asked before accept: a handshake that ends in between is in the queue by then.
            boolean nothingUnderway = decided
                    && waiting.stopped()
                    && (waiting.over() || underway.map(HalfOpen::over).orElse(true));
            Optional<TcpConnection> accepted = acceptQueued();
            if (accepted.isPresent()) {
                if (waiting.over() && !decided) {
                    turnAway();
                }
                return accepted;
            }
            if (nothingUnderway) {
                return Optional.empty();
            }
            if (waiting.stopped() && !decided) {
                turnAway();
            } else if (waiting.stopped()) {
                await(socket.fd(), Const.POLLIN, waiting.deadline(PACE));
            }
        }
    }

    @Override
    public Optional<TcpConnection> accept(Duration timeout) throws IOException {
        Optional<TcpConnection> accepted = acceptQueued();
        if (accepted.isPresent() || timeout.isZero()) {
            return accepted;
        }
        await(socket.fd(), Const.POLLIN, waiting.deadline(timeout));
        return acceptQueued();
    }

    private Optional<TcpConnection> acceptQueued() throws IOException {
        // Another holder of a shared one may have closed since, and taken the flag away.
        if (!nonblocking || shared) {
            socket.blocking(false);
            nonblocking = true;
        }
        return socket.accept().map(Connection::new);
    }

    /** Drops what would begin a connection here from now on, if others can have it and the kernel lets this one. */
    private void turnAway() throws IOException {
        decided = true;
        if (socket.get(SockOpts.SO_REUSEPORT).toOptional().orElse(false) && socket.dropSyn()) {
            underway = Optional.of(
                    HalfOpen.of(Proc.ofHost().sockets(abi), localAddress().port()));
        }
    }

    /** Waits until {@code fd} is ready, the deadline has passed or {@link #stop} was called; tells whether it is over. */
    private boolean await(int fd, Const event, long deadline) throws IOException {
        Wake awake = wake();
        // Once stopped, the pipe stays readable: it would end every wait at once.
        boolean watchPipe = !waiting.stopped();
        if (deadline == Waiting.NEVER && !watchPipe) {
            // Stopped since accept asked: it must look once more, and not wait for as long as a connection may.
            return true;
        }
        PollFds fds = awake.fds().clear().add(fd, event);
        if (watchPipe) {
            fds.add(awake.reader(), Const.POLLIN);
        }
        int ready = fds.poll(deadline == Waiting.NEVER ? FOR_EVER : waiting.millisUntil(deadline));
        return ready == 0 && waiting.millisUntil(deadline) == 0;
    }

    private synchronized Wake wake() throws ErrnoException {
        if (wake == null) {
            NativeBuffer pair = syscalls.allocate(2 * Integer.BYTES);
            ErrnoException.check(syscalls, "pipe", syscalls.pipe(pair));
            int reader = pair.bytes().getInt(0);
            int writer = pair.bytes().getInt(Integer.BYTES);
            wake = new Wake(reader, writer, syscalls.allocate(1), new PollFds(syscalls, 2));
            int cloexec = abi.number(Const.FD_CLOEXEC);
            ErrnoException.check(syscalls, "fcntl", syscalls.fcntl(reader, abi.number(Const.F_SETFD), cloexec));
            ErrnoException.check(syscalls, "fcntl", syscalls.fcntl(writer, abi.number(Const.F_SETFD), cloexec));
        }
        return wake;
    }

    /** Writes into the pipe while it is known to be open: the descriptor's number may be another's afterwards. */
    @Override
    public synchronized void stop(Duration grace) {
        waiting.stop(grace);
        if (wake != null && !closed) {
            int written = syscalls.write(wake.writer(), wake.signal(), 1);
            if (written < 0) {
                throw new IllegalStateException("a pipe takes a byte");
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (shared && nonblocking && blockedBefore) {
                socket.blocking(true);
            }
        } finally {
            socket.close();
        }
        if (wake != null) {
            ErrnoException.check(syscalls, "close", syscalls.close(wake.reader()));
            ErrnoException.check(syscalls, "close", syscalls.close(wake.writer()));
        }
    }

    private NativeBuffer io() {
        if (io == null) {
            io = syscalls.allocate(TcpConnection.MAX_RECEIVE);
        }
        return io;
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
            NativeBuffer io = io();
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
            NativeBuffer io = io();
            boolean more = endGoesWithIt();
            while (bytes.hasRemaining()) {
                int chunk = Math.min(bytes.remaining(), io.size());
                io.bytes().clear().put(bytes.slice().limit(chunk));
                int sent = peer.sendNow(io, 0, chunk, more);
                if (sent >= 0) {
                    bytes.position(bytes.position() + sent);
                } else if (await(peer.fd(), Const.POLLOUT, deadline)) {
                    throw new SocketTimeoutException("the peer does not read");
                }
            }
        }

        /**
         * Tells whether what is sent may wait for {@link #close}, and the end of the stream go in its packet: a seventh of
         * what a connection costs. Not before the peer has ended its side, for what it still sends would have the kernel
         * reset the connection, and with it what waits. Not for a shared listener, whose SO_LINGER is somebody else's.
         */
        private boolean endGoesWithIt() throws IOException {
            return abi.defines(Const.MSG_MORE) && !shared && peer.peerEnded();
        }

        @Override
        public void close() throws IOException {
            peer.close();
        }
    }
}
