package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;

/** A channel of the JDK's as a bag of options: SocketChannel for SOCK_STREAM, DatagramChannel for SOCK_DGRAM. */
public final class NioSocket implements OptionSocket {
    private final NetworkChannel channel;
    private final Const family;

    private NioSocket(NetworkChannel channel, Const family) {
        this.channel = channel;
        this.family = family;
    }

    /** Opens one. */
    public static NioSocket open(Const family, Const type) throws IOException {
        NetworkChannel channel = type == Const.SOCK_STREAM
                ? NioTcpListener.opened(SocketChannel::open, family)
                : NioTcpListener.opened(DatagramChannel::open, family);
        return new NioSocket(channel, family);
    }

    @Override
    public <T> void set(SockOpt<T> option, T value) throws IOException {
        NioOptions.setByTwin(channel, family, option, value);
    }

    @Override
    public <T> Probe<T> get(SockOpt<T> option) {
        return NioOptions.getByTwin(channel, family, option);
    }

    /** Returns the JDK's own descriptor, as {@link NioTcpListener#descriptor} does. */
    public int descriptor() throws IOException {
        return NioTcpListener.descriptor((SelectableChannel) channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
