package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpt;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.Set;

/** A class of the JDK's that opens a socket, besides the channels of NIO. Which family it takes is the JDK's to say. */
public enum Door {
    SERVER_SOCKET("ServerSocket") {
        @Override
        public Opened open() throws IOException {
            ServerSocket socket = new ServerSocket();
            return new Opened(socket, socket.supportedOptions(), socket::getOption);
        }
    },
    ASYNCHRONOUS_SERVER_SOCKET_CHANNEL("AsynchronousServerSocketChannel") {
        @Override
        public Opened open() throws IOException {
            AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open();
            return new Opened(channel, channel.supportedOptions(), channel::getOption);
        }
    },
    SOCKET("Socket") {
        @Override
        public Opened open() throws IOException {
            Socket socket = new Socket();
            return new Opened(socket, socket.supportedOptions(), socket::getOption);
        }
    },
    ASYNCHRONOUS_SOCKET_CHANNEL("AsynchronousSocketChannel") {
        @Override
        public Opened open() throws IOException {
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            return new Opened(channel, channel.supportedOptions(), channel::getOption);
        }
    },
    DATAGRAM_SOCKET("DatagramSocket") {
        @Override
        public Opened open() throws IOException {
            DatagramSocket socket = new DatagramSocket(null);
            return new Opened(socket, socket.supportedOptions(), socket::getOption);
        }
    },
    MULTICAST_SOCKET("MulticastSocket") {
        @Override
        public Opened open() throws IOException {
            MulticastSocket socket = new MulticastSocket(null);
            return new Opened(socket, socket.supportedOptions(), socket::getOption);
        }
    };

    /** An open one. It shows no descriptor: what it says of itself is all that is to be had. */
    public record Opened(Closeable socket, Set<SocketOption<?>> supported, NioOptions.Getter getter)
            implements Closeable {
        /** Reads an option. */
        public <T> Probe<T> get(Const family, SockOpt<T> option) {
            return NioOptions.read(socket.getClass().getSimpleName(), supported, getter, family, option);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private final String className;

    Door(String className) {
        this.className = className;
    }

    /** Opens one, without binding it. */
    public abstract Opened open() throws IOException;

    /** Returns the name of the class. */
    @Override
    public String toString() {
        return className;
    }
}
