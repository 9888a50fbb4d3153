package dev.reuseport.socket;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.ClassicBpf;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Membership;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.Symbol;
import dev.reuseport.abi.UnixAddress;
import dev.reuseport.option.Raw;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockFprog;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.NetworkInterface;
import java.util.Optional;

/**
 * A socket descriptor and the calls on it, one method per call and in the words of C.
 *
 * <p>Descriptors are close-on-exec from their first moment where the system can do that (SOCK_CLOEXEC), else right after
 * (macOS: {@code fcntl}). Not for several threads at once: one buffer serves all option and address calls.
 */
public final class NativeSocket implements OptionSocket {
    private static final int MOST_HOPS = 255;
    private static final int ANY_HOPS = 0;

    private final Syscalls syscalls;
    private final Abi abi;
    private final int fd;
    private final boolean owned;
    private final NativeBuffer scratch;
    private final NativeBuffer length;
    private final int wouldBlock;
    private final int interrupted;
    private final int aborted;
    private boolean limited;
    private boolean closed;

    private NativeSocket(Syscalls syscalls, int fd, boolean owned) {
        this(syscalls, new Scratch(syscalls), fd, owned);
    }

    private NativeSocket(Syscalls syscalls, Scratch shared, int fd, boolean owned) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.fd = fd;
        this.owned = owned;
        this.scratch = shared.value();
        this.length = shared.length();
        this.wouldBlock = -abi.number(Const.EAGAIN);
        this.interrupted = -abi.number(Const.EINTR);
        this.aborted = -abi.number(Const.ECONNABORTED);
    }

    private NativeSocket(NativeSocket listener, int fd) {
        this.syscalls = listener.syscalls;
        this.abi = listener.abi;
        this.fd = fd;
        this.owned = true;
        this.scratch = listener.scratch;
        this.length = listener.length;
        this.wouldBlock = listener.wouldBlock;
        this.interrupted = listener.interrupted;
        this.aborted = listener.aborted;
    }

    /**
     * {@code socket(2)}.
     *
     * @param family AF_INET, AF_INET6 or AF_UNIX
     * @param type SOCK_STREAM or SOCK_DGRAM
     */
    public static NativeSocket open(Syscalls syscalls, Const family, Const type) throws ErrnoException {
        Abi abi = syscalls.abi();
        int flags = abi.defines(Const.SOCK_CLOEXEC) ? abi.number(Const.SOCK_CLOEXEC) : 0;
        int fd = ErrnoException.check(
                syscalls, "socket", syscalls.socket(abi.number(family), abi.number(type) | flags, 0));
        NativeSocket socket = new NativeSocket(syscalls, fd, true);
        if (flags == 0) {
            socket.closeOnExec();
        }
        return socket;
    }

    /** Takes over a descriptor that nobody else will close. */
    public static NativeSocket own(Syscalls syscalls, int fd) {
        return new NativeSocket(syscalls, fd, true);
    }

    /** Takes over a descriptor that nobody else will close, and shares its buffers with others of the same thread. */
    public static NativeSocket own(Syscalls syscalls, Scratch shared, int fd) {
        return new NativeSocket(syscalls, shared, fd, true);
    }

    /** Looks at a descriptor that stays another's to close. */
    public static NativeSocket borrow(Syscalls syscalls, int fd) {
        return new NativeSocket(syscalls, fd, false);
    }

    /** Returns the descriptor. */
    public int fd() {
        return fd;
    }

    /** Returns the numbers and layouts that this socket's calls take. */
    public Abi abi() {
        return abi;
    }

    @Override
    public <T> void set(SockOpt<T> option, T value) throws IOException {
        set(new Setting<>(option, value));
    }

    @Override
    public <T> void set(Setting<T> setting) throws IOException {
        SockOpt<T> option = setting.option();
        if (!option.definedOn(abi)) {
            throw new NotDefinedException(option, abi);
        }
        int result = trySet(setting);
        if (result < 0) {
            Errno errno = Errno.of(syscalls, result);
            throw new ErrnoException(
                    "setsockopt " + option,
                    errno,
                    tooOldFor(option, errno)
                            .map(since -> ": since Linux " + since + ", and this is "
                                    + syscalls.release().orElseThrow())
                            .orElse(""));
        }
    }

    /**
     * Returns the release that began to have an option, if that is why this older kernel refused it: it says the same of an
     * option that is for another protocol, and then of each at that level.
     */
    private Optional<LinuxRelease> tooOldFor(SockOpt<?> option, Errno errno) {
        if (!errno.is(Const.ENOPROTOOPT)) {
            return Optional.empty();
        }
        return syscalls.release().flatMap(option::sinceAfter).filter(since -> has(option.level()));
    }

    private boolean has(Symbol level) {
        if (level == Const.IPPROTO_IPV6) {
            return reads(SockOpts.IPV6_V6ONLY);
        }
        if (level == Const.IPPROTO_TCP) {
            return reads(SockOpts.TCP_NODELAY);
        }
        return level != Const.IPPROTO_UDP || reads(SockOpts.UDP_CORK);
    }

    private boolean reads(SockOpt<?> option) {
        return read(abi.number(option.level()), abi.number(option.option()), Integer.BYTES) >= 0;
    }

    /** Returns {@code -errno} if the kernel refuses: for whoever has another way then, and no time to name the reason. */
    private <T> int trySet(SockOpt<T> option, T value) {
        return trySet(new Setting<>(option, value));
    }

    private int trySet(Setting<?> setting) {
        SockOpt<?> option = setting.option();
        int optlen = setting.encode(abi, scratch.bytes());
        int result = syscalls.setsockopt(fd, abi.number(option.level()), abi.number(option.option()), scratch, optlen);
        // Who borrowed the descriptor for this call alone has forgotten the socket, and its buffer, by now.
        Reference.reachabilityFence(this);
        return result;
    }

    @Override
    public <T> Probe<T> get(SockOpt<T> option) {
        if (!option.definedOn(abi)) {
            return new Probe.NotDefined<>(abi.platform().id());
        }
        if (!option.access().readable()) {
            return new Probe.NotAsked<>("can only be set");
        }
        int result = read(
                abi.number(option.level()),
                abi.number(option.option()),
                option.codec().size(abi));
        if (result < 0) {
            Errno errno = Errno.of(syscalls, result);
            return new Probe.Refused<>(errno, tooOldFor(option, errno));
        }
        Raw raw = Raw.of(scratch.copy(result));
        return option.codec()
                .decode(abi, scratch.bytes(), result)
                .<Probe<T>>map(value -> new Probe.Value<>(value, Optional.of(raw)))
                .orElseGet(() -> new Probe.Undecodable<>(raw));
    }

    /**
     * {@code getsockopt(2)} of an option that the table does not have, by its numbers.
     *
     * @param capacity how many bytes to offer, at most 512
     */
    public Probe<Raw> getRaw(int level, int name, int capacity) {
        int result = read(level, name, capacity);
        if (result < 0) {
            return new Probe.Refused<>(Errno.of(syscalls, result));
        }
        Raw raw = Raw.of(scratch.copy(result));
        return new Probe.Value<>(raw, Optional.of(raw));
    }

    /** Returns how many bytes of the scratch buffer the kernel filled, or {@code -errno}. */
    private int read(int level, int name, int capacity) {
        length.bytes().putInt(0, capacity);
        int result = syscalls.getsockopt(fd, level, name, scratch, length);
        return result < 0 ? result : length.bytes().getInt(0);
    }

    /**
     * Attaches a program to this socket, or to its group.
     *
     * @param option SO_ATTACH_FILTER or SO_ATTACH_REUSEPORT_CBPF
     * @throws NotPossibleException if this kernel, or the emulator before it, does not know the option
     */
    public void attach(SockOpt<SockFprog> option, ClassicBpf program) throws IOException {
        int result = tryAttach(option, program);
        if (result == -abi.number(Const.ENOPROTOOPT)) {
            throw new NotPossibleException(
                    "setsockopt " + option + ": ENOPROTOOPT: Linux has it since " + option.linux() + ", and not here");
        }
        ErrnoException.check(syscalls, "setsockopt " + option, result);
    }

    private int tryAttach(SockOpt<SockFprog> option, ClassicBpf program) {
        NativeBuffer memory = syscalls.allocate(program.size());
        program.encode(memory.bytes());
        int result = trySet(option, new SockFprog(program.instructions().size(), memory.address()));
        Reference.reachabilityFence(memory);
        return result;
    }

    /**
     * Drops what would begin a connection here: their clients send it again a second later. Handshakes that are underway
     * can end. Linux alone lets a listener do either of two things.
     *
     * <p>A program sees its packets (SO_ATTACH_FILTER). Since the commit "tcp: restrict SO_ATTACH_FILTER to priv users"
     * (2026, in stable kernels too; seen in 6.18.44) that takes CAP_NET_ADMIN over the network namespace: EPERM without
     * it, on a TCP socket and on no other.
     *
     * <p>Without a privilege a listener may refuse what comes with fewer hops left than there can be (IP_MINTTL, Linux
     * 2.6.34; IPV6_MINHOPCOUNT, 2.6.35; RFC 5082 has them for routers): systems begin with 64 or 128 unless they are told
     * to. Linux holds a SYN against the listener's limit, and not the ACK that ends a handshake. The connection inherits
     * the limit, {@link #accept} takes it away, and what the client sent in between it sends again.
     *
     * @return whether it does
     */
    public boolean dropSyn() throws IOException {
        if (!abi.platform().linux()) {
            return false;
        }
        if (tryAttach(SockOpts.SO_ATTACH_FILTER, ClassicBpf.dropSyn()) >= 0) {
            return true;
        }
        limited = !sendsMostHops(SockOpts.IP_TTL) && !sendsMostHops(SockOpts.IPV6_UNICAST_HOPS) && limitHops(MOST_HOPS);
        return limited;
    }

    /** Whoever connects from this host may send as many hops as this socket would. */
    private boolean sendsMostHops(SockOpt<Integer> option) {
        return get(option).toOptional().filter(hops -> hops >= MOST_HOPS).isPresent();
    }

    /** Refuses packets with fewer hops left, those of IPv4 that a socket of IPv6 may get included. */
    private boolean limitHops(int least) throws ErrnoException {
        return trySet(SockOpts.IP_MINTTL, least) >= 0
                && (localAddress().family() == Const.AF_INET || trySet(SockOpts.IPV6_MINHOPCOUNT, least) >= 0);
    }

    /** {@code bind(2)}. */
    public void bind(Sockaddr address) throws ErrnoException {
        int addrlen = address.encode(abi, scratch.bytes());
        ErrnoException.check(syscalls, "bind", syscalls.bind(fd, scratch, addrlen));
    }

    /**
     * {@code setsockopt(2)} of IP_ADD_MEMBERSHIP or IPV6_JOIN_GROUP: joins a multicast group on one interface, which IPv4
     * knows by an address ({@code struct ip_mreq}) and IPv6 by a number ({@code struct ipv6_mreq}); see {@code ip(7)} and
     * {@code ipv6(7)}.
     */
    void join(Sockaddr group, NetworkInterface on) throws ErrnoException {
        Membership membership = Membership.of(group, on);
        int optlen = membership.encode(scratch.bytes());
        ErrnoException.check(
                syscalls,
                "setsockopt " + membership.option(),
                syscalls.setsockopt(
                        fd, abi.number(membership.level()), abi.number(membership.option()), scratch, optlen));
    }

    /** {@code listen(2)}. */
    public void listen(int backlog) throws ErrnoException {
        ErrnoException.check(syscalls, "listen", syscalls.listen(fd, backlog));
    }

    /** {@code connect(2)}. */
    public void connect(Sockaddr address) throws ErrnoException {
        int addrlen = address.encode(abi, scratch.bytes());
        ErrnoException.check(syscalls, "connect", syscalls.connect(fd, scratch, addrlen));
    }

    /** {@code connect(2)} of an AF_UNIX socket. */
    public void connect(UnixAddress address) throws IOException {
        int addrlen = address.encode(abi, scratch.bytes());
        ErrnoException.check(syscalls, "connect", syscalls.connect(fd, scratch, addrlen));
    }

    /**
     * {@code connect(2)} on a socket that does not block.
     *
     * @return whether it is connected; else that is underway, and the socket is writable once it has ended
     */
    public boolean connectNow(Sockaddr address) throws ErrnoException {
        int addrlen = address.encode(abi, scratch.bytes());
        int result = syscalls.connect(fd, scratch, addrlen);
        if (result == -abi.number(Const.EINPROGRESS) || result == interrupted) {
            return false;
        }
        ErrnoException.check(syscalls, "connect", result);
        return true;
    }

    /**
     * {@code accept4(2)}, or {@code accept(2)} where there is none. The new socket blocks, and shares this one's buffers.
     *
     * @return empty if this socket does not block and nothing is queued
     */
    public Optional<NativeSocket> accept() throws ErrnoException {
        int accepted;
        do {
            accepted = abi.defines(Const.SOCK_CLOEXEC)
                    ? syscalls.accept4(fd, abi.number(Const.SOCK_CLOEXEC))
                    : syscalls.accept(fd);
        } while (accepted == interrupted || accepted == aborted);
        if (accepted == wouldBlock) {
            return Optional.empty();
        }
        NativeSocket socket = new NativeSocket(this, ErrnoException.check(syscalls, "accept", accepted));
        if (!abi.defines(Const.SOCK_CLOEXEC)) {
            socket.closeOnExec();
            // Accepted sockets inherit O_NONBLOCK on macOS and the BSDs, not on Linux.
            socket.blocking(true);
        }
        if (limited && !socket.limitHops(ANY_HOPS)) {
            throw new IllegalStateException("a limit that could be set can be taken back");
        }
        return Optional.of(socket);
    }

    /** {@code getsockname(2)}. */
    public Sockaddr localAddress() throws ErrnoException {
        length.bytes().putInt(0, Sockaddr.MAX_SIZE);
        ErrnoException.check(syscalls, "getsockname", syscalls.getsockname(fd, scratch, length));
        return Sockaddr.decode(abi, scratch.bytes(), length.bytes().getInt(0));
    }

    /** {@code getpeername(2)}. */
    public Sockaddr peerAddress() throws ErrnoException {
        length.bytes().putInt(0, Sockaddr.MAX_SIZE);
        ErrnoException.check(syscalls, "getpeername", syscalls.getpeername(fd, scratch, length));
        return Sockaddr.decode(abi, scratch.bytes(), length.bytes().getInt(0));
    }

    /** {@code shutdown(2)} with SHUT_WR: the peer reads the end of the stream. */
    public void shutdownOutput() throws ErrnoException {
        ErrnoException.check(syscalls, "shutdown", syscalls.shutdown(fd, abi.number(Const.SHUT_WR)));
    }

    /** {@code fcntl(2)} with F_GETFL: tells whether calls wait. */
    public boolean blocking() throws ErrnoException {
        return (flags() & abi.number(Const.O_NONBLOCK)) == 0;
    }

    private int flags() throws ErrnoException {
        return ErrnoException.check(syscalls, "fcntl", syscalls.fcntl(fd, abi.number(Const.F_GETFL), 0));
    }

    /**
     * {@code fcntl(2)} with F_SETFL: whether calls wait, on this descriptor and on all others of the same open file, those
     * of other processes too.
     */
    public void blocking(boolean wait) throws ErrnoException {
        int flags = flags();
        int nonblock = abi.number(Const.O_NONBLOCK);
        int wanted = wait ? flags & ~nonblock : flags | nonblock;
        ErrnoException.check(syscalls, "fcntl", syscalls.fcntl(fd, abi.number(Const.F_SETFL), wanted));
    }

    /**
     * {@code recv(2)} without waiting.
     *
     * @return how many bytes came, 0 at the end of the stream, or -1 if there are none yet
     */
    public int receiveNow(NativeBuffer into, int limit) throws ErrnoException {
        int result;
        do {
            result = syscalls.recv(fd, into, 0, limit, abi.number(Const.MSG_DONTWAIT));
        } while (result == interrupted);
        return result == wouldBlock ? -1 : ErrnoException.check(syscalls, "recv", result);
    }

    /**
     * {@code recvmsg(2)} without waiting.
     *
     * @param into what {@link dev.reuseport.abi.Datagram#prepare} wrote
     * @return how many bytes came, or -1 if there is no message
     */
    int receiveMessage(NativeBuffer into) throws ErrnoException {
        int result;
        do {
            result = syscalls.recvmsg(fd, into, abi.number(Const.MSG_DONTWAIT));
        } while (result == interrupted);
        return result == wouldBlock ? -1 : ErrnoException.check(syscalls, "recvmsg", result);
    }

    /**
     * {@code sendmsg(2)} without waiting.
     *
     * @param from what {@link dev.reuseport.abi.Datagram#encode} wrote
     * @return false if there is no room for it
     */
    boolean sendMessage(NativeBuffer from) throws ErrnoException {
        int result;
        do {
            result = syscalls.sendmsg(fd, from, abi.number(Const.MSG_DONTWAIT));
        } while (result == interrupted);
        if (result == wouldBlock) {
            return false;
        }
        ErrnoException.check(syscalls, "sendmsg", result);
        return true;
    }

    /** {@code recv(2)} with MSG_PEEK: tells whether the peer has ended its side, and nothing that it sent is unread. */
    public boolean peerEnded() throws ErrnoException {
        int flags = abi.number(Const.MSG_PEEK) | abi.number(Const.MSG_DONTWAIT);
        int result;
        do {
            result = syscalls.recv(fd, scratch, 0, 1, flags);
        } while (result == interrupted);
        return result != wouldBlock && ErrnoException.check(syscalls, "recv", result) == 0;
    }

    /**
     * {@code send(2)} without waiting, and without SIGPIPE where MSG_NOSIGNAL can be said.
     *
     * @return how many bytes were taken, or -1 if there is no room yet
     */
    public int sendNow(NativeBuffer from, int offset, int length) throws ErrnoException {
        return sendNow(from, offset, length, false);
    }

    /**
     * The same, which may have MSG_MORE.
     *
     * @param more what does not fill a packet waits for what comes next, be it the end of the stream
     */
    public int sendNow(NativeBuffer from, int offset, int length, boolean more) throws ErrnoException {
        int flags = abi.number(Const.MSG_DONTWAIT)
                | (abi.defines(Const.MSG_NOSIGNAL) ? abi.number(Const.MSG_NOSIGNAL) : 0)
                | (more ? abi.number(Const.MSG_MORE) : 0);
        int result;
        do {
            result = syscalls.send(fd, from, offset, length, flags);
        } while (result == interrupted);
        return result == wouldBlock ? -1 : ErrnoException.check(syscalls, "send", result);
    }

    /** {@code fcntl(2)} with F_SETFD: programs that this process becomes or starts do not have the descriptor. */
    public void closeOnExec() throws ErrnoException {
        int result = syscalls.fcntl(fd, abi.number(Const.F_SETFD), abi.number(Const.FD_CLOEXEC));
        if (result < 0) {
            syscalls.close(fd);
            throw new ErrnoException("fcntl", Errno.of(syscalls, result));
        }
    }

    /** {@code close(2)}, once: the descriptor is gone even if the call reports an error. */
    @Override
    public void close() throws IOException {
        if (closed || !owned) {
            return;
        }
        closed = true;
        ErrnoException.check(syscalls, "close", syscalls.close(fd));
    }
}
