package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;

/**
 * A listener of the JDK's: a {@link ServerSocketChannel} of one given family.
 *
 * <p>Opened without a family it would be AF_INET6 even for 127.0.0.1, and without a backlog it would get 50: neither is
 * left to the JDK here, so that a comparison compares the same thing.
 */
public final class NioTcpListener implements TcpListener {
    /** Says that the JDK would open no socket of AF_INET6; it looks once, when it starts. */
    public static final String NO_IPV6 =
            "the JDK finds no IPv6 on this system (on Linux it looks for ::1 in /proc/net/if_inet6)";

    private final Const family;
    private final ServerSocketChannel channel;
    private final boolean shared;
    private final Waiting waiting = new Waiting();
    private ByteBuffer io;
    private Selector selector;

    private NioTcpListener(Const family, ServerSocketChannel channel, boolean shared) {
        this.family = family;
        this.channel = channel;
        this.shared = shared;
    }

    /**
     * {@link ServerSocketChannel#open(ProtocolFamily)}.
     *
     * @param family AF_INET or AF_INET6
     */
    public static NioTcpListener open(Const family) throws IOException {
        return new NioTcpListener(family, opened(ServerSocketChannel::open, family), false);
    }

    /** A way of the JDK's to open a channel. */
    public interface ChannelOpener<C> {
        /** Opens a channel of this family. */
        C open(ProtocolFamily family) throws IOException;
    }

    /**
     * Opens a channel.
     *
     * @throws NotPossibleException if AF_INET6 is asked for and no interface had an IPv6 address when the JDK started, or
     *     {@code java.net.preferIPv4Stack} was set
     */
    public static <C> C opened(ChannelOpener<C> opener, Const family) throws IOException {
        try {
            return opener.open(family == Const.AF_INET ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException e) {
            throw new NotPossibleException(NO_IPV6, e);
        }
    }

    /**
     * Takes over a channel that listens already: the one that {@link System#inheritedChannel()} makes of descriptor 0.
     * Others may hold the socket, and O_NONBLOCK is everybody's: {@link #close} takes it away again. The JDK does not tell
     * whether it was there before; from inetd and systemd it is not, unless a unit says so.
     *
     * @throws IOException if it is not of IPv4 or IPv6
     */
    public static NioTcpListener adopt(ServerSocketChannel channel) throws IOException {
        if (!(channel.getLocalAddress() instanceof InetSocketAddress address)) {
            throw new IOException(
                    "descriptor 0 is not a listening TCP socket: not of IPv4 or IPv6 but of " + Const.AF_UNIX);
        }
        Const family = address.getAddress() instanceof Inet4Address ? Const.AF_INET : Const.AF_INET6;
        channel.configureBlocking(false);
        return new NioTcpListener(family, channel, true);
    }

    /**
     * Returns the JDK's own descriptor, which stays the JDK's. The JDK hides it: this needs {@code sun.nio.ch} opened, as
     * the jar's manifest does.
     *
     * @throws IOException if this JDK does not let it be seen
     */
    public int descriptor() throws IOException {
        return descriptor(channel);
    }

    /** The same of any channel that can be waited for. */
    public static int descriptor(SelectableChannel channel) throws IOException {
        try {
            Method getFdVal = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
            getFdVal.setAccessible(true);
            return (int) getFdVal.invoke(channel);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IOException("this JDK does not show its descriptor: " + e.getMessage(), e);
        }
    }

    @Override
    public <T> void set(SockOpt<T> option, T value) throws IOException {
        NioOptions.set(channel, family, option, value);
    }

    @Override
    public <T> Probe<T> get(SockOpt<T> option) {
        return NioOptions.get(channel, family, option);
    }

    @Override
    public void listen(Sockaddr address, int backlog) throws IOException {
        channel.bind(address.toInetSocketAddress(), backlog);
        channel.configureBlocking(false);
    }

    @Override
    public Sockaddr localAddress() throws IOException {
        return Sockaddr.of((InetSocketAddress) channel.getLocalAddress(), family);
    }

    /**
     * {@inheritDoc}
     *
     * <p>NIO can turn nobody away: what comes between the last accept and {@link #close} is reset.
     */
    @Override
    public Optional<TcpConnection> accept() throws IOException {
        while (true) {
            Optional<TcpConnection> accepted = acceptQueued();
            if (accepted.isPresent()) {
                return accepted;
            }
            if (waiting.stopped()) {
                return acceptLast();
            }
            Selector waker = selector();
            if (!waiting.stopped()) {
                waker.select();
                waker.selectedKeys().clear();
            }
        }
    }

    @Override
    public Optional<TcpConnection> accept(Duration timeout) throws IOException {
        Optional<TcpConnection> accepted = acceptQueued();
        if (accepted.isPresent()) {
            return accepted;
        }
        if (timeout.isZero()) {
            return acceptLast();
        }
        int millis = waiting.millisUntil(waiting.deadline(timeout));
        if (millis > 0) {
            selector().select(millis);
            selector().selectedKeys().clear();
        }
        return acceptQueued();
    }

    /**
     * Looks once more without a selector: a channel that one knows of is closed with that one only, which takes more than
     * a millisecond, and it listens until then.
     */
    private Optional<TcpConnection> acceptLast() throws IOException {
        return forgetSelector() ? acceptQueued() : Optional.empty();
    }

    /** Tells whether there was one. */
    private synchronized boolean forgetSelector() throws IOException {
        if (selector == null) {
            return false;
        }
        selector.close();
        selector = null;
        return true;
    }

    private Optional<TcpConnection> acceptQueued() throws IOException {
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
            return Optional.empty();
        }
        accepted.configureBlocking(false);
        return Optional.of(new Connection(accepted));
    }

    /** Opened when somebody waits for the first time. */
    private synchronized Selector selector() throws IOException {
        if (selector == null) {
            selector = channel.provider().openSelector();
            channel.register(selector, SelectionKey.OP_ACCEPT);
        }
        return selector;
    }

    @Override
    public synchronized void stop(Duration grace) {
        waiting.stop(grace);
        if (selector != null) {
            selector.wakeup();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        forgetSelector();
        if (shared && channel.isOpen()) {
            channel.configureBlocking(true);
        }
        channel.close();
    }

    private ByteBuffer io() {
        if (io == null) {
            io = ByteBuffer.allocateDirect(TcpConnection.MAX_RECEIVE);
        }
        return io;
    }

    private final class Connection implements TcpConnection {
        private final SocketChannel peer;

        Connection(SocketChannel peer) {
            this.peer = peer;
        }

        @Override
        public Sockaddr localAddress() throws IOException {
            return Sockaddr.of((InetSocketAddress) peer.getLocalAddress(), family);
        }

        @Override
        public ByteBuffer receive(Duration timeout) throws IOException {
            long deadline = waiting.deadline(timeout);
            ByteBuffer io = io();
            int count = peer.read(io.clear());
            for (boolean over = false; count == 0; count = peer.read(io.clear())) {
                if (over) {
                    throw new SocketTimeoutException("nothing was received in time");
                }
                over = await(SelectionKey.OP_READ, deadline);
            }
            return io.flip();
        }

        @Override
        public void send(ByteBuffer bytes, Duration timeout) throws IOException {
            long deadline = waiting.deadline(timeout);
            while (bytes.hasRemaining()) {
                if (peer.write(bytes) == 0 && await(SelectionKey.OP_WRITE, deadline)) {
                    throw new SocketTimeoutException("the peer does not read");
                }
            }
        }

        /** Waits for this connection alone; tells whether the time is over. */
        private boolean await(int operation, long deadline) throws IOException {
            Selector waker = selector();
            SelectionKey listenerKey = channel.keyFor(waker);
            listenerKey.interestOps(0);
            peer.register(waker, operation);
            int timeout = waiting.millisUntil(deadline);
            int ready = timeout == 0 ? waker.selectNow() : waker.select(timeout);
            waker.selectedKeys().clear();
            listenerKey.interestOps(SelectionKey.OP_ACCEPT);
            return ready == 0 && waiting.millisUntil(deadline) == 0;
        }

        @Override
        public void close() throws IOException {
            peer.close();
            if (selector != null && peer.keyFor(selector) != null) {
                selector.selectNow();
            }
        }
    }
}
