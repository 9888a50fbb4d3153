package dev.reuseport.inspect;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.Named;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.proc.UnixTable;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sockets of another process, by way of pidfd_getfd(2) (Linux 5.6): each is read through a duplicate of its descriptor
 * that is closed at once. Until then the socket lives on even if the process closes it.
 *
 * <p>Where that call is missing or not permitted, what the kernel tells everybody is known still. The process is held by a
 * pidfd (Linux 5.3), or known by when it began, so that its number, taken again by another, is not mistaken for it. Nothing
 * here changes a socket. Not for several threads at once.
 */
public final class ProcessSockets implements Closeable {
    private final Syscalls syscalls;
    private final Proc proc;
    private final Abi abi;
    private final Scratch scratch;
    private final RunningProcess process;
    private final OptionalInt pidfd;
    private final OptionalLong began;
    private final Optional<PollFds> exit;
    private Optional<ToldSockets> told = Optional.empty();

    private ProcessSockets(Syscalls syscalls, Proc proc, Scratch scratch, RunningProcess process, OptionalInt pidfd) {
        this.syscalls = syscalls;
        this.proc = proc;
        this.abi = syscalls.abi();
        this.scratch = scratch;
        this.process = process;
        this.pidfd = pidfd;
        this.began = pidfd.isPresent() ? OptionalLong.empty() : proc.began(process.pid());
        this.exit = pidfd.isPresent()
                ? Optional.of(new PollFds(syscalls, 1).add(pidfd.getAsInt(), Const.POLLIN))
                : Optional.empty();
    }

    /**
     * {@code pidfd_open(2)}, where there is such a call.
     *
     * @param scratch buffers that may be shared with other sockets of this thread
     * @throws NotPossibleException if this is not Linux
     */
    public static ProcessSockets open(Syscalls syscalls, Proc proc, Scratch scratch, int pid) throws IOException {
        Abi abi = syscalls.abi();
        if (!abi.platform().linux()) {
            throw new NotPossibleException("sockets of other processes can be read on Linux 5.6 or newer only, not on "
                    + abi.platform().id());
        }
        int pidfd = syscalls.pidfd_open(pid, 0);
        if (pidfd >= 0) {
            return new ProcessSockets(syscalls, proc, scratch, proc.process(pid), OptionalInt.of(pidfd));
        }
        Errno errno = Errno.of(syscalls, pidfd);
        if (errno.is(Const.ESRCH)) {
            throw new IOException("pid " + pid + ": ESRCH: there is no such process");
        }
        if (errno.is(Const.EINVAL) || errno.is(Const.ENOENT)) {
            throw new IOException("pid " + pid + ": " + errno.name() + ": that is no process, but a thread of one or no"
                    + " number for either");
        }
        if (!errno.is(Const.ENOSYS) && !errno.is(Const.EPERM)) {
            throw new ErrnoException("pidfd_open of pid " + pid, errno);
        }
        ProcessSockets process = new ProcessSockets(syscalls, proc, scratch, proc.process(pid), OptionalInt.empty());
        if (process.began.isEmpty()) {
            throw absent(proc, pid);
        }
        return process;
    }

    private static IOException absent(Proc proc, int pid) {
        return proc.hidepid()
                .reasonFor(proc.ownStatus())
                .<IOException>map(
                        why -> new NotPossibleException("pid " + pid + ": it is not there, or hidden: " + why))
                .orElseGet(() -> new IOException("pid " + pid + ": ESRCH: there is no such process"));
    }

    /**
     * All TCP and UDP sockets of a process, MPTCP's among them.
     *
     * @param sockets what was read
     * @param lost for each descriptor that could not be read, because it was closed or replaced since it was listed, why
     * @param untold how many sockets may not be read and are none of which the kernel tells everybody: they are of another
     *     kind, of another network namespace, or have no port
     * @param names those of AF_UNIX that are bound to a name
     */
    public record Inventory(List<ForeignSocket> sockets, List<String> lost, int untold, List<Name> names) {}

    /**
     * A socket of AF_UNIX, as the kernel lists it for everybody.
     *
     * @param fd its number in the process
     * @param socket its name, type and state
     */
    public record Name(int fd, UnixTable.Entry socket) {}

    /**
     * Reads every TCP and UDP socket, or asks the kernel what it tells everybody of it.
     *
     * @param options which of their options
     * @throws NotPossibleException if this process may neither
     * @throws IOException if the process has exited
     */
    public Inventory readAll(List<SockOpt<?>> options) throws IOException {
        List<ForeignSocket> sockets = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        int untold = 0;
        List<Name> names = new ArrayList<>();
        Map<Long, UnixTable.Entry> named = UnixTable.read(proc, abi, process.pid()).stream()
                .collect(Collectors.toMap(UnixTable.Entry::inode, Function.identity(), (one, other) -> one));
        for (Proc.Link link : links()) {
            try {
                Optional<ForeignSocket> socket = readOrAsk(link, options);
                socket.ifPresent(sockets::add);
                if (socket.isEmpty() && named.containsKey(link.inode())) {
                    names.add(new Name(link.fd(), named.get(link.inode())));
                }
            } catch (NotPossibleException e) {
                if (told.flatMap(ToldSockets::problem).isPresent()) {
                    throw e;
                }
                if (named.containsKey(link.inode())) {
                    names.add(new Name(link.fd(), named.get(link.inode())));
                } else {
                    untold++;
                }
            } catch (IOException e) {
                requireAlive();
                lost.add(e.getMessage());
            }
        }
        requireAlive();
        return new Inventory(List.copyOf(sockets), List.copyOf(lost), untold, List.copyOf(names));
    }

    /**
     * Reads a socket, or asks the kernel what it tells everybody of it.
     *
     * @param options which of its options
     * @return empty if it is neither TCP (MPTCP) nor UDP over IPv4 or IPv6
     * @throws NotPossibleException if this process may not read it, and the kernel does not tell of it
     * @throws IOException as {@link #read}
     */
    public Optional<ForeignSocket> readOrAsk(Proc.Link link, List<SockOpt<?>> options) throws IOException {
        try {
            return read(link, options);
        } catch (NotPossibleException e) {
            ToldSockets all = told.orElseGet(() -> ToldSockets.read(syscalls, proc));
            told = Optional.of(all);
            Optional<ForeignSocket> socket = all.socket(link, options, e.getMessage());
            if (socket.isEmpty()) {
                throw new NotPossibleException(
                        e.getMessage() + "; nor does the kernel tell of it: "
                                + all.problem()
                                        .orElse(
                                                "another kind of socket, of another network namespace, or without a port"),
                        e);
            }
            return socket;
        }
    }

    /** Returns whose sockets these are. */
    public RunningProcess process() {
        return process;
    }

    /**
     * Lists the descriptors that are sockets, of whatever kind, in their order.
     *
     * @throws NotPossibleException if this process may not
     */
    public List<Proc.Link> links() throws IOException {
        List<Proc.Link> links;
        try {
            links = proc.links(process.pid());
        } catch (IOException e) {
            throw unlisted(e);
        }
        requireAlive();
        return links;
    }

    /**
     * Returns one descriptor of the process, which must be a socket.
     *
     * @throws NotPossibleException if this process may not
     */
    public Proc.Link link(int fd) throws IOException {
        String target;
        try {
            target = proc.target(process.pid(), fd);
        } catch (IOException e) {
            throw unlisted(e);
        }
        requireAlive();
        if (target.isEmpty()) {
            if (!proc.showsDescriptors(process.pid())) {
                throw unlisted(new NoSuchFileException("/proc/" + process.pid() + "/fd"));
            }
            throw new IOException(process + ": fd " + fd + ": EBADF: it has no such descriptor");
        }
        long inode = Proc.inode(target);
        if (inode < 0) {
            throw new IOException(process + ": fd " + fd + ": ENOTSOCK: it is " + new Printable(target));
        }
        return new Proc.Link(fd, inode);
    }

    /**
     * Reads a socket.
     *
     * @param options which of its options
     * @return empty if it is neither TCP (MPTCP) nor UDP over IPv4 or IPv6
     * @throws NotPossibleException if this process may not
     * @throws IOException if the process has exited, or closed the descriptor, or has another file there by now
     */
    public Optional<ForeignSocket> read(Proc.Link link, List<SockOpt<?>> options) throws IOException {
        try (NativeSocket socket = duplicate(link)) {
            Optional<Const> family = family(socket);
            Optional<Const> protocol = protocol(socket);
            if (family.isEmpty() || protocol.isEmpty()) {
                return Optional.empty();
            }
            int uid = proc.ownUid(socket.fd());
            return Optional.of(describe(link, socket, uid, family.get(), protocol.get(), options));
        }
    }

    /**
     * Reads options alone, of a socket of which the rest is known.
     *
     * @throws NotPossibleException if this process may not
     * @throws IOException as {@link #read}
     */
    List<Reading> readings(Proc.Link link, List<SockOpt<?>> options) throws IOException {
        try (NativeSocket socket = duplicate(link)) {
            return options.stream()
                    .map(option -> ForeignSocket.read(socket, option))
                    .toList();
        }
    }

    private NativeSocket duplicate(Proc.Link link) throws IOException {
        if (pidfd.isEmpty()) {
            throw noSuchCall(link, "there is no pidfd_open");
        }
        int duplicate = syscalls.pidfd_getfd(pidfd.getAsInt(), link.fd(), 0);
        if (duplicate < 0) {
            throw refused(link, Errno.of(syscalls, duplicate));
        }
        NativeSocket socket = NativeSocket.own(syscalls, scratch, duplicate);
        if (proc.ownInode(duplicate) != link.inode()) {
            socket.close();
            throw new IOException(process + ": fd " + link.fd() + ": EBADF: it was closed, and is another file now");
        }
        return socket;
    }

    private ForeignSocket describe(
            Proc.Link link, NativeSocket socket, int uid, Const family, Const protocol, List<SockOpt<?>> options)
            throws IOException {
        Const type = protocol == Const.IPPROTO_UDP ? Const.SOCK_DGRAM : Const.SOCK_STREAM;
        Optional<TcpInfo> info =
                type == Const.SOCK_STREAM ? socket.get(SockOpts.TCP_INFO).toOptional() : Optional.empty();
        Optional<SocketState> told =
                info.flatMap(fields -> SocketState.of(abi, fields.fields().getOrDefault("state", 0L)));
        Optional<Sockaddr> peer = told.isEmpty() || told.get().hasPeer() ? peer(socket) : Optional.empty();
        SocketState state = told.orElse(peer.isPresent() ? SocketState.ESTABLISHED : SocketState.CLOSE);
        Optional<AcceptQueue> queue = state == SocketState.LISTEN ? info.flatMap(AcceptQueue::of) : Optional.empty();
        List<Reading> readings = options.stream()
                .map(option -> ForeignSocket.read(socket, option))
                .toList();
        return new ForeignSocket(
                link.fd(),
                link.inode(),
                uid,
                family,
                type,
                protocol,
                socket.localAddress(),
                peer,
                state,
                queue,
                readings,
                Optional.empty());
    }

    private Optional<Sockaddr> peer(NativeSocket socket) throws ErrnoException {
        try {
            return Optional.of(socket.peerAddress());
        } catch (ErrnoException e) {
            if (e.errno().is(Const.ENOTCONN)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Optional<Const> family(NativeSocket socket) {
        int number =
                socket.get(SockOpts.SO_DOMAIN).toOptional().map(Named::number).orElse(-1);
        return number == abi.number(Const.AF_INET)
                ? Optional.of(Const.AF_INET)
                : number == abi.number(Const.AF_INET6) ? Optional.of(Const.AF_INET6) : Optional.empty();
    }

    /** Raw sockets, ICMP's and those of SCTP are not looked at. */
    private Optional<Const> protocol(NativeSocket socket) {
        int protocol =
                socket.get(SockOpts.SO_PROTOCOL).toOptional().map(Named::number).orElse(-1);
        int type = socket.get(SockOpts.SO_TYPE).toOptional().map(Named::number).orElse(-1);
        if (type == abi.number(Const.SOCK_STREAM)) {
            return Stream.of(Const.IPPROTO_TCP, Const.IPPROTO_MPTCP)
                    .filter(known -> protocol == abi.number(known))
                    .findFirst();
        }
        return protocol == abi.number(Const.IPPROTO_UDP) && type == abi.number(Const.SOCK_DGRAM)
                ? Optional.of(Const.IPPROTO_UDP)
                : Optional.empty();
    }

    private IOException refused(Proc.Link link, Errno errno) {
        String where = process + ": fd " + link.fd() + ": " + errno.name() + ": ";
        if (errno.is(Const.EBADF)) {
            return new IOException(where + "it was closed in the meantime");
        }
        if (errno.is(Const.ESRCH)) {
            return new IOException(where + "the process has exited in the meantime");
        }
        if (errno.is(Const.EPERM)) {
            return new NotPossibleException(
                    where + "not permitted; " + Privilege.advice(proc, syscalls.geteuid(), process.uid()));
        }
        if (errno.is(Const.ENOSYS)) {
            return noSuchCall(link, "there is no pidfd_getfd");
        }
        return new ErrnoException("pidfd_getfd of " + process + ", fd " + link.fd(), errno);
    }

    private NotPossibleException noSuchCall(Proc.Link link, String what) {
        return new NotPossibleException(
                process + ": fd " + link.fd() + ": " + what + ": it needs Linux 5.6 or newer, and"
                        + " a sandbox or container whose seccomp filter lets the call through");
    }

    /** Says why the descriptors cannot be seen of a process that the pidfd has. */
    private IOException unlisted(IOException failure) throws IOException {
        requireAlive();
        if (failure instanceof AccessDeniedException) {
            return new NotPossibleException(
                    process + ": EACCES: not permitted to see its descriptors; "
                            + Privilege.advice(proc, syscalls.geteuid(), process.uid()),
                    failure);
        }
        Optional<String> hidden = proc.hidepid().reason();
        if (hidden.isPresent()) {
            return new NotPossibleException(process + ": it is hidden: " + hidden.get(), failure);
        }
        return failure instanceof NoSuchFileException
                ? new NotPossibleException(
                        process + ": it lives, and /proc does not show it: is that of another pid namespace?", failure)
                : failure;
    }

    /** A process that has exited but was not waited for still has a directory, and no descriptor in it. */
    private void requireAlive() throws IOException {
        boolean gone = exit.isPresent()
                ? exit.get().poll(0) > 0
                : !proc.began(process.pid()).equals(began);
        if (gone) {
            throw new IOException(process + ": ESRCH: the process has exited");
        }
    }

    /** {@code close(2)} of the pidfd. */
    @Override
    public void close() throws IOException {
        if (pidfd.isPresent()) {
            ErrnoException.check(syscalls, "close", syscalls.close(pidfd.getAsInt()));
        }
    }
}
