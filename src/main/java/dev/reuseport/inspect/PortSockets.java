package dev.reuseport.inspect;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.ProcNet;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.proc.SockDiag;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Every socket that has a port in this network namespace, with its owners, and with its flags where this process may read
 * them.
 *
 * <p>The kernel's lists say which there are. A TCP socket that is bound and does not listen stands in none below /proc; the
 * kernel tells of it when it is asked (Linux 6.8), and before it is found only among the descriptors of processes that may be
 * looked into.
 */
public final class PortSockets {
    /**
     * A descriptor of a socket.
     *
     * @param process whose
     * @param fd its number there
     * @param origin where that process comes from
     * @param inheritedFrom the nearest of its parents that has the socket too; empty if none has
     * @param stray whether it may have been inherited from somebody who is gone: the process is an orphan, and the
     *     descriptor one that outlives exec
     */
    public record Owner(
            RunningProcess process, int fd, Origin origin, Optional<RunningProcess> inheritedFrom, boolean stray) {}

    /**
     * One socket.
     *
     * @param local what it is bound to
     * @param peer what it is connected to
     * @param state what it does
     * @param uid who made it; empty for what has no descriptor, as TIME_WAIT
     * @param inode which socket it is, 0 if no process has a descriptor of it
     * @param owners who has a descriptor of it, as far as could be seen; who inherited it stands behind the others
     * @param read its options and more, if it could be read
     * @param told what the kernel tells everybody of it; empty of TIME_WAIT, and where the kernel does not tell
     * @param device the interface that it is bound to; empty if it is bound to none, or that is not known
     * @param cgroup the cgroup of a socket without an owner, if it is seen from here
     * @param waiting of a listener: the connections not accepted yet
     */
    public record Found(
            Sockaddr local,
            Optional<Sockaddr> peer,
            SocketState state,
            OptionalInt uid,
            long inode,
            List<Owner> owners,
            Optional<ForeignSocket> read,
            Optional<InetDiag> told,
            Optional<String> device,
            Optional<String> cgroup,
            OptionalLong waiting) {
        /** Returns whether it has IPV6_V6ONLY; empty if that is not known. */
        public Optional<Boolean> v6only() {
            return read.flatMap(socket -> socket.value(SockOpts.IPV6_V6ONLY)).or(() -> told.flatMap(InetDiag::v6only));
        }

        /** Returns a listener's queue; empty of others, and where its limit is not known. */
        public Optional<AcceptQueue> queue() {
            return read.flatMap(ForeignSocket::queue)
                    .or(() -> told.filter(socket -> socket.state() == SocketState.LISTEN)
                            .map(AcceptQueue::of));
        }
    }

    /**
     * What was found.
     *
     * @param sockets listeners first, then what is only bound, then connections; among them the oldest first. A handshake
     *     that is not over has no port of its own yet and is left out
     * @param closedProcesses how many processes this one may not look into
     * @param boundListed whether TCP sockets that are bound and no more are among them, whoever owns them
     * @param hidden why other users' processes are not even listed; empty if they are
     * @param everyProcessSeen whether all processes of this system were looked into, but for those that are closed even so
     * @param unread why flags of a socket could not be read, and what would help; empty if all were
     * @param notes what went wrong, a sentence each
     */
    public record Survey(
            List<Found> sockets,
            int closedProcesses,
            boolean boundListed,
            Optional<String> hidden,
            boolean everyProcessSeen,
            Optional<String> unread,
            List<String> notes) {}

    /** What a bind looks at. */
    static final List<SockOpt<?>> FLAGS =
            List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.SO_BINDTODEVICE);

    static final List<SockOpt<?>> FLAGS6 =
            List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT, SockOpts.SO_BINDTODEVICE, SockOpts.IPV6_V6ONLY);

    private static final int NO_PORT = -1;

    /** How often to look again when sockets came or went meanwhile. */
    private static final int ATTEMPTS = 3;

    /** How many connections are read; the others have the flags of their listener in all likelihood. */
    private static final int MOST_CONNECTIONS = 1000;

    private final Syscalls syscalls;
    private final Proc proc;
    private final Scratch scratch;
    private final Const protocol;
    private final int port;
    private final Optional<Long> namespace;
    private final Map<Long, ProcNet.Entry> wanted = new LinkedHashMap<>();
    private final List<ProcNet.Entry> ownerless = new ArrayList<>();
    private final Set<Long> listed = new HashSet<>();
    private final Map<Long, InetDiag> told = new HashMap<>();
    private final Map<Long, List<Owner>> owners = new HashMap<>();
    private final Map<Long, ForeignSocket> read = new LinkedHashMap<>();
    private final Set<String> lost = new LinkedHashSet<>();
    private Optional<String> untold = Optional.empty();
    private Optional<String> refusal = Optional.empty();
    private boolean boundListed;
    private int connections;
    private int damaged;
    private int closed;

    private PortSockets(
            Syscalls syscalls, Proc proc, Scratch scratch, Const protocol, int port, Optional<Long> namespace) {
        this.syscalls = syscalls;
        this.proc = proc;
        this.scratch = scratch;
        this.protocol = protocol;
        this.port = port;
        this.namespace = namespace;
    }

    /**
     * Looks for them.
     *
     * @param protocol IPPROTO_TCP or IPPROTO_UDP
     * @throws NotPossibleException if this is not Linux
     */
    public static Survey of(Syscalls syscalls, Proc proc, Const protocol, int port) throws IOException {
        if (!syscalls.abi().platform().linux()) {
            throw new NotPossibleException("sockets of other processes can be found on Linux 5.6 or newer only, not on "
                    + syscalls.abi().platform().id());
        }
        Scratch scratch = new Scratch(syscalls);
        Optional<Long> namespace = namespace(syscalls);
        for (int attempt = 1; ; attempt++) {
            PortSockets search = new PortSockets(syscalls, proc, scratch, protocol, port, namespace);
            search.readLists();
            search.askKernel();
            search.readProcesses();
            if (search.lost.isEmpty() || attempt == ATTEMPTS) {
                return search.survey();
            }
        }
    }

    /** Returns the network namespace of a new socket; empty before Linux 5.14. */
    private static Optional<Long> namespace(Syscalls syscalls) throws IOException {
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            return socket.get(SockOpts.SO_NETNS_COOKIE).toOptional();
        }
    }

    private void readLists() throws IOException {
        ProcNet lists = proc.sockets(syscalls.abi());
        for (ProcNet.Table table : ProcNet.Table.values()) {
            boolean asked = table.protocol() == protocol;
            ProcNet.Listing listing = lists.read(table, asked ? port : NO_PORT, listed::add);
            damaged += listing.damaged();
            // The newest stands first in a list.
            for (int i = listing.entries().size() - 1; i >= 0; i--) {
                ProcNet.Entry entry = listing.entries().get(i);
                if (entry.inode() != 0 || entry.state() != SocketState.SYN_RECV) {
                    add(entry);
                }
            }
        }
    }

    private void askKernel() {
        SockDiag.Answer answer = SockDiag.atPort(syscalls, protocol, port);
        untold = answer.problem();
        boundListed = untold.isEmpty()
                && proc.release()
                        .filter(release -> release.atLeast(InetDiag.BOUND_SINCE))
                        .isPresent();
        for (int i = answer.sockets().size() - 1; i >= 0; i--) {
            InetDiag socket = answer.sockets().get(i);
            if (socket.inode() != 0) {
                told.put(socket.inode(), socket);
            }
            if (protocol == Const.IPPROTO_TCP && socket.state() == SocketState.CLOSE) {
                add(entry(socket));
            }
        }
    }

    private void add(ProcNet.Entry entry) {
        if (entry.inode() == 0) {
            ownerless.add(entry);
        } else {
            wanted.put(entry.inode(), entry);
        }
    }

    static ProcNet.Entry entry(InetDiag socket) {
        return new ProcNet.Entry(
                socket.local(),
                socket.peer(),
                socket.state(),
                socket.transmitQueue(),
                socket.receiveQueue(),
                socket.uid(),
                socket.inode());
    }

    private void readProcesses() throws IOException {
        for (int pid : proc.pids()) {
            readProcess(pid);
        }
    }

    private void readProcess(int pid) throws IOException {
        List<Proc.Link> links;
        try {
            links = proc.links(pid).stream()
                    .filter(link -> wanted.containsKey(link.inode()) || mayBeBound(link))
                    .toList();
        } catch (AccessDeniedException e) {
            closed++;
            return;
        } catch (IOException e) {
            // If it exited since it was listed it owns nothing any more; with hidepid=1 it is there, and closed.
            closed += proc.shows(pid) ? 1 : 0;
            return;
        }
        if (links.isEmpty()) {
            return;
        }
        try (ProcessSockets process = ProcessSockets.open(syscalls, proc, scratch, pid)) {
            boolean mayRead = true;
            Optional<Origin> origin = Optional.empty();
            for (Proc.Link link : links) {
                mayRead = mayRead && readLink(process, link);
                if (wanted.containsKey(link.inode()) || read.containsKey(link.inode())) {
                    origin = origin.or(() -> Optional.of(Origin.of(proc, syscalls, process.process())));
                    owners.computeIfAbsent(link.inode(), inode -> new ArrayList<>())
                            .add(owner(process.process(), link.fd(), origin.get()));
                }
            }
            closed += mayRead ? 0 : 1;
        } catch (NotPossibleException e) {
            closed++;
        } catch (IOException e) {
            if (links.stream().anyMatch(link -> wanted.containsKey(link.inode()))) {
                lost.add(e.getMessage());
            }
        }
    }

    private Owner owner(RunningProcess process, int fd, Origin origin) {
        return owner(syscalls, proc, process, fd, origin);
    }

    static Owner owner(Syscalls syscalls, Proc proc, RunningProcess process, int fd, Origin origin) {
        boolean stray = origin.orphan() && !proc.closedOnExec(syscalls.abi(), process.pid(), fd);
        return new Owner(process, fd, origin, Optional.empty(), stray);
    }

    private boolean mayBeBound(Proc.Link link) {
        return !boundListed
                && protocol == Const.IPPROTO_TCP
                && !listed.contains(link.inode())
                && !wanted.containsKey(link.inode());
    }

    /** Reads the socket unless that was done through another descriptor; tells whether this process may. */
    private boolean readLink(ProcessSockets process, Proc.Link link) {
        ProcNet.Entry entry = wanted.get(link.inode());
        boolean connection = entry != null && entry.state().hasPeer();
        if (read.containsKey(link.inode()) || (connection && connections++ >= MOST_CONNECTIONS)) {
            return true;
        }
        try {
            if (entry != null) {
                List<SockOpt<?>> flags = entry.local().family() == Const.AF_INET6 ? FLAGS6 : FLAGS;
                process.read(link, flags).ifPresent(socket -> read.put(link.inode(), socket));
            } else {
                Optional<ForeignSocket> bound =
                        process.read(link, List.of(SockOpts.SO_NETNS_COOKIE)).filter(this::boundHere);
                if (bound.isPresent()) {
                    List<SockOpt<?>> flags = bound.get().family() == Const.AF_INET6 ? FLAGS6 : FLAGS;
                    process.read(link, flags).ifPresent(socket -> read.put(link.inode(), socket));
                }
            }
            return true;
        } catch (NotPossibleException e) {
            refusal = refusal.or(() -> Optional.of(e.getMessage()).filter(why -> entry != null));
            return false;
        } catch (IOException e) {
            // Of a socket in no list nobody knows whether it had the port; it has none any more.
            if (entry != null) {
                lost.add(e.getMessage());
            }
            return true;
        }
    }

    private boolean boundHere(ForeignSocket socket) {
        return socket.type() == Const.SOCK_STREAM
                && socket.state() == SocketState.CLOSE
                && socket.local().port() == port
                && socket.value(SockOpts.SO_NETNS_COOKIE).equals(namespace);
    }

    private Survey survey() {
        List<Found> found = new ArrayList<>();
        Map<Long, String> cgroups = proc.cgroups()
                .paths(ToldSockets.cgroups(told.values().stream()
                        .filter(socket -> owners(socket.inode()).isEmpty())
                        .toList()));
        wanted.values().forEach(entry -> found.add(listed(entry, cgroups)));
        read.values().stream()
                .filter(socket -> !wanted.containsKey(socket.inode()))
                .forEach(socket -> found.add(new Found(
                        socket.local(),
                        Optional.empty(),
                        SocketState.CLOSE,
                        OptionalInt.of(socket.uid()),
                        socket.inode(),
                        owners(socket.inode()),
                        Optional.of(socket),
                        Optional.empty(),
                        device(socket),
                        Optional.empty(),
                        OptionalLong.empty())));
        ownerless.forEach(entry -> found.add(listed(entry, cgroups)));
        found.sort(Comparator.comparing(
                socket -> socket.state() == SocketState.LISTEN ? 0 : socket.state() == SocketState.CLOSE ? 1 : 2));
        List<String> notes = new ArrayList<>(lost);
        if (damaged > 0) {
            notes.add(damaged + " lines of /proc/net were not understood");
        }
        untold.filter(problem -> !read.keySet().containsAll(wanted.keySet())).ifPresent(notes::add);
        Optional<String> hidden = proc.hidepid().reasonFor(proc.ownStatus());
        return new Survey(
                List.copyOf(found),
                closed,
                boundListed,
                hidden,
                hidden.isEmpty() && proc.mayLookEverywhere(),
                refusal.or(() -> unseen(found)),
                List.copyOf(notes));
    }

    /** Says what would let this process look for the owner of a socket, if it is one that it may not look into. */
    private Optional<String> unseen(List<Found> found) {
        return found.stream()
                .filter(socket ->
                        closed > 0 && socket.inode() != 0 && socket.owners().isEmpty())
                .findFirst()
                .map(socket -> Privilege.advice(proc, syscalls.geteuid(), socket.uid()));
    }

    private Found listed(ProcNet.Entry entry, Map<Long, String> cgroups) {
        boolean listens = entry.state() == SocketState.LISTEN;
        Optional<ForeignSocket> socket = Optional.ofNullable(read.get(entry.inode()));
        Optional<InetDiag> diag = Optional.ofNullable(told.get(entry.inode()));
        return new Found(
                // The list has no scope of a link-local address.
                socket.map(ForeignSocket::local)
                        .or(() -> diag.map(InetDiag::local))
                        .filter(local -> local.port() == port)
                        .orElse(entry.local()),
                entry.peer().port() == 0 ? Optional.empty() : Optional.of(entry.peer()),
                entry.state(),
                entry.inode() == 0 ? OptionalInt.empty() : OptionalInt.of(entry.uid()),
                entry.inode(),
                owners(entry.inode()),
                socket,
                diag,
                socket.isPresent()
                        ? socket.flatMap(PortSockets::device)
                        : diag.flatMap(each -> ToldSockets.device(syscalls, each)),
                diag.filter(each -> each.cgroup().isPresent())
                        .map(each -> cgroups.get(each.cgroup().getAsLong())),
                listens ? OptionalLong.of(entry.receiveQueue()) : OptionalLong.empty());
    }

    private static Optional<String> device(ForeignSocket socket) {
        return socket.value(SockOpts.SO_BINDTODEVICE).filter(name -> !name.isEmpty());
    }

    private List<Owner> owners(long inode) {
        return withHeirs(owners.getOrDefault(inode, List.of()));
    }

    /** Tells of all owners of a socket who has it from whom; those come last. */
    static List<Owner> withHeirs(List<Owner> all) {
        Set<Integer> pids = all.stream().map(owner -> owner.process().pid()).collect(Collectors.toSet());
        Set<Integer> givers = all.stream()
                .flatMap(owner -> heirOf(owner, pids).stream())
                .map(RunningProcess::pid)
                .collect(Collectors.toSet());
        return all.stream()
                .map(owner -> new Owner(
                        owner.process(),
                        owner.fd(),
                        owner.origin(),
                        heirOf(owner, pids),
                        // Who has workers on its socket is a server.
                        owner.stray() && !givers.contains(owner.process().pid())))
                .sorted(Comparator.comparing(owner -> owner.inheritedFrom().isPresent()))
                .toList();
    }

    private static Optional<RunningProcess> heirOf(Owner owner, Set<Integer> holders) {
        return owner.origin().parents().stream()
                .filter(parent -> holders.contains(parent.pid()))
                .findFirst();
    }
}
