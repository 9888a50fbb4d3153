package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpt;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** Datagrams by way of the JDK's DatagramChannel. One thread's at a time. */
public final class NioUdpSocket implements UdpSocket {
    private final DatagramChannel channel;
    private final Const family;
    private final ByteBuffer incoming;
    private Selector selector;

    private NioUdpSocket(DatagramChannel channel, Const family, int room) {
        this.channel = channel;
        this.family = family;
        this.incoming = ByteBuffer.allocate(room);
    }

    /**
     * Opens one.
     *
     * @param room how many bytes of a datagram are read; what is longer is thrown away
     * @throws dev.reuseport.sys.NotPossibleException if this JDK has no IPv6 and that is asked for
     */
    public static NioUdpSocket open(Const family, int room) throws IOException {
        DatagramChannel channel = NioTcpListener.opened(DatagramChannel::open, family);
        channel.configureBlocking(false);
        return new NioUdpSocket(channel, family, room);
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
    public void bind(Sockaddr address) throws IOException {
        channel.bind(address.toInetSocketAddress());
    }

    @Override
    public void connect(Sockaddr peer) throws IOException {
        channel.connect(peer.toInetSocketAddress());
    }

    @Override
    public void join(Sockaddr group, NetworkInterface on) throws IOException {
        channel.join(group.toInetSocketAddress().getAddress(), on);
    }

    @Override
    public Sockaddr localAddress() throws IOException {
        return Sockaddr.of((InetSocketAddress) channel.getLocalAddress(), family);
    }

    @Override
    public boolean await(Duration timeout) throws IOException {
        if (selector == null) {
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
        }
        return selector.select(key -> {}, Math.max(1, timeout.toMillis())) > 0;
    }

    @Override
    public Optional<Received> receive() throws IOException {
        incoming.clear();
        InetSocketAddress from = (InetSocketAddress) channel.receive(incoming);
        return Optional.ofNullable(from)
                .map(sender -> new Received(
                        Sockaddr.of(sender, family), Arrays.copyOf(incoming.array(), incoming.position())));
    }

    @Override
    public boolean send(Sockaddr to, byte[] payload) throws IOException {
        return payload.length == 0
                ? channel.send(ByteBuffer.allocate(0), to.toInetSocketAddress()) >= 0
                : channel.send(ByteBuffer.wrap(payload), to.toInetSocketAddress()) > 0;
    }

    @Override
    public int descriptor() throws IOException {
        return NioTcpListener.descriptor(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (selector != null) {
            selector.close();
        }
    }
}
