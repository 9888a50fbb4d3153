package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.Locale;

/** By which way a listener is opened. */
public enum Mode implements TcpListener.Opener {
    /** libc through jnr-ffi. */
    NATIVE,
    /** libc through java.lang.foreign. */
    FFM,
    /** The JDK's ServerSocketChannel. */
    JDK;

    /** Returns by which way this mode calls libc where it has to; {@link #JDK} has to where NIO has no name for a thing. */
    public Binding binding() {
        return this == FFM ? Binding.FFM : Binding.JNR;
    }

    /**
     * Opens a listener, not bound yet.
     *
     * @param family AF_INET or AF_INET6
     * @throws dev.reuseport.sys.NotPossibleException if this Java does not have the mode
     */
    @Override
    public TcpListener open(Const family) throws IOException {
        return switch (this) {
            case NATIVE, FFM -> NativeTcpListener.open(binding().load(), family);
            case JDK -> NioTcpListener.open(family);
        };
    }

    /**
     * Opens a socket to look at.
     *
     * @param family AF_INET or AF_INET6
     * @param type SOCK_STREAM or SOCK_DGRAM
     * @throws dev.reuseport.sys.NotPossibleException if this Java does not have the mode
     */
    public OptionSocket open(Const family, Const type) throws IOException {
        return switch (this) {
            case NATIVE, FFM -> NativeSocket.open(binding().load(), family, type);
            case JDK -> NioSocket.open(family, type);
        };
    }

    /**
     * Opens a socket for datagrams, not bound yet. It does not block.
     *
     * @param family AF_INET or AF_INET6
     * @param syscalls what {@link #binding} gave, to be loaded once for many
     * @param room how many bytes of a datagram are read
     */
    public UdpSocket openUdp(Syscalls syscalls, Const family, int room) throws IOException {
        return switch (this) {
            case NATIVE, FFM -> NativeUdpSocket.open(syscalls, family, room);
            case JDK -> NioUdpSocket.open(family, room);
        };
    }

    /** Returns the name as typed after {@code --mode}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
