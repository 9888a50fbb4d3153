package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.SockDiag;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks at groups that run already in this network namespace, once or again and again: those that serve one address, or all
 * of more than one member. It changes nothing of them. Linux.
 */
public final class RunningGroups {
    /**
     * What was seen at one time.
     *
     * @param groups what was found
     * @param between since the look before; empty at the first
     * @param overflows connections that the listeners of this namespace had no room for since the look before, as TcpExt's
     *     ListenOverflows counts; empty at the first look, of UDP alone, and where that is not known
     * @param drops how many packets or connections each socket had no room for since the look before, by its inode
     * @param warnings what is wrong with each of the groups
     * @param notes what could not be seen, a sentence each
     */
    public record Seen(
            List<RunningGroup> groups,
            Optional<Duration> between,
            OptionalLong overflows,
            Map<Long, Long> drops,
            List<List<String>> warnings,
            List<String> notes) {}

    /** Those that there are groups of. */
    public static final List<Const> PROTOCOLS = List.of(Const.IPPROTO_TCP, Const.IPPROTO_UDP);

    private static final String OVERFLOWS = "ListenOverflows";

    private final Proc proc;
    private final Predicate<RunningGroup> asked;
    private final Map<Const, ServerSockets> protocols = new LinkedHashMap<>();
    private Map<String, RunningGroup> before = Map.of();
    private Map<String, RunningGroup> beforeThat = Map.of();
    private OptionalLong overflowed = OptionalLong.empty();
    private OptionalLong looked = OptionalLong.empty();

    /**
     * Looks at nothing yet.
     *
     * @param protocols IPPROTO_TCP, IPPROTO_UDP or both
     * @param address whose groups; empty for all of more than one member
     * @throws NotPossibleException if this is not Linux
     */
    public RunningGroups(Syscalls syscalls, Proc proc, List<Const> protocols, Optional<Sockaddr> address)
            throws NotPossibleException {
        this(
                syscalls,
                proc,
                protocols,
                address.map(Sockaddr::port).orElse(0),
                group -> address.map(group::serves).orElse(group.sockets().size() > 1));
    }

    private RunningGroups(Syscalls syscalls, Proc proc, List<Const> protocols, int port, Predicate<RunningGroup> asked)
            throws NotPossibleException {
        this.proc = proc;
        this.asked = asked;
        for (Const protocol : protocols) {
            this.protocols.put(protocol, new ServerSockets(syscalls, proc, protocol, port));
        }
    }

    /**
     * Looks at nothing yet, and then at all, those of one socket too.
     *
     * @throws NotPossibleException if this is not Linux
     */
    public static RunningGroups all(Syscalls syscalls, Proc proc, List<Const> protocols) throws NotPossibleException {
        return new RunningGroups(syscalls, proc, protocols, 0, group -> true);
    }

    /** Returns how many connected sockets of UDP have an address, or of a wildcard the port: they are in no group. */
    public static int connected(Syscalls syscalls, Sockaddr address) {
        List<Sockaddr> found = new ArrayList<>();
        // What the kernel does not tell is not counted.
        SockDiag.connections(
                syscalls,
                Const.IPPROTO_UDP,
                address.port(),
                Set.of(Const.AF_INET, Const.AF_INET6),
                (local, peer, state, device, uid, inode) ->
                        found.add(local.unscoped().unmapped()));
        return (int) found.stream()
                .filter(local -> local.port() == address.port())
                .filter(local ->
                        address.wildcard() || local.equals(address.unscoped().unmapped()))
                .count();
    }

    /**
     * Looks.
     *
     * @throws NotPossibleException if nothing can be seen here
     */
    public Seen look() throws IOException {
        List<RunningGroup> groups = new ArrayList<>();
        Set<String> notes = new LinkedHashSet<>();
        long now = System.nanoTime();
        Optional<Duration> between =
                looked.isPresent() ? Optional.of(Duration.ofNanos(now - looked.getAsLong())) : Optional.empty();
        for (Map.Entry<Const, ServerSockets> each : protocols.entrySet()) {
            ServerSockets.Look look = each.getValue().look();
            List<RunningGroup> wanted = RunningGroup.of(each.getKey(), look, between.isPresent()).stream()
                    .filter(asked)
                    .toList();
            groups.addAll(wanted);
            notes.addAll(notes(look, wanted.stream().anyMatch(RunningGroup::partlyUnseen)));
        }
        OptionalLong count = protocols.containsKey(Const.IPPROTO_TCP) ? proc.tcpExt(OVERFLOWS) : OptionalLong.empty();
        List<List<String>> warnings = new ArrayList<>();
        Map<Long, Long> drops = new HashMap<>();
        for (RunningGroup group : groups) {
            Optional<RunningGroup> earlier = Optional.ofNullable(before.get(key(group)));
            earlier.ifPresent(old -> drops.putAll(drops(group, old)));
            warnings.add(GroupWarnings.of(
                    group,
                    Stream.of(before, beforeThat)
                            .flatMap(look -> Optional.ofNullable(look.get(key(group))).stream())
                            .toList(),
                    between.orElse(Duration.ZERO),
                    proc.sysctl("net.core.somaxconn").number(),
                    proc::stopped));
        }
        Seen seen = new Seen(
                List.copyOf(groups),
                between,
                count.isPresent() && overflowed.isPresent()
                        ? OptionalLong.of(count.getAsLong() - overflowed.getAsLong())
                        : OptionalLong.empty(),
                drops,
                warnings,
                List.copyOf(notes));
        beforeThat = before;
        before = groups.stream().collect(Collectors.toMap(RunningGroups::key, Function.identity()));
        overflowed = count;
        looked = OptionalLong.of(now);
        return seen;
    }

    private static String key(RunningGroup group) {
        return group.protocol() + " " + group.local() + " " + group.v6only() + " " + group.device();
    }

    private static Map<Long, Long> drops(RunningGroup now, RunningGroup before) {
        Map<Long, Long> earlier = new HashMap<>();
        before.sockets()
                .forEach(socket -> socket.drops()
                        .ifPresent(drops -> earlier.put(socket.found().inode(), drops)));
        Map<Long, Long> since = new HashMap<>();
        for (RunningGroup.Socket socket : now.sockets()) {
            long inode = socket.found().inode();
            if (earlier.containsKey(inode) && socket.drops().isPresent()) {
                since.put(inode, socket.drops().getAsLong() - earlier.get(inode));
            }
        }
        return since;
    }

    private static List<String> notes(ServerSockets.Look look, boolean unseen) {
        List<String> notes = new ArrayList<>(look.notes());
        look.hidden().filter(why -> unseen).ifPresent(notes::add);
        look.unread().filter(why -> unseen).ifPresent(why -> notes.add("? stands for what may not be seen: " + why));
        return notes;
    }
}
