package dev.reuseport.experiment.datagram;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.SourcePorts;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Ipv6Loopback;
import dev.reuseport.socket.NativeUdpSocket;
import dev.reuseport.socket.UdpSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Senders of datagrams, each with an address and a port that no other one has. One thread's. */
public final class Sources implements Closeable {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);

    private final Syscalls syscalls;
    private final Sockaddr target;
    private final SourcePorts ports;
    private final List<UdpSocket> sockets = new ArrayList<>();
    private String exhausted;

    /** Sends to {@code target} from anywhere on loopback. */
    public Sources(Syscalls syscalls, Sockaddr target) {
        this.syscalls = syscalls;
        this.target = target;
        this.ports = new SourcePorts(target instanceof Sockaddr.Inet ? LOOPBACK : Ipv6Loopback.ADDRESS, syscalls.abi());
    }

    /** Opens so many more, or fewer if there is nothing left to make them of. */
    public void open(int count) throws IOException {
        for (int i = 0; i < count && exhausted == null; i++) {
            open();
        }
    }

    private void open() throws IOException {
        for (Optional<Sockaddr> source = ports.next(); source.isPresent(); source = ports.next()) {
            UdpSocket socket;
            try {
                socket = NativeUdpSocket.open(syscalls, target.family(), 0);
            } catch (ErrnoException e) {
                exhausted = "out of descriptors: " + e.getMessage();
                return;
            }
            try {
                socket.bind(source.get());
                aimAtLoopback(socket);
                sockets.add(socket);
                return;
            } catch (ErrnoException e) {
                socket.close();
                if (!e.errno().is(Const.EADDRINUSE) && !e.errno().is(Const.EACCES)) {
                    throw e;
                }
            }
        }
        exhausted = "out of source ports: each was used once";
    }

    private void aimAtLoopback(UdpSocket socket) throws IOException {
        if (DatagramGroup.broadcast(target)) {
            socket.set(SockOpts.SO_BROADCAST, true);
        } else if (target.multicast() && target instanceof Sockaddr.Inet) {
            socket.set(SockOpts.IP_MULTICAST_IF, LOOPBACK.host());
        } else if (target.multicast()) {
            socket.set(SockOpts.IPV6_MULTICAST_IF, DatagramGroup.loopback().getIndex());
        }
    }

    /** Says what there is no more of, descriptors or ports, once there is none. */
    public Optional<String> exhausted() {
        return Optional.ofNullable(exhausted);
    }

    /** Returns how many are open. */
    public int size() {
        return sockets.size();
    }

    /** Returns where one sends from. */
    public Sockaddr address(int source) throws IOException {
        return sockets.get(source).localAddress();
    }

    /**
     * Sends a datagram from one.
     *
     * @throws NotPossibleException if loopback has no route for IPv6 multicast, which Linux gives to interfaces that say
     *     they can do multicast, and loopback does not
     * @return false if there is no room for it, because others of its own are not read yet
     */
    public boolean send(int source, Message message) throws IOException {
        try {
            return sockets.get(source).send(target, message.bytes());
        } catch (ErrnoException e) {
            if (target.multicast() && e.errno().is(Const.ENETUNREACH)) {
                throw new NotPossibleException(
                        "loopback has no route to " + target.host()
                                + ": ip -6 route add local ff00::/8 dev lo table local gives it one",
                        e);
            }
            throw e;
        }
    }

    /** Closes those that are open, and can open others. */
    @Override
    public void close() throws IOException {
        for (UdpSocket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }
}
