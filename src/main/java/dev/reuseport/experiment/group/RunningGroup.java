package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.inspect.AcceptQueue;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.RunningProcess;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * The sockets of one address, of whoever runs them, and who has how many of its connections.
 *
 * <p>Those of them with SO_REUSEPORT and one user are what the kernel chooses from ({@code inet_reuseport_add_sock}, {@code
 * udp_reuseport_add_sock}): address, port, family, IPV6_V6ONLY and device are the same.
 *
 * @param protocol IPPROTO_TCP or IPPROTO_UDP
 * @param local what they are bound to
 * @param v6only whether they are for IPv6 only; false too of IPv4, and where that is not known
 * @param device the interface that they are bound to
 * @param sockets in the order in which they began to listen
 * @param shares who has connections, or has a socket of these and gave neither it nor what it accepts to a child; the most
 *     connections first
 * @param waiting connections that nobody has accepted yet
 * @param unseen connections whose process was not seen
 * @param fresh connections that were accepted since the look before and are there still; empty at the first look
 * @param arrivals what came, as far as that was seen
 * @param uniformity the test of {@code shares} against an even spread
 */
public record RunningGroup(
        Const protocol,
        Sockaddr local,
        boolean v6only,
        Optional<String> device,
        List<Socket> sockets,
        List<Share> shares,
        long waiting,
        long unseen,
        OptionalLong fresh,
        Arrivals arrivals,
        Optional<Uniformity> uniformity) {
    /**
     * A member.
     *
     * @param index its place, from 1
     * @param found what is known of it
     * @param first whether the kernel comes to it before all others of this address, and stays with it if it has no
     *     SO_REUSEPORT
     * @param waiters those of several processes that wait for its connections by epoll; empty if that is not known
     * @param queue how many connections wait, or of UDP how many bytes; empty if it is bound and no more
     * @param drops how many connections or packets it had no room for, since it was opened
     */
    public record Socket(
            int index,
            PortSockets.Found found,
            boolean first,
            Set<Integer> waiters,
            OptionalLong queue,
            OptionalLong drops) {
        static Socket of(int index, PortSockets.Found found, boolean first, Set<Integer> waiters) {
            return new Socket(
                    index,
                    found,
                    first,
                    waiters,
                    udp(found)
                            ? told(found, InetDiag::receiveQueue)
                            : queued(found, AcceptQueue::length, found.waiting()),
                    found.told().map(InetDiag::drops).orElse(OptionalLong.empty()));
        }

        /** Returns who may accept from it, as far as that is known: who waits for it, or all that have it. */
        public List<RunningProcess> servers() {
            return found.owners().stream()
                    .map(PortSockets.Owner::process)
                    .filter(process -> waiters.isEmpty() || waiters.contains(process.pid()))
                    .distinct()
                    .toList();
        }

        /** Returns how many may, or of UDP the bytes of its buffer; empty if that is not known. */
        public OptionalLong limit() {
            return udp(found)
                    ? found.told().map(InetDiag::receiveBuffer).orElse(OptionalLong.empty())
                    : queued(found, AcceptQueue::limit, OptionalLong.empty());
        }

        private static OptionalLong queued(
                PortSockets.Found found, ToLongFunction<AcceptQueue> part, OptionalLong otherwise) {
            Optional<AcceptQueue> told = found.told()
                    .filter(socket -> socket.state() == SocketState.LISTEN)
                    .map(socket -> new AcceptQueue(socket.receiveQueue(), socket.transmitQueue()));
            return told.or(found::queue)
                    .map(queue -> OptionalLong.of(part.applyAsLong(queue)))
                    .orElse(otherwise);
        }

        private static OptionalLong told(PortSockets.Found found, ToLongFunction<InetDiag> part) {
            return found.told().stream().mapToLong(part).findFirst();
        }

        private static boolean udp(PortSockets.Found found) {
            return found.told()
                    .filter(socket -> socket.protocol() == Const.IPPROTO_UDP)
                    .isPresent();
        }

        /** Returns whether it has SO_REUSEPORT; empty if that may not be read. */
        public Optional<Boolean> reusePort() {
            return found.read().flatMap(socket -> socket.value(SockOpts.SO_REUSEPORT));
        }

        /** Returns whether it has SO_REUSEADDR; empty if that may not be read. */
        public Optional<Boolean> reuseAddr() {
            return found.read().flatMap(socket -> socket.value(SockOpts.SO_REUSEADDR));
        }

        /** Tells whether it is TCP's and does not listen. */
        public boolean boundOnly() {
            return !udp(found)
                    && found.state() == SocketState.CLOSE
                    && found.told().isPresent();
        }
    }

    /**
     * A process and its connections.
     *
     * @param established how many it has
     * @param fresh how many of them it did not have at the look before; empty at the first look
     */
    public record Share(RunningProcess process, long established, OptionalLong fresh) {}

    /**
     * What came, in whatever state it is by now.
     *
     * @param queued the other ends of connections that nobody has accepted yet
     * @param accepted the pids of those that have one which was not there, or not accepted, at the look before
     * @param unseen whether somebody has such a one who was not seen
     */
    record Arrivals(Set<Sockaddr> queued, Set<Integer> accepted, boolean unseen) {}

    /** What the sockets of a group have in common. */
    private record Key(Sockaddr local, boolean v6only, Optional<String> device) {
        static Key of(PortSockets.Found socket) {
            return new Key(socket.local().unscoped(), socket.v6only().orElse(false), socket.device());
        }
    }

    /** A group while it is put together. */
    private static final class Parts {
        private final List<Socket> sockets = new ArrayList<>();
        private final Map<Integer, RunningProcess> processes = new LinkedHashMap<>();
        private final Map<Integer, long[]> counts = new HashMap<>();
        private final Set<Sockaddr> queued = new HashSet<>();
        private final Set<Integer> accepted = new HashSet<>();
        private boolean somebody;
        private long waiting;
        private long unseen;
        private long fresh;
    }

    private static final int ESTABLISHED = 0;
    private static final int FRESH = 1;

    /**
     * Puts together what was seen at one look.
     *
     * @param again whether this is not the first look, so that it is known which connections are fresh
     */
    public static List<RunningGroup> of(Const protocol, ServerSockets.Look look, boolean again) {
        Map<Long, Integer> places = new HashMap<>();
        look.kernelOrder().forEach(inode -> places.put(inode, places.size()));
        Map<Key, List<PortSockets.Found>> found = new LinkedHashMap<>();
        look.servers()
                .forEach(socket -> found.computeIfAbsent(Key.of(socket), key -> new ArrayList<>())
                        .add(socket));
        Map<Key, Parts> groups = new LinkedHashMap<>();
        Map<Sockaddr, List<Map.Entry<Key, Parts>>> byAddress = new HashMap<>();
        found.forEach((key, sockets) -> {
            Parts parts = new Parts();
            int first = sockets.stream()
                    .filter(socket -> protocol == Const.IPPROTO_UDP || socket.state() == SocketState.LISTEN)
                    .mapToInt(socket -> places.get(socket.inode()))
                    .min()
                    .orElse(-1);
            for (PortSockets.Found socket : sockets) {
                parts.sockets.add(Socket.of(
                        parts.sockets.size() + 1,
                        socket,
                        places.get(socket.inode()) == first,
                        look.waiters().getOrDefault(socket.inode(), Set.of())));
            }
            groups.put(key, parts);
            byAddress.computeIfAbsent(key.local, local -> new ArrayList<>()).add(Map.entry(key, parts));
        });
        Map<Integer, Map<Sockaddr, Parts>> servers = new HashMap<>();
        for (ServerSockets.Connection connection : look.connections()) {
            Parts parts = servers.computeIfAbsent(connection.device(), device -> new HashMap<>())
                    .computeIfAbsent(connection.local(), local -> serving(local, connection.device(), byAddress));
            if (parts != null) {
                note(connection, parts);
                if (connection.state() == SocketState.ESTABLISHED) {
                    count(connection, parts);
                }
            }
        }
        return groups.entrySet().stream()
                .map(each -> group(protocol, each.getKey(), each.getValue(), look.parents(), again))
                .toList();
    }

    /**
     * Returns what a connection came to ({@code inet_lookup_listener}): of those of its address, or else of the wildcard, that
     * are bound to its interface, or else to none. A link-local address has an interface of its own.
     *
     * @param end the server's end of the connection
     * @param interfaceIndex the interface that it is bound to; 0 for none
     */
    private static Parts serving(
            Sockaddr end, int interfaceIndex, Map<Sockaddr, List<Map.Entry<Key, Parts>>> byAddress) {
        List<Map.Entry<Key, Parts>> candidates = new ArrayList<>();
        for (Sockaddr local : List.of(end.unscoped(), end.anyHost())) {
            candidates.addAll(byAddress.getOrDefault(local, List.of()));
        }
        boolean four = !end.unmapped().equals(end);
        candidates.removeIf(each -> four && each.getKey().v6only);
        for (int device : new int[] {interfaceIndex, 0}) {
            for (Map.Entry<Key, Parts> each : candidates) {
                if (device(each.getValue()) == device) {
                    return each.getValue();
                }
            }
        }
        return candidates.isEmpty() ? null : candidates.get(0).getValue();
    }

    /** The index of the interface that a group is bound to; 0 for none, or if that is not told. */
    private static int device(Parts parts) {
        return parts.sockets.get(0).found().told().map(InetDiag::device).orElse(0);
    }

    /** A client that has given up is in the queue all the same: CLOSE_WAIT. */
    private static void note(ServerSockets.Connection connection, Parts parts) {
        if (connection.inode() == 0) {
            if (connection.state() == SocketState.ESTABLISHED || connection.state() == SocketState.CLOSE_WAIT) {
                parts.queued.add(connection.peer());
            }
        } else if (connection.fresh()) {
            connection.process().ifPresent(process -> parts.accepted.add(process.pid()));
            parts.somebody |= connection.process().isEmpty();
        }
    }

    private static void count(ServerSockets.Connection connection, Parts parts) {
        if (connection.inode() == 0) {
            parts.waiting++;
            return;
        }
        int fresh = connection.fresh() ? 1 : 0;
        parts.fresh += fresh;
        if (connection.process().isEmpty()) {
            parts.unseen++;
            return;
        }
        RunningProcess process = connection.process().get();
        long[] counts = parts.counts.get(process.pid());
        if (counts == null) {
            counts = new long[2];
            parts.counts.put(process.pid(), counts);
            parts.processes.put(process.pid(), process);
        }
        counts[ESTABLISHED]++;
        counts[FRESH] += fresh;
    }

    private static RunningGroup group(
            Const protocol, Key key, Parts parts, Map<Integer, Integer> parents, boolean again) {
        // As a master of Node.js's cluster, who accepts what its workers serve.
        Set<Integer> handOn = new HashSet<>();
        parts.processes.keySet().stream().filter(parents::containsKey).forEach(pid -> handOn.add(parents.get(pid)));
        servers(parts.sockets).stream()
                .filter(process -> !handOn.contains(process.pid()))
                .forEach(process -> parts.processes.putIfAbsent(process.pid(), process));
        List<Share> shares = new ArrayList<>();
        parts.processes.forEach((pid, process) -> {
            long[] counts = parts.counts.getOrDefault(pid, new long[2]);
            shares.add(new Share(
                    process, counts[ESTABLISHED], again ? OptionalLong.of(counts[FRESH]) : OptionalLong.empty()));
        });
        shares.sort((one, other) -> one.established() == other.established()
                ? Integer.compare(one.process().pid(), other.process().pid())
                : Long.compare(other.established(), one.established()));
        return new RunningGroup(
                protocol,
                parts.sockets.get(0).found().local(),
                key.v6only,
                key.device,
                List.copyOf(parts.sockets),
                shares,
                parts.waiting,
                parts.unseen,
                again ? OptionalLong.of(parts.fresh) : OptionalLong.empty(),
                new Arrivals(parts.queued, parts.accepted, parts.somebody),
                Uniformity.of(shares.stream().mapToLong(Share::established).toArray()));
    }

    /** Returns who has sockets, but for who has none of its own: each of them it gave to a child, as nginx's master does. */
    private static Collection<RunningProcess> servers(List<Socket> sockets) {
        Map<Integer, RunningProcess> servers = new LinkedHashMap<>();
        for (Socket socket : sockets) {
            Set<RunningProcess> givers = new HashSet<>();
            socket.found().owners().forEach(owner -> owner.inheritedFrom().ifPresent(givers::add));
            socket.servers().stream()
                    .filter(process -> socket.waiters().contains(process.pid())
                            || givers.stream().noneMatch(giver -> giver.pid() == process.pid()))
                    .forEach(process -> servers.putIfAbsent(process.pid(), process));
        }
        return servers.values();
    }

    /** Tells whether somebody who connects to an address of this host may come here; to a wildcard, to any of the port. */
    public boolean serves(Sockaddr address) {
        if (local.port() != address.port()) {
            return false;
        }
        if (address.wildcard() || local.unscoped().equals(address.unscoped())) {
            return true;
        }
        if (address instanceof Sockaddr.Inet four) {
            return local.family() == Const.AF_INET
                    ? local.wildcard()
                    : local.wildcard() && !v6only || local.equals(four.mapped());
        }
        return local.wildcard() && local.family() == Const.AF_INET6;
    }

    /** Returns the members but for those of TCP that are bound and do not listen. */
    public List<Socket> listeners() {
        return sockets.stream().filter(socket -> !socket.boundOnly()).toList();
    }

    /** Returns who accepts: who has a socket of these, and did not give it to a child. */
    public List<RunningProcess> servers() {
        return List.copyOf(servers(sockets));
    }

    /** Returns how many connections are established and were accepted. */
    public long established() {
        return shares.stream().mapToLong(Share::established).sum() + unseen;
    }

    /** Tells whether a process, or a flag of a socket, may not be seen. */
    boolean partlyUnseen() {
        return unseen > 0
                || sockets.stream()
                        .anyMatch(socket -> socket.found().owners().isEmpty()
                                || socket.found().read().isEmpty());
    }
}
