package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Datagram;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Optional;

/** Datagrams by way of libc. One thread's at a time. */
public final class NativeUdpSocket implements UdpSocket {
    private final Syscalls syscalls;
    private final NativeSocket socket;
    private final Datagram form;
    private final int room;
    private NativeBuffer incoming;
    private NativeBuffer outgoing;
    private PollFds fds;

    private NativeUdpSocket(Syscalls syscalls, NativeSocket socket, int room) {
        this.syscalls = syscalls;
        this.socket = socket;
        this.form = new Datagram(syscalls.abi());
        this.room = room;
    }

    /**
     * {@code socket(2)} with SOCK_DGRAM.
     *
     * @param room how many bytes of a datagram are read; the kernel throws away what is longer
     */
    public static NativeUdpSocket open(Syscalls syscalls, Const family, int room) throws IOException {
        NativeSocket socket = NativeSocket.open(syscalls, family, Const.SOCK_DGRAM);
        try {
            socket.blocking(false);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
        return new NativeUdpSocket(syscalls, socket, room);
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
    public void bind(Sockaddr address) throws IOException {
        socket.bind(address);
    }

    @Override
    public void connect(Sockaddr peer) throws IOException {
        socket.connect(peer);
    }

    @Override
    public void join(Sockaddr group, NetworkInterface on) throws IOException {
        socket.join(group, on);
    }

    @Override
    public Sockaddr localAddress() throws IOException {
        return socket.localAddress();
    }

    @Override
    public boolean await(Duration timeout) throws IOException {
        if (fds == null) {
            fds = new PollFds(syscalls, 1);
        }
        return fds.clear().add(socket.fd(), Const.POLLIN).poll((int) timeout.toMillis()) > 0;
    }

    @Override
    public Optional<Received> receive() throws IOException {
        if (incoming == null) {
            incoming = syscalls.allocate(form.size(room));
        }
        form.prepare(incoming.bytes(), incoming.address(), room);
        int count = socket.receiveMessage(incoming);
        if (count < 0) {
            return Optional.empty();
        }
        return Optional.of(new Received(form.sender(incoming.bytes()), form.payload(incoming.bytes(), count)));
    }

    @Override
    public boolean send(Sockaddr to, byte[] payload) throws IOException {
        int size = form.size(payload.length);
        if (outgoing == null || outgoing.size() < size) {
            outgoing = syscalls.allocate(size);
        }
        form.encode(outgoing.bytes(), outgoing.address(), to, payload);
        return socket.sendMessage(outgoing);
    }

    @Override
    public int descriptor() {
        return socket.fd();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
