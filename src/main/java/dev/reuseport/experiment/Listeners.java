package dev.reuseport.experiment;

import dev.reuseport.abi.ClassicBpf;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.proc.ProcFile;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Opens listeners of a group, and looks at them.
 *
 * @param syscalls shared by all native ones, and by the clients: loading libc costs more than opening a hundred listeners
 * @param mode by which way they are opened
 * @param loadBalanced whether SO_REUSEPORT_LB is set instead of SO_REUSEPORT (FreeBSD)
 */
record Listeners(Syscalls syscalls, Mode mode, boolean loadBalanced) {
    private static final ProcFile SOMAXCONN = new ProcFile(Path.of("/proc/sys/net/core/somaxconn"));
    private static final ProcFile MIGRATE_REQ = new ProcFile(Path.of("/proc/sys/net/ipv4/tcp_migrate_req"));

    /**
     * Loads what the mode takes.
     *
     * @throws dev.reuseport.sys.NotPossibleException if this Java does not have the mode
     */
    static Listeners of(Mode mode, boolean loadBalanced) throws IOException {
        return new Listeners(mode.binding().load(), mode, loadBalanced);
    }

    /** Opens one more that listens on {@code address}. */
    TcpListener open(Sockaddr address, int backlog) throws IOException {
        TcpListener listener = mode == Mode.JDK
                ? NioTcpListener.open(address.family())
                : NativeTcpListener.open(syscalls, address.family());
        try {
            listener.set(loadBalanced ? SockOpts.SO_REUSEPORT_LB : SockOpts.SO_REUSEPORT, true);
            listener.listen(address, backlog);
            return listener;
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /** Returns how many connections wait on a listener; empty where the system does not tell (Linux does, in TCP_INFO). */
    OptionalInt queued(TcpListener listener) throws IOException {
        if (!syscalls.abi().platform().linux()) {
            return OptionalInt.empty();
        }
        NativeSocket socket = NativeSocket.borrow(syscalls, descriptor(listener));
        return socket.get(SockOpts.TCP_INFO)
                .toOptional()
                .map(TcpInfo::fields)
                .map(fields -> OptionalInt.of(fields.get("unacked").intValue()))
                .orElse(OptionalInt.empty());
    }

    /** Lets a program choose the member from now on. Any member will do, and from any thread. */
    void steer(TcpListener member, ClassicBpf program) throws IOException {
        NativeSocket.borrow(syscalls, descriptor(member)).attach(SockOpts.SO_ATTACH_REUSEPORT_CBPF, program);
    }

    /** Lets the hash choose again. */
    void steerNoMore(TcpListener member) throws IOException {
        NativeSocket.borrow(syscalls, descriptor(member)).set(SockOpts.SO_DETACH_REUSEPORT_BPF, 0);
    }

    /** Tells whether a member may drop the SYNs that come to it, by trying it on a socket of its own. */
    boolean mayDropSyn(Sockaddr address) throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, address.family(), Const.SOCK_STREAM)) {
            return socket.dropSyn();
        }
    }

    private static int descriptor(TcpListener listener) throws IOException {
        return listener instanceof NativeTcpListener ours
                ? ours.socket().fd()
                : ((NioTcpListener) listener).descriptor();
    }

    /** Returns net.core.somaxconn, beyond which no backlog reaches; empty off Linux. */
    static OptionalInt somaxconn() {
        return SOMAXCONN.number();
    }

    /** Returns net.ipv4.tcp_migrate_req: 1 if the queue of a member that closes goes to the others (Linux 5.14). */
    static OptionalInt migrateReq() {
        return MIGRATE_REQ.number();
    }
}
