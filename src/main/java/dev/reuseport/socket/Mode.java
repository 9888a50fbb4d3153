package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.util.Locale;

/** By which way a listener is opened. */
public enum Mode {
    /** libc through jnr-ffi. */
    NATIVE {
        @Override
        public TcpListener open(Const family) throws IOException {
            return NativeTcpListener.open(new JnrSyscalls(), family);
        }

        @Override
        public OptionSocket open(Const family, Const type) throws IOException {
            return NativeSocket.open(new JnrSyscalls(), family, type);
        }
    },
    /** The JDK's ServerSocketChannel. */
    JDK {
        @Override
        public TcpListener open(Const family) throws IOException {
            return NioTcpListener.open(family);
        }

        @Override
        public OptionSocket open(Const family, Const type) throws IOException {
            return NioSocket.open(family, type);
        }
    };

    /**
     * Opens a listener, not bound yet.
     *
     * @param family AF_INET or AF_INET6
     */
    public abstract TcpListener open(Const family) throws IOException;

    /**
     * Opens a socket to look at.
     *
     * @param family AF_INET or AF_INET6
     * @param type SOCK_STREAM or SOCK_DGRAM
     */
    public abstract OptionSocket open(Const family, Const type) throws IOException;

    /** Returns the name as typed after {@code --mode}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
