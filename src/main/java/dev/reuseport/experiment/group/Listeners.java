package dev.reuseport.experiment.group;

import dev.reuseport.abi.ClassicBpf;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.NativeTcpListener;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * Opens listeners of a group, and looks at them.
 *
 * @param syscalls shared by all native ones, and by the clients: loading libc costs more than opening a hundred listeners
 * @param proc where the settings of the kernel stand
 * @param mode by which way they are opened
 * @param loadBalanced whether SO_REUSEPORT_LB is set instead of SO_REUSEPORT (FreeBSD)
 */
public record Listeners(Syscalls syscalls, Proc proc, Mode mode, boolean loadBalanced) {
    /** 1 if the queue of a member that closes goes to the others (Linux 5.14). */
    public static final String MIGRATE_REQ = "net.ipv4.tcp_migrate_req";

    private static final LinuxRelease MIGRATES = LinuxRelease.parse("5.14").orElseThrow();

    /**
     * Loads what the mode takes.
     *
     * @throws dev.reuseport.sys.NotPossibleException if this Java does not have the mode
     */
    public static Listeners of(Mode mode, boolean loadBalanced) throws IOException {
        return new Listeners(mode.binding().load(), Proc.ofHost(), mode, loadBalanced);
    }

    /** Opens one more that listens on {@code address}. */
    public TcpListener open(Sockaddr address, int backlog) throws IOException {
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
    public OptionalInt queued(TcpListener listener) throws IOException {
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
    public boolean mayDropSyn(Sockaddr address) throws IOException {
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
    OptionalInt somaxconn() {
        return proc.sysctl("net.core.somaxconn").number();
    }

    /** Returns {@link #MIGRATE_REQ}; empty where there is none, or it does nothing: 5.10.188 has it without 5.14's function. */
    public OptionalInt migrateReq() {
        return proc.release().filter(here -> here.atLeast(MIGRATES)).isPresent()
                ? proc.sysctl(MIGRATE_REQ).number()
                : OptionalInt.empty();
    }
}
