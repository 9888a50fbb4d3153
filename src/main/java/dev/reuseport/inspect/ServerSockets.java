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
import dev.reuseport.socket.Scratch;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The sockets that servers of this network namespace listen with or are bound with, and the connections to them, each with
 * who has it: read in bulk, ten thousands at once, and again and again.
 *
 * <p>{@link PortSockets} reads more of each, once. Not for several threads.
 */
public final class ServerSockets {
    /** What the kernel tells nobody; the rest it tells everybody. */
    private static final List<SockOpt<?>> FLAGS = List.of(SockOpts.SO_REUSEADDR, SockOpts.SO_REUSEPORT);

    /** The flags of so many are read anew at each look; of more, as many in turn at every other look. */
    private static final int MOST_READ_AGAIN = 64;

    private static final String ELSEWHERE = "no process of this PID namespace has it, but one of another, or the kernel"
            + " itself: run in the host's PID namespace, as root there";

    /** At each of so many looks it is asked for TCP sockets that are bound and no more, if there were none. */
    private static final int BOUND_EACH = 8;

    /**
     * The server's end of a connection; of UDP a connected socket.
     *
     * @param inode which socket it is; 0 if nobody has accepted it yet, or nobody has it any more
     * @param fresh whether it was not there, or not accepted, at the look before; false at the first look
     * @param device the index of the interface that it is bound to, as its listener was; 0 for none, or if that is not told
     * @param process who has it, if that was seen; of several, the one that got it from the others
     */
    public record Connection(
            Sockaddr local,
            Sockaddr peer,
            SocketState state,
            long inode,
            boolean fresh,
            int device,
            Optional<RunningProcess> process) {}

    /**
     * What was there at one time.
     *
     * @param servers listeners in the order in which they began to listen, as the kernel's list has it, or of UDP were bound;
     *     then what is only bound
     * @param kernelOrder the inodes of {@code servers} as the kernel's list of each family has them: of sockets of one address
     *     it asks the first, and only if that has SO_REUSEPORT the group
     * @param waiters the processes that wait for connections of a socket by epoll(7), by its inode: those of several owners
     *     that accept from it. Nothing is known of who waits in another way
     * @param connections in no order
     * @param parents of who has connections and none of {@code servers}, by its pid, the parent's
     * @param closedProcesses how many processes this one may not look into
     * @param hidden why other users' processes are not even listed; empty if they are
     * @param unread why flags of a socket could not be read, or its owner not be found, and what would help; empty if all were
     * @param notes what else went wrong, a sentence each
     */
    public record Look(
            List<PortSockets.Found> servers,
            List<Long> kernelOrder,
            Map<Long, Set<Integer>> waiters,
            List<Connection> connections,
            Map<Integer, Integer> parents,
            int closedProcesses,
            Optional<String> hidden,
            Optional<String> unread,
            List<String> notes) {}

    /** Owners of a socket, and the list of holders that they were read from. */
    private record Owned(List<SocketHolders.Held> held, List<PortSockets.Owner> owners) {}

    private int looks;
    private boolean bound;
    private boolean readAgain;
    private int turn;

    private final Syscalls syscalls;
    private final Proc proc;
    private final Scratch scratch;
    private final Const protocol;
    private final int port;
    private final SocketHolders holders;
    private final Map<Integer, RunningProcess> processes = new HashMap<>();
    private final Map<Integer, Origin> origins = new HashMap<>();
    private final Map<Integer, OptionalInt> parents = new HashMap<>();
    private final Map<Long, Owned> owned = new HashMap<>();
    private final Map<Integer, Set<Long>> watched = new HashMap<>();
    private final Map<Long, ForeignSocket> read = new HashMap<>();
    private final Map<Long, Optional<RunningProcess>> shared = new HashMap<>();
    private final Map<Integer, Optional<RunningProcess>> single = new HashMap<>();

    /**
     * Looks at nothing yet.
     *
     * @param protocol IPPROTO_TCP or IPPROTO_UDP
     * @param port of which local port; 0 for all
     * @throws NotPossibleException if this is not Linux
     */
    public ServerSockets(Syscalls syscalls, Proc proc, Const protocol, int port) throws NotPossibleException {
        if (!syscalls.abi().platform().linux()) {
            throw new NotPossibleException("who has the sockets of a port can be found on Linux only, not on "
                    + syscalls.abi().platform().id());
        }
        this.syscalls = syscalls;
        this.proc = proc;
        this.scratch = new Scratch(syscalls);
        this.protocol = protocol;
        this.port = port;
        this.holders = new SocketHolders(proc);
    }

    /** Looks at all of it. What the kernel does not tell is taken from its lists, which say less. */
    public Look look() throws IOException {
        List<String> notes = new ArrayList<>();
        SockDiag.Answer servers = protocol == Const.IPPROTO_UDP || looks++ % BOUND_EACH == 0 || bound
                ? SockDiag.servers(syscalls, protocol, port)
                : SockDiag.listeners(syscalls, port);
        bound = servers.sockets().stream().anyMatch(socket -> socket.state() == SocketState.CLOSE);
        List<ProcNet.Entry> connected = new ArrayList<>();
        Map<ProcNet.Entry, Integer> devices = new HashMap<>();
        Optional<String> problem = servers.problem().or(() -> connections(servers.sockets(), connected, devices));
        boolean told = problem.isEmpty();
        List<ProcNet.Entry> listed = told ? List.of() : listed(notes);
        problem.ifPresent(notes::add);
        Map<Long, InetDiag> diag = new HashMap<>();
        if (told) {
            servers.sockets().forEach(socket -> diag.put(socket.inode(), socket));
        }
        List<ProcNet.Entry> serving = told
                ? servers.sockets().stream().map(PortSockets::entry).toList()
                : listed.stream().filter(entry -> !entry.state().hasPeer()).toList();
        if (!told) {
            connected.clear();
            listed.stream().filter(entry -> entry.state().hasPeer()).forEach(connected::add);
        }
        dropStrangers(connected, serving);
        Set<Long> inodes = serving.stream()
                .map(ProcNet.Entry::inode)
                .filter(inode -> inode != 0)
                .collect(Collectors.toSet());
        holders.look(
                serving.stream().mapToLong(ProcNet.Entry::inode).toArray(),
                connected.stream().mapToLong(ProcNet.Entry::inode).toArray());
        dropRenamed();
        Set<String> refusals = readFlags(serving, inodes, told);
        List<PortSockets.Found> found = found(serving, diag);
        Set<Integer> pids = new HashSet<>();
        List<Connection> ends = new ArrayList<>(connected.size());
        shared.clear();
        single.clear();
        for (int i = 0; i < connected.size(); i++) {
            ProcNet.Entry entry = connected.get(i);
            ends.add(new Connection(
                    entry.local(),
                    entry.peer(),
                    entry.state(),
                    entry.inode(),
                    holders.fresh(i),
                    devices.isEmpty() ? 0 : devices.getOrDefault(entry, 0),
                    holder(entry.inode(), holders.ofConnection(i))));
        }
        pids.addAll(single.keySet());
        shared.values().forEach(process -> pids.add(process.get().pid()));
        Set<Integer> others = new HashSet<>(pids);
        found.stream().flatMap(socket -> socket.owners().stream()).forEach(owner -> {
            pids.add(owner.process().pid());
            others.remove(owner.process().pid());
        });
        processes.keySet().retainAll(pids);
        origins.keySet().retainAll(pids);
        watched.keySet().retainAll(pids);
        return new Look(
                found,
                serving.stream().map(ProcNet.Entry::inode).toList(),
                waiters(found),
                ends,
                parents(others),
                holders.closed(),
                proc.hidepid().reasonFor(proc.ownStatus()),
                refusals.stream().findFirst().or(() -> unseen(serving, connected)),
                notes);
    }

    private Map<Integer, Integer> parents(Set<Integer> pids) {
        parents.keySet().retainAll(pids);
        Map<Integer, Integer> known = new HashMap<>();
        for (int pid : pids) {
            parents.computeIfAbsent(pid, proc::parent).ifPresent(parent -> known.put(pid, parent));
        }
        return known;
    }

    /** Asks for what is connected to servers, and returns why that was not all told. */
    private Optional<String> connections(
            List<InetDiag> servers, List<ProcNet.Entry> into, Map<ProcNet.Entry, Integer> devices) {
        return SockDiag.connections(
                syscalls,
                protocol,
                port,
                servers.stream().map(socket -> socket.local().family()).collect(Collectors.toSet()),
                (local, peer, state, device, uid, inode) -> {
                    ProcNet.Entry entry = new ProcNet.Entry(local, peer, state, 0, 0, uid, inode);
                    into.add(entry);
                    if (device != 0) {
                        devices.put(entry, device);
                    }
                });
    }

    /** Leaves out the ends of clients whose port happens to be a server's: whoever has one would be looked for everywhere. */
    private static void dropStrangers(List<ProcNet.Entry> connected, List<ProcNet.Entry> serving) {
        Set<Sockaddr> servers =
                serving.stream().map(entry -> entry.local().unscoped()).collect(Collectors.toSet());
        Map<Sockaddr, Boolean> strange = new HashMap<>();
        connected.removeIf(entry -> strange.computeIfAbsent(
                entry.local(), local -> !servers.contains(local.unscoped()) && !servers.contains(local.anyHost())));
    }

    private List<ProcNet.Entry> listed(List<String> notes) throws IOException {
        List<ProcNet.Entry> all = new ArrayList<>();
        int damaged = 0;
        for (ProcNet.Table table : ProcNet.Table.values()) {
            if (table.protocol() == protocol) {
                ProcNet.Listing listing = proc.sockets(syscalls.abi()).read(table, local -> port == 0 || local == port);
                all.addAll(listing.entries());
                damaged += listing.damaged();
            }
        }
        all.removeIf(entry -> switch (entry.state()) {
            case TIME_WAIT, SYN_RECV, NEW_SYN_RECV -> true;
            default -> false;
        });
        if (damaged > 0) {
            notes.add(damaged + " lines of /proc/net were not understood");
        }
        return all;
    }

    /** Reads the flags of each through one of its descriptors, and returns why that was refused. */
    private Set<String> readFlags(List<ProcNet.Entry> serving, Set<Long> inodes, boolean told) throws IOException {
        read.keySet().retainAll(inodes);
        owned.keySet().retainAll(inodes);
        if (inodes.size() <= MOST_READ_AGAIN) {
            read.clear();
        } else if (readAgain) {
            for (int i = 0; i < MOST_READ_AGAIN; i++) {
                turn = (turn + 1) % serving.size();
                read.remove(serving.get(turn).inode());
            }
        }
        readAgain = !readAgain && !read.isEmpty();
        Map<Integer, List<Proc.Link>> links = new HashMap<>();
        Map<Long, ProcNet.Entry> entries = new HashMap<>();
        for (ProcNet.Entry entry : serving) {
            entries.put(entry.inode(), entry);
            if (entry.inode() != 0 && !read.containsKey(entry.inode())) {
                for (SocketHolders.Held held : holders.of(entry.inode())) {
                    links.computeIfAbsent(held.pid(), pid -> new ArrayList<>())
                            .add(new Proc.Link(held.fd(), entry.inode()));
                }
            }
        }
        Set<String> refusals = new LinkedHashSet<>();
        for (Map.Entry<Integer, List<Proc.Link>> each : links.entrySet()) {
            try (ProcessSockets process = ProcessSockets.open(syscalls, proc, scratch, each.getKey())) {
                for (Proc.Link link : each.getValue()) {
                    if (!read.containsKey(link.inode())) {
                        readFlags(process, link, entries.get(link.inode()), told);
                    }
                }
            } catch (NotPossibleException e) {
                refusals.add(e.getMessage());
            } catch (IOException e) {
                // It has exited, or closed the socket, since it was looked into: so the next look says.
            }
        }
        boolean all = read.keySet().containsAll(inodes);
        return all ? Set.of() : refusals;
    }

    private void readFlags(ProcessSockets process, Proc.Link link, ProcNet.Entry entry, boolean told)
            throws IOException {
        Const family = entry.local().family();
        List<Reading> readings = process.readings(
                link, told ? FLAGS : family == Const.AF_INET6 ? PortSockets.FLAGS6 : PortSockets.FLAGS);
        read.put(
                link.inode(),
                new ForeignSocket(
                        link.fd(),
                        link.inode(),
                        entry.uid(),
                        family,
                        protocol == Const.IPPROTO_UDP ? Const.SOCK_DGRAM : Const.SOCK_STREAM,
                        protocol,
                        entry.local(),
                        Optional.empty(),
                        entry.state(),
                        Optional.empty(),
                        readings,
                        Optional.empty()));
    }

    /** The newest stands first in the list of a family, but of IPv6 those with SO_REUSEPORT the oldest ({@code __inet_hash}). */
    private List<PortSockets.Found> found(List<ProcNet.Entry> serving, Map<Long, InetDiag> diag) {
        Map<Long, String> cgroups = proc.cgroups()
                .paths(ToldSockets.cgroups(diag.values().stream()
                        .filter(socket -> holders.of(socket.inode()).isEmpty())
                        .toList()));
        List<PortSockets.Found> found = new ArrayList<>();
        for (ProcNet.Entry entry : serving) {
            PortSockets.Found socket = found(entry, Optional.ofNullable(diag.get(entry.inode())), cgroups);
            if (entry.local().family() == Const.AF_INET6) {
                found.add(socket);
            } else {
                found.add(0, socket);
            }
        }
        found.sort(Comparator.comparing(socket -> socket.state() != SocketState.LISTEN));
        return List.copyOf(found);
    }

    private PortSockets.Found found(ProcNet.Entry entry, Optional<InetDiag> told, Map<Long, String> cgroups) {
        Optional<ForeignSocket> flags = Optional.ofNullable(read.get(entry.inode()));
        boolean listens = entry.state() == SocketState.LISTEN;
        return new PortSockets.Found(
                entry.local(),
                Optional.empty(),
                entry.state(),
                OptionalInt.of(entry.uid()),
                entry.inode(),
                owners(entry.inode()),
                flags,
                told,
                told.isEmpty()
                        ? flags.flatMap(socket -> socket.value(SockOpts.SO_BINDTODEVICE))
                                .filter(name -> !name.isEmpty())
                        : told.flatMap(socket -> ToldSockets.device(syscalls, socket)),
                told.filter(socket -> socket.cgroup().isPresent())
                        .map(socket -> cgroups.get(socket.cgroup().getAsLong())),
                listens ? OptionalLong.of(entry.receiveQueue()) : OptionalLong.empty());
    }

    private Map<Long, Set<Integer>> waiters(List<PortSockets.Found> found) {
        Map<Long, Set<Integer>> waiters = new HashMap<>();
        for (PortSockets.Found socket : found) {
            List<PortSockets.Owner> owners = socket.owners();
            for (PortSockets.Owner owner : owners.size() < 2 ? List.<PortSockets.Owner>of() : owners) {
                int pid = owner.process().pid();
                if (watched.computeIfAbsent(pid, proc::watchedByEpoll).contains(socket.inode())) {
                    waiters.computeIfAbsent(socket.inode(), inode -> new TreeSet<>())
                            .add(pid);
                }
            }
        }
        // Who waits for none of them may do so the next time.
        watched.values().removeIf(inodes -> waiters.keySet().stream().noneMatch(inodes::contains));
        return waiters;
    }

    private List<PortSockets.Owner> owners(long inode) {
        List<SocketHolders.Held> held = holders.of(inode);
        Owned known = owned.get(inode);
        if (known == null || known.held != held) {
            known = new Owned(
                    held, PortSockets.withHeirs(held.stream().map(this::owner).toList()));
            owned.put(inode, known);
        }
        return known.owners;
    }

    private PortSockets.Owner owner(SocketHolders.Held held) {
        RunningProcess process = process(held.pid());
        Origin origin = origins.computeIfAbsent(held.pid(), pid -> Origin.of(proc, syscalls, process));
        return PortSockets.owner(syscalls, proc, process, held.fd(), origin);
    }

    /** Forgets what is known of processes that have another name by now: exec(2) gives one. Who is gone has none. */
    private void dropRenamed() {
        boolean renamed = processes.values().removeIf(process -> {
            RunningProcess now = proc.process(process.pid());
            return !now.command().isEmpty() && !now.equals(process);
        });
        if (renamed) {
            owned.clear();
        }
    }

    private RunningProcess process(int pid) {
        return processes.computeIfAbsent(pid, proc::process);
    }

    /** Nobody, or one process, in nearly all cases, of ten thousands. */
    private Optional<RunningProcess> holder(long inode, List<SocketHolders.Held> all) {
        if (all.isEmpty()) {
            return Optional.empty();
        }
        if (all.size() == 1) {
            int pid = all.get(0).pid();
            Optional<RunningProcess> known = single.get(pid);
            if (known == null) {
                known = Optional.of(process(pid));
                single.put(pid, known);
            }
            return known;
        }
        return shared.computeIfAbsent(inode, each -> {
            List<PortSockets.Owner> owners =
                    PortSockets.withHeirs(all.stream().map(this::owner).toList());
            return Optional.of(owners.get(owners.size() - 1).process());
        });
    }

    /** Tells whether somebody has a socket who was not found. */
    private boolean lost(ProcNet.Entry entry) {
        return entry.inode() != 0 && holders.of(entry.inode()).isEmpty();
    }

    /** Says what would let this process look for who has a socket, if it is one that it may not look into. */
    private Optional<String> unseen(List<ProcNet.Entry> serving, List<ProcNet.Entry> connected) {
        if (holders.closed() == 0) {
            return Optional.of(ELSEWHERE)
                    .filter(why ->
                            !proc.mayListEveryProcess() && serving.stream().anyMatch(this::lost));
        }
        for (List<ProcNet.Entry> entries : List.of(serving, connected)) {
            for (ProcNet.Entry entry : entries) {
                if (lost(entry)) {
                    return Optional.of(Privilege.advice(proc, syscalls.geteuid(), OptionalInt.of(entry.uid())));
                }
            }
        }
        return Optional.empty();
    }
}
