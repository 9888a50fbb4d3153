package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.proc.RunningProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What is wrong with a group that runs, as far as it follows from what was seen: a sentence each. */
final class GroupWarnings {
    /** How many are named of those that one sentence is about. */
    private static final int MOST_NAMED = 4;

    private final RunningGroup now;
    private final Map<Long, RunningGroup.Socket> before;
    private final Map<Long, RunningGroup.Socket> beforeThat;
    private final Set<Integer> members = new HashSet<>();
    private final long waitStill;
    private final long notLonger;
    private final Duration between;
    private final OptionalInt somaxconn;
    private final IntPredicate stopped;
    private final List<String> warnings = new ArrayList<>();

    private GroupWarnings(
            RunningGroup now,
            List<RunningGroup> before,
            Duration between,
            OptionalInt somaxconn,
            IntPredicate stopped) {
        this.now = now;
        this.before = sockets(before.stream().findFirst());
        // Of a large group where nobody waits nothing of this is worth its time.
        boolean waits = now.sockets().stream().anyMatch(GroupWarnings::waits);
        this.beforeThat = waits ? sockets(before.stream().skip(1).findFirst()) : Map.of();
        this.waitStill = waits ? waitStill(now, before) : 0;
        this.notLonger = waits
                ? now.sockets().stream()
                        .filter(socket -> growth(this.before, socket).orElse(1) <= 0)
                        .count()
                : 0;
        if (waits) {
            now.sockets().forEach(socket -> socket.servers().forEach(process -> members.add(process.pid())));
        }
        this.between = between;
        this.somaxconn = somaxconn;
        this.stopped = stopped;
    }

    /**
     * Says it.
     *
     * @param before the same group at the looks before, the last of them first; two are enough
     * @param between how long ago the last one was
     * @param somaxconn net.core.somaxconn
     * @param stopped tells of a process whether it is stopped, by SIGSTOP or a debugger
     */
    static List<String> of(
            RunningGroup now,
            List<RunningGroup> before,
            Duration between,
            OptionalInt somaxconn,
            IntPredicate stopped) {
        GroupWarnings found = new GroupWarnings(now, before, between, somaxconn, stopped);
        found.flags();
        found.queues();
        found.limits();
        return List.copyOf(found.warnings);
    }

    private static boolean waits(RunningGroup.Socket socket) {
        return socket.queue().orElse(0) > 0;
    }

    /** Returns how many connections wait that waited at the look before. */
    private static long waitStill(RunningGroup now, List<RunningGroup> before) {
        Set<Sockaddr> earlier = before.stream()
                .findFirst()
                .map(group -> group.arrivals().queued())
                .orElse(Set.of());
        return now.arrivals().queued().stream().filter(earlier::contains).count();
    }

    private static Map<Long, RunningGroup.Socket> sockets(Optional<RunningGroup> group) {
        return group.stream()
                .flatMap(each -> each.sockets().stream())
                .collect(Collectors.toMap(socket -> socket.found().inode(), socket -> socket, (one, other) -> one));
    }

    private void flags() {
        if (now.sockets().size() < 2) {
            return;
        }
        about(
                socket -> off(socket) && socket.first(),
                each -> each
                        + " without SO_REUSEPORT, and first in the kernel's list of this address: it takes all that"
                        + " comes, and the others nothing");
        about(
                socket -> off(socket) && !socket.first() && !socket.boundOnly(),
                each -> each + " without SO_REUSEPORT: of what comes it gets the share that it had when the flag was"
                        + " cleared, or nothing");
        about(RunningGroup.Socket::boundOnly, each -> each + " bound and not listening: nothing comes to it");
        long users = now.sockets().stream()
                .map(socket -> socket.found().uid())
                .distinct()
                .count();
        if (users > 1) {
            warnings.add("the members are of " + users + " users: the kernel chooses among those of one alone");
        }
    }

    private static boolean off(RunningGroup.Socket socket) {
        return socket.reusePort().filter(set -> !set).isPresent();
    }

    private void queues() {
        boolean udp = now.protocol() == Const.IPPROTO_UDP;
        if (!udp) {
            // sk_acceptq_is_full: one more than the limit fits.
            about(
                    socket -> socket.limit().isPresent()
                            && socket.queue().orElse(0) > socket.limit().getAsLong(),
                    each -> each + " with a full queue: the kernel drops who connects to it");
            about(
                    this::neglected,
                    each -> each + " with a queue that nobody accepts from: in " + seconds(between) + " it went "
                            + changes(this::neglected) + " while others' did not grow");
        }
        for (RunningProcess process : idle()) {
            warnings.add(process + " is stopped (SIGSTOP, or a debugger), and something waits for it");
        }
        String what = udp ? "datagrams" : "connections";
        about(
                socket -> socket.drops().orElse(0) > 0 && since(socket).orElse(1) > 0,
                each -> each + " that had no room for " + what + ": "
                        + sum(socket -> socket.drops().orElse(0)) + " dropped since they were opened"
                        + (before.isEmpty()
                                ? ""
                                : ", " + sum(socket -> since(socket).orElse(0)) + " in the last " + seconds(between)));
    }

    private List<RunningProcess> idle() {
        return now.sockets().stream()
                .filter(socket -> socket.queue().orElse(0) > 0)
                .flatMap(socket -> socket.servers().stream())
                .distinct()
                .filter(process -> stopped.test(process.pid()))
                .toList();
    }

    /**
     * A queue that waits as it did, and is not shorter, while another one is not longer: connections come, and this one's
     * are not fetched. One look shows no more than a burst, or who is about to accept.
     */
    private boolean neglected(RunningGroup.Socket socket) {
        OptionalLong growth = growth(before, socket);
        long earlier = socket.queue().orElse(0) - growth.orElse(0);
        long othersNotLonger = notLonger - (growth.orElse(1) <= 0 ? 1 : 0);
        if (!waits(socket) || growth.orElse(-1) < 0 || earlier == 0 || othersNotLonger == 0) {
            return false;
        }
        Optional<Boolean> accepted = accepted(socket);
        boolean twice = growth.getAsLong() > 0
                && growth(beforeThat, before.get(socket.found().inode())).orElse(0) > 0;
        return waitStill >= earlier && !accepted.orElse(!twice);
    }

    /**
     * Tells whether a connection was accepted from it since the look before and is there still; empty if one was accepted of
     * which that cannot be told. One that has come and gone is not seen.
     */
    private Optional<Boolean> accepted(RunningGroup.Socket socket) {
        Set<Integer> accepted = now.arrivals().accepted();
        List<RunningProcess> servers = socket.servers();
        if (servers.stream().noneMatch(process -> accepted.contains(process.pid()))) {
            boolean known = !servers.isEmpty() && !now.arrivals().unseen() && members.containsAll(accepted);
            return known ? Optional.of(false) : Optional.empty();
        }
        boolean others = now.sockets().stream()
                .anyMatch(other -> other != socket && other.servers().stream().anyMatch(servers::contains));
        return others ? Optional.empty() : Optional.of(true);
    }

    /** Returns by how much its queue is longer than it was then. */
    private static OptionalLong growth(Map<Long, RunningGroup.Socket> then, RunningGroup.Socket socket) {
        RunningGroup.Socket earlier = then.get(socket.found().inode());
        return earlier == null || earlier.queue().isEmpty() || socket.queue().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(socket.queue().getAsLong() - earlier.queue().getAsLong());
    }

    private String changes(Predicate<RunningGroup.Socket> which) {
        return now.sockets().stream()
                .filter(which)
                .limit(MOST_NAMED)
                .map(socket ->
                        "from " + before.get(socket.found().inode()).queue().getAsLong() + " to "
                                + socket.queue().getAsLong())
                .collect(Collectors.joining(", "));
    }

    /** How many were dropped since the look before; empty at the first. */
    private OptionalLong since(RunningGroup.Socket socket) {
        RunningGroup.Socket earlier = before.get(socket.found().inode());
        return earlier == null || earlier.drops().isEmpty() || socket.drops().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(socket.drops().getAsLong() - earlier.drops().getAsLong());
    }

    private long sum(ToLongFunction<RunningGroup.Socket> part) {
        return now.sockets().stream().mapToLong(part).sum();
    }

    private void limits() {
        if (now.protocol() == Const.IPPROTO_UDP) {
            return;
        }
        List<Long> limits = now.sockets().stream()
                .flatMap(socket -> socket.limit().stream().boxed())
                .distinct()
                .sorted()
                .toList();
        if (limits.size() > 1) {
            warnings.add("the members have different backlogs, " + limits.get(0) + " to "
                    + limits.get(limits.size() - 1) + ": the shorter ones are full first");
        }
        about(
                socket -> somaxconn.isPresent()
                        && socket.limit().orElse(0) == somaxconn.getAsInt()
                        && socket.drops().orElse(0) > 0,
                each -> each + " whose limit is net.core.somaxconn (" + somaxconn.orElse(0)
                        + "): a greater backlog is cut to it, so raise it first");
    }

    /** Says a sentence about those that it is true of. */
    private void about(Predicate<RunningGroup.Socket> which, UnaryOperator<String> sentence) {
        List<RunningGroup.Socket> all = now.sockets().stream().filter(which).toList();
        if (all.isEmpty()) {
            return;
        }
        String names = all.stream().limit(MOST_NAMED).map(GroupWarnings::name).collect(Collectors.joining(", "));
        String more = all.size() > MOST_NAMED ? " and " + (all.size() - MOST_NAMED) + " more" : "";
        warnings.add(sentence.apply((all.size() == 1 ? "member " : "members ") + names + more));
    }

    private static String name(RunningGroup.Socket socket) {
        List<RunningProcess> servers = socket.servers();
        return socket.index()
                + switch (servers.size()) {
                    case 0 -> "";
                    case 1 ->
                        (" (pid " + servers.get(0).pid() + " " + servers.get(0).command()).stripTrailing() + ")";
                    default -> " (of " + servers.size() + " processes)";
                };
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toNanos() / 1e9);
    }
}
