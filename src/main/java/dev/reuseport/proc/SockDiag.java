package dev.reuseport.proc;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.Netlink;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.UnixDiag;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the kernel tells everybody of the TCP, UDP and AF_UNIX sockets in the network namespace of the thread that asks, beyond
 * {@link ProcNet}'s lists: sock_diag(7), which {@code ss} shows.
 *
 * <p>A kernel may be built without it or without its module, and a sandbox may keep it away: that is an answer.
 */
public final class SockDiag {
    /** Linux hands out at most 32 KiB at once ({@code netlink_recvmsg}). */
    private static final int ROOM = 65_536;

    /**
     * What was told.
     *
     * @param sockets the newest first where one list has them
     * @param problem why that is not all; empty if it is
     */
    public record Answer(List<InetDiag> sockets, Optional<String> problem) {}

    private final Syscalls syscalls;
    private final Abi abi;
    private final NativeBuffer buffer;
    private final List<InetDiag> sockets = new ArrayList<>();
    private Optional<String> problem = Optional.empty();
    private Sockaddr former;

    private SockDiag(Syscalls syscalls) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.buffer = syscalls.allocate(ROOM);
    }

    /**
     * Asks for all sockets of a local port, over IPv4 and IPv6.
     *
     * @param protocol IPPROTO_TCP or IPPROTO_UDP
     */
    public static Answer atPort(Syscalls syscalls, Const protocol, int port) {
        return ask(syscalls, protocol, port, InetDiag.Wanted.BIND);
    }

    /**
     * Asks for all that listens, or is bound and not connected.
     *
     * @param protocol IPPROTO_TCP or IPPROTO_UDP
     * @param port of which local port; 0 for all
     */
    public static Answer servers(Syscalls syscalls, Const protocol, int port) {
        return ask(syscalls, protocol, port, InetDiag.Wanted.SERVERS);
    }

    /** As {@link #servers} of TCP, without what is bound and no more: for those the kernel goes through all that have a port. */
    public static Answer listeners(Syscalls syscalls, int port) {
        return ask(syscalls, Const.IPPROTO_TCP, port, InetDiag.Wanted.LISTENERS);
    }

    /**
     * Asks likewise for all of some families that is connected, without what else can be told of it.
     *
     * @return why that is not all; empty if it is
     */
    public static Optional<String> connections(
            Syscalls syscalls, Const protocol, int port, Set<Const> families, InetDiag.Ends ends) {
        SockDiag diag = new SockDiag(syscalls);
        for (Const family : families) {
            diag.ask(
                    family,
                    protocol,
                    port,
                    InetDiag.Wanted.CONNECTIONS,
                    payload -> diag.former = InetDiag.decodeEnd(diag.abi, payload, diag.former, ends));
        }
        return diag.problem;
    }

    private static Answer ask(Syscalls syscalls, Const protocol, int port, InetDiag.Wanted wanted) {
        SockDiag diag = new SockDiag(syscalls);
        diag.ask(protocol, port, wanted);
        diag.sockets.removeIf(socket -> port != 0 && socket.local().port() != port);
        return diag.answer();
    }

    /** Asks for every TCP and UDP socket, with all that can be told. */
    public static Answer all(Syscalls syscalls) {
        SockDiag diag = new SockDiag(syscalls);
        for (Const protocol : List.of(Const.IPPROTO_TCP, Const.IPPROTO_UDP)) {
            diag.ask(protocol, 0, InetDiag.Wanted.EVERYTHING);
        }
        return diag.answer();
    }

    /**
     * Asks for every socket of AF_UNIX and its file.
     *
     * @return none where the kernel does not tell
     */
    public static List<UnixDiag> unix(Syscalls syscalls) {
        SockDiag diag = new SockDiag(syscalls);
        List<UnixDiag> told = new ArrayList<>();
        try {
            diag.ask(
                    UnixDiag.request(diag.abi, diag.buffer.bytes()),
                    payload -> told.add(UnixDiag.decode(diag.abi, payload)));
        } catch (ErrnoException | IllegalArgumentException e) {
            return List.of();
        }
        return List.copyOf(told);
    }

    private Answer answer() {
        return new Answer(List.copyOf(sockets), problem);
    }

    private void ask(Const protocol, int port, InetDiag.Wanted wanted) {
        for (Const family : List.of(Const.AF_INET, Const.AF_INET6)) {
            ask(family, protocol, port, wanted, payload -> sockets.add(InetDiag.decode(abi, protocol, payload)));
        }
    }

    private void ask(Const family, Const protocol, int port, InetDiag.Wanted wanted, Consumer<ByteBuffer> each) {
        try {
            ask(InetDiag.request(abi, buffer.bytes(), family, protocol, port, wanted), each);
        } catch (ErrnoException e) {
            problem = problem.or(() -> Optional.of("sock_diag: " + e.getMessage()));
        } catch (IllegalArgumentException e) {
            problem = problem.or(() -> Optional.of("sock_diag answered " + e.getMessage()));
        }
    }

    private void ask(int length, Consumer<ByteBuffer> each) throws ErrnoException {
        int type = abi.number(Const.SOCK_RAW) | abi.number(Const.SOCK_CLOEXEC);
        int fd = ErrnoException.check(
                syscalls, "socket", syscalls.socket(abi.number(Const.AF_NETLINK), type, Netlink.NETLINK_SOCK_DIAG));
        try {
            int sent;
            do {
                sent = syscalls.send(fd, buffer, 0, length, 0);
            } while (interrupted(sent));
            ErrnoException.check(syscalls, "send", sent);
            boolean more;
            do {
                more = take(each, receive(fd));
            } while (more);
        } finally {
            ErrnoException.check(syscalls, "close", syscalls.close(fd));
        }
    }

    /** The kernel answers before {@code send} returns, and refills before {@code recv} does: nothing is waited for. */
    private ByteBuffer receive(int fd) throws ErrnoException {
        int count;
        do {
            count = syscalls.recv(fd, buffer, 0, buffer.size(), abi.number(Const.MSG_DONTWAIT));
        } while (interrupted(count));
        ErrnoException.check(syscalls, "recv", count);
        return buffer.bytes().slice(0, count);
    }

    private boolean interrupted(int result) {
        return result == -abi.number(Const.EINTR);
    }

    /** Takes what one call brought, and tells whether there is more. */
    private boolean take(Consumer<ByteBuffer> each, ByteBuffer datagram) throws ErrnoException {
        if (!datagram.hasRemaining()) {
            throw new IllegalArgumentException("nothing");
        }
        Netlink.Messages messages = new Netlink.Messages(abi, datagram);
        while (messages.next()) {
            switch (messages.type()) {
                case Netlink.SOCK_DIAG_BY_FAMILY -> each.accept(messages.payload());
                case Netlink.NLMSG_DONE, Netlink.NLMSG_ERROR -> {
                    if (messages.failure().isPresent()) {
                        throw new ErrnoException(
                                "answer", Errno.of(syscalls, messages.failure().getAsInt()));
                    }
                    return false;
                }
                default -> {}
            }
        }
        return true;
    }
}
