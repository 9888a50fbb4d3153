package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Sysctls;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Who may have a port of Linux, and which one port 0 becomes: {@code inet_csk_get_port} for TCP, {@code udp_lib_get_port} for
 * UDP.
 */
final class LinuxPorts {
    private final Set<LinuxChange> changes;
    private final boolean buckets;

    /**
     * The ports of a release that does {@code changes}.
     *
     * @param buckets whether to remember which wildcard came first
     */
    LinuxPorts(Set<LinuxChange> changes, boolean buckets) {
        this.changes = changes;
        this.buckets = buckets;
    }

    /** Tells whether a change looks at which wildcard came first. */
    static boolean needsBuckets(Set<LinuxChange> changes) {
        return changes.contains(LinuxChange.OLDER_WILDCARD_UNSEEN)
                || changes.contains(LinuxChange.MAPPED_WILDCARD_UNSEEN);
    }

    private boolean does(LinuxChange change) {
        return changes.contains(change);
    }

    /** Binds a TCP socket to the port that it names. */
    Verdict bindTcp(BindState state, ModelSocket bound) {
        Verdict checked = checkTcp(state, bound);
        return checked.ok() ? Verdict.ok(checked.rule(), checked.reason(), joined(state, bound)) : checked;
    }

    /** The check of {@code inet_csk_get_port}, which {@code bind} and {@code listen} share. */
    Verdict checkTcp(BindState state, ModelSocket newcomer) {
        AtPort at = state.at(Protocol.TCP, newcomer.port());
        List<ModelSocket> others = at.kindsOfOthers(newcomer);
        boolean alone = at.size() == (at.has(newcomer) ? 1 : 0);
        if (alone) {
            return Verdict.ok(DecidingRule.PORT_FREE, "no other TCP socket has port " + newcomer.port(), state);
        }
        if (newcomer.flags().forceReuse()) {
            return Verdict.ok(DecidingRule.FORCED, "TCP_REPAIR: the kernel asks nobody who has the port", state);
        }
        PortMemory memory = at.memory();
        boolean both = bothWildcards(others);
        if (memory.reuseAddr() && newcomer.flags().reuseAddr() && newcomer.phase() != Phase.LISTENING) {
            boolean flagsSay = others.stream().noneMatch(other -> inTheWay(newcomer, other, memory, both));
            return Verdict.ok(
                    flagsSay ? DecidingRule.BOTH_REUSE_ADDR : DecidingRule.REMEMBERED,
                    flagsSay
                            ? "all have SO_REUSEADDR, and none of them listens"
                            : "the kernel remembers that all on this port had SO_REUSEADDR, and does not look at the"
                                    + " flags of now",
                    state);
        }
        if (remembers(memory, newcomer)) {
            boolean flagsSay = others.stream().allMatch(other -> refusal(newcomer, other) == null);
            return Verdict.ok(
                    flagsSay ? DecidingRule.SAME_GROUP : DecidingRule.REMEMBERED,
                    flagsSay
                            ? "all have SO_REUSEPORT and the effective user " + newcomer.uid()
                            : "the kernel remembers that SO_REUSEPORT of user "
                                    + newcomer.uid()
                                    + " was let in on this port, and does not look at the flags of now",
                    state);
        }
        ModelSocket first = null;
        for (ModelSocket other : others) {
            if (inTheWay(newcomer, other, memory, both)) {
                first = first == null || other.acceptor() == 0 && first.acceptor() != 0 ? other : first;
            }
        }
        if (first == null) {
            Optional<LinuxChange> fault = others.stream()
                    .filter(other -> refusal(newcomer, other) != null
                            && LinuxOverlap.of(newcomer, other).isPresent())
                    .flatMap(other -> unseen(newcomer, other, memory, both).stream())
                    .findFirst();
            return fault.isPresent()
                    ? Verdict.ok(DecidingRule.KERNEL_FAULT, fault(fault.get()), state)
                    : allowed(state, newcomer, others, alone);
        }
        Verdict refused = refused(state, newcomer, first, refusal(newcomer, first), inTheWay(newcomer, at, both));
        return LinuxOverlap.of(newcomer, first).isPresent()
                ? refused
                : new Verdict(
                        refused.outcome(),
                        DecidingRule.KERNEL_FAULT,
                        refused.inTheWay(),
                        refused.overlap(),
                        fault(LinuxChange.V6ONLY_IN_THE_WAY_OF_MAPPED) + ": " + first,
                        state);
    }

    private static String fault(LinuxChange change) {
        return "a fault of this kernel: " + change;
    }

    private boolean inTheWay(ModelSocket newcomer, ModelSocket other, PortMemory memory, boolean both) {
        return other.number() != newcomer.number()
                && refusal(newcomer, other) != null
                && meets(newcomer, other)
                && unseen(newcomer, other, memory, both).isEmpty();
    }

    private boolean meets(ModelSocket newcomer, ModelSocket other) {
        return LinuxOverlap.of(newcomer, other).isPresent()
                || does(LinuxChange.V6ONLY_IN_THE_WAY_OF_MAPPED)
                        && newcomer.mapped()
                        && !newcomer.any4()
                        && other.any6()
                        && other.flags().v6only();
    }

    private List<Integer> inTheWay(ModelSocket newcomer, AtPort at, boolean both) {
        List<Integer> numbers = new ArrayList<>();
        for (ModelSocket other : at.all(newcomer.address())) {
            if (inTheWay(newcomer, other, at.memory(), both)) {
                numbers.add(other.number());
            }
        }
        return numbers;
    }

    private static boolean bothWildcards(List<ModelSocket> sockets) {
        return sockets.stream().anyMatch(ModelSocket::any4) && sockets.stream().anyMatch(ModelSocket::any6);
    }

    /**
     * The fault by which a newcomer, which looks by its address, does not find a socket whose address overlaps.
     *
     * @param both whether {@code ::} and 0.0.0.0 both have sockets
     */
    private Optional<LinuxChange> unseen(ModelSocket newcomer, ModelSocket other, PortMemory memory, boolean both) {
        boolean ipv4 = !newcomer.ipv6();
        boolean byAddress =
                !newcomer.any6() && !newcomer.any4() && (!newcomer.mapped() || does(LinuxChange.MAPPED_BY_ADDRESS));
        if (changes.isEmpty() || !byAddress) {
            return Optional.empty();
        }
        if (other.phase().left()) {
            return fault(LinuxChange.TIME_WAIT_UNSEEN, true);
        }
        if (ipv4 && other.any6()) {
            Optional<LinuxChange> unseen = fault(LinuxChange.DUAL_STACK_UNSEEN, true);
            return unseen.isPresent()
                    ? unseen
                    : fault(LinuxChange.OLDER_WILDCARD_UNSEEN, both && !memory.ipv6WildcardLater());
        }
        if (ipv4 && other.mapped()) {
            Optional<LinuxChange> unseen = fault(LinuxChange.MAPPED_UNSEEN, true);
            if (unseen.isPresent()) {
                return unseen;
            }
        }
        if (newcomer.mapped() && other.any4() && memory.mappedWildcard()) {
            return fault(LinuxChange.MAPPED_WILDCARD_UNSEEN, true);
        }
        boolean older = other.any4() && memory.ipv6WildcardLater() || other.any6() && !memory.ipv6WildcardLater();
        return fault(
                LinuxChange.OLDER_WILDCARD_UNSEEN,
                both && older && (ipv4 || newcomer.mapped()) && !does(LinuxChange.DUAL_STACK_UNSEEN));
    }

    private Optional<LinuxChange> fault(LinuxChange change, boolean hits) {
        return hits && does(change) ? Optional.of(change) : Optional.empty();
    }

    /** {@code sk_reuseport_match}: whether the port's memory lets the newcomer in unseen. */
    private boolean remembers(PortMemory memory, ModelSocket newcomer) {
        if (memory.group().isEmpty()
                || !newcomer.flags().reusePort()
                || newcomer.uid() != memory.group().get().uid()) {
            return false;
        }
        PortMemory.Group group = memory.group().get();
        if (group.everyAddress() && does(LinuxChange.PORT_REMEMBERS_EVERY_ADDRESS)) {
            return true;
        }
        boolean theirsOnly = newcomer.flags().v6only();
        return group.address() instanceof Sockaddr.Inet6
                ? LinuxOverlap.sameIpv6(group.address(), group.v6only(), newcomer.address(), theirsOnly, true, false)
                : LinuxOverlap.sameIpv4(
                        LinuxOverlap.ipv4(group.address()),
                        LinuxOverlap.ipv4(newcomer.address()),
                        theirsOnly,
                        true,
                        false);
    }

    /** Adds a socket that passed the check, and updates what the port remembers: {@code inet_csk_update_fastreuse}. */
    BindState joined(BindState state, ModelSocket socket) {
        AtPort at = state.at(Protocol.TCP, socket.port());
        PortMemory old = at.memory();
        boolean every = does(LinuxChange.PORT_REMEMBERS_EVERY_ADDRESS);
        boolean first = every && at.size() == 0;
        boolean reuse =
                every && socket.flags().reuseAddr() && socket.phase() != Phase.LISTENING && (first || old.reuseAddr());
        Optional<PortMemory.Group> group = !socket.flags().reusePort()
                ? Optional.empty()
                : !first && remembers(old, socket) ? old.group() : Optional.of(PortMemory.Group.of(socket, first));
        PortMemory now = old.with(reuse, group);
        if (buckets) {
            now = withWildcards(now, at, socket);
        }
        return state.with(socket).withMemory(socket.port(), now);
    }

    /** A wildcard's bucket is there as long as a socket is in it, and made by the first. */
    private static PortMemory withWildcards(PortMemory memory, AtPort at, ModelSocket socket) {
        if (!socket.any4() && !socket.any6()) {
            return memory;
        }
        boolean ipv4There = false;
        boolean ipv6There = false;
        for (ModelSocket other : at.kinds(socket.address())) {
            ipv4There |= other.any4();
            ipv6There |= other.any6();
        }
        boolean made = socket.any6() ? !ipv6There : !ipv4There;
        return made ? memory.withWildcard(socket.any6(), socket.ipv6()) : memory;
    }

    /** Why the flags of two TCP sockets exclude each other, were their addresses to overlap; null if they do not. */
    private static DecidingRule refusal(ModelSocket newcomer, ModelSocket owner) {
        if (onOtherDevice(newcomer, owner)) {
            return null;
        }
        boolean bothReuse = newcomer.flags().reuseAddr() && owner.flags().reuseAddr();
        if (bothReuse && owner.phase() != Phase.LISTENING) {
            return null;
        }
        boolean mine = newcomer.flags().reusePort();
        boolean theirs = owner.flags().reusePort();
        if (mine && theirs) {
            return owner.phase().left() || owner.uid() == newcomer.uid() ? null : DecidingRule.OTHER_UID;
        }
        if (owner.phase().left()) {
            return DecidingRule.TIME_WAIT;
        }
        if (owner.phase().connection()) {
            return DecidingRule.CONNECTION;
        }
        if (mine) {
            return DecidingRule.OWNER_LACKS_REUSE_PORT;
        }
        if (theirs) {
            return DecidingRule.NEWCOMER_LACKS_REUSE_PORT;
        }
        return bothReuse ? DecidingRule.OWNER_LISTENS : DecidingRule.NOTHING_SHARED;
    }

    private static boolean onOtherDevice(ModelSocket newcomer, ModelSocket owner) {
        Optional<String> mine = newcomer.flags().device();
        Optional<String> theirs = owner.flags().device();
        return mine.isPresent() && theirs.isPresent() && !mine.equals(theirs);
    }

    /** Binds a UDP socket to the port that it names. */
    Verdict bindUdp(BindState state, ModelSocket bound) {
        AtPort at = state.at(Protocol.UDP, bound.port());
        List<ModelSocket> others = at.kinds(bound.address());
        for (ModelSocket owner : others) {
            boolean bothReuse = bound.flags().reuseAddr() && owner.flags().reuseAddr();
            if (bothReuse
                    || onOtherDevice(bound, owner)
                    || LinuxOverlap.of(bound, owner).isEmpty()) {
                continue;
            }
            boolean mine = bound.flags().reusePort();
            boolean theirs = owner.flags().reusePort();
            if (!mine || !theirs || bound.uid() != owner.uid()) {
                DecidingRule rule = mine && theirs
                        ? DecidingRule.OTHER_UID
                        : mine
                                ? DecidingRule.OWNER_LACKS_REUSE_PORT
                                : theirs ? DecidingRule.NEWCOMER_LACKS_REUSE_PORT : DecidingRule.NOTHING_SHARED;
                return refused(state, bound, owner, rule, inTheWayUdp(bound, at));
            }
            // The first that overlaps decides; whoever comes behind it is not asked any more.
            return Verdict.ok(
                    DecidingRule.SAME_GROUP,
                    "both have SO_REUSEPORT and the effective user " + bound.uid() + ", and " + owner.name()
                            + " is the first that is asked",
                    joinedUdp(state, bound));
        }
        Verdict allowed = allowed(state, bound, others, at.size() == 0);
        return Verdict.ok(allowed.rule(), allowed.reason(), joinedUdp(state, bound));
    }

    /** Who refuses, and who would if those before it were gone. */
    private static List<Integer> inTheWayUdp(ModelSocket bound, AtPort at) {
        List<Integer> numbers = new ArrayList<>();
        for (ModelSocket owner : at.all(bound.address())) {
            boolean apart =
                    onOtherDevice(bound, owner) || LinuxOverlap.of(bound, owner).isEmpty();
            if (apart || bound.flags().reuseAddr() && owner.flags().reuseAddr()) {
                continue;
            }
            if (udpShares(bound, owner)) {
                break;
            }
            numbers.add(owner.number());
        }
        return numbers;
    }

    /** {@code sk_add_node_rcu}: IPv6 with SO_REUSEPORT goes to the end of the chain, all others to its head. */
    static boolean askedLast(ModelSocket socket) {
        return socket.protocol() == Protocol.UDP
                && socket.ipv6()
                && socket.flags().reusePort();
    }

    static BindState joinedUdp(BindState state, ModelSocket socket) {
        return askedLast(socket) ? state.withLastAsked(socket) : state.with(socket);
    }

    /**
     * Finds a port for a socket that names none, as {@code inet_csk_find_open_port} and {@code udp_lib_get_port} do: one
     * where nobody is in the way, whatever flags both have, but that UDP's SO_REUSEADDR and SO_REUSEPORT count as ever.
     *
     * @param liked the port to begin with
     */
    OptionalInt free(BindState state, ModelSocket newcomer, int liked) {
        Sysctls sysctls = state.host().sysctls();
        PortRange range = range(sysctls, newcomer);
        int first = range.has(liked) ? liked : range.lower();
        boolean reuse = newcomer.protocol() == Protocol.TCP && sysctls.autobindReuse();
        for (boolean relaxed : reuse ? new boolean[] {false, true} : new boolean[] {false}) {
            int port = first;
            do {
                if (!sysctls.reserves(port) && mayBe(state, newcomer, port, relaxed)) {
                    return OptionalInt.of(port);
                }
                port = port == range.upper() ? range.lower() : port + 1;
            } while (port != first);
        }
        return OptionalInt.empty();
    }

    /** Where a socket's port is looked for. TCP looks at as many odd ports as even ones, and leaves the last one over. */
    static PortRange range(Sysctls sysctls, ModelSocket socket) {
        PortRange all = sysctls.localPorts();
        PortRange own = socket.flags().ports().orElse(all);
        int lower = all.has(own.lower()) ? own.lower() : all.lower();
        int upper = all.has(own.upper()) ? own.upper() : all.upper();
        int count = upper - lower + 1;
        boolean odd = socket.protocol() == Protocol.TCP && count > 1 && count % 2 == 1;
        return new PortRange(lower, odd ? upper - 1 : upper);
    }

    private boolean mayBe(BindState state, ModelSocket newcomer, int port, boolean relaxed) {
        AtPort at = state.at(newcomer.protocol(), port);
        if (at.size() == 0) {
            return true;
        }
        ModelSocket there = newcomer.withAddress(newcomer.address().withPort(port));
        List<ModelSocket> others = at.kindsOfOthers(there);
        boolean both = bothWildcards(others);
        return others.stream()
                .allMatch(other -> onOtherDevice(there, other)
                        || (newcomer.protocol() == Protocol.TCP
                                ? tcpShares(there, other, relaxed)
                                        || !meets(there, other)
                                        || unseen(there, other, at.memory(), both)
                                                .isPresent()
                                : udpShares(there, other)
                                        || LinuxOverlap.of(there, other).isEmpty()));
    }

    /** {@code inet_bind_conflict} without {@code reuseport_ok}. */
    private static boolean tcpShares(ModelSocket newcomer, ModelSocket owner, boolean relaxed) {
        boolean group = newcomer.flags().reusePort()
                && owner.flags().reusePort()
                && (owner.phase().left() || owner.uid() == newcomer.uid());
        return relaxed
                && newcomer.flags().reuseAddr()
                && owner.flags().reuseAddr()
                && owner.phase() != Phase.LISTENING
                && !group;
    }

    private static boolean udpShares(ModelSocket newcomer, ModelSocket owner) {
        return newcomer.flags().reuseAddr() && owner.flags().reuseAddr()
                || newcomer.flags().reusePort() && owner.flags().reusePort() && newcomer.uid() == owner.uid();
    }

    private static Verdict allowed(BindState state, ModelSocket newcomer, List<ModelSocket> others, boolean alone) {
        boolean apart = others.stream()
                .noneMatch(other -> LinuxOverlap.of(newcomer, other).isPresent());
        if (alone) {
            return Verdict.ok(
                    DecidingRule.PORT_FREE,
                    "no other " + newcomer.protocol() + " socket has port " + newcomer.port(),
                    state);
        }
        if (apart) {
            return Verdict.ok(
                    DecidingRule.APART, "the port's other sockets are at addresses that do not overlap", state);
        }
        if (others.stream()
                .allMatch(other -> onOtherDevice(newcomer, other)
                        || LinuxOverlap.of(newcomer, other).isEmpty())) {
            return Verdict.ok(DecidingRule.APART, "the port's other sockets are on other devices", state);
        }
        boolean group = newcomer.flags().reusePort()
                && others.stream()
                        .filter(other -> LinuxOverlap.of(newcomer, other).isPresent())
                        .allMatch(other ->
                                other.flags().reusePort() && (other.phase().left() || other.uid() == newcomer.uid()));
        if (group) {
            return Verdict.ok(DecidingRule.SAME_GROUP, "all have SO_REUSEPORT and the same user", state);
        }
        boolean listeners = others.stream()
                .anyMatch(other -> other.phase() == Phase.LISTENING
                        && !onOtherDevice(newcomer, other)
                        && LinuxOverlap.of(newcomer, other).isPresent());
        return Verdict.ok(
                DecidingRule.BOTH_REUSE_ADDR,
                newcomer.protocol() == Protocol.UDP
                        ? "all have SO_REUSEADDR, with which UDP shares a port, whoever they belong to; a unicast datagram"
                                + " goes to one of them, at the same address to the one that was bound last"
                        : listeners
                                ? "those that listen have SO_REUSEPORT and this user, and all others SO_REUSEADDR"
                                : "all have SO_REUSEADDR, and none of them listens",
                state);
    }

    private static Verdict refused(
            BindState state, ModelSocket newcomer, ModelSocket owner, DecidingRule rule, List<Integer> inTheWay) {
        Optional<Overlap> overlap = LinuxOverlap.of(newcomer, owner);
        String has =
                owner.name() + (owner.phase() == Phase.LISTENING ? " listens on " : " is bound to ") + owner.address();
        boolean certain = newcomer.flags().reuseAddr();
        String lacked = certain ? ", and of the two the newcomer alone has it" : "";
        String says = switch (rule) {
            case OTHER_UID ->
                has + " with SO_REUSEPORT for user " + owner.uid() + ", not " + newcomer.uid()
                        + ": a group belongs to one effective user, and root is no exception";
            case OWNER_LACKS_REUSE_PORT ->
                has + " without SO_REUSEPORT: everybody on the port must have it before the newcomer binds";
            case NEWCOMER_LACKS_REUSE_PORT -> has + " with SO_REUSEPORT, and the newcomer has not set it";
            case OWNER_LISTENS -> has + ": SO_REUSEADDR on both lets sockets share a port only while none listens";
            case TIME_WAIT ->
                owner.name() + " is in " + owner.phase() + " on " + owner.address()
                        + ": for a minute only SO_REUSEADDR on both it and the newcomer gets past it" + lacked;
            case CONNECTION ->
                owner.name() + " still has " + owner.address()
                        + ": only SO_REUSEADDR on both "
                        + (owner.acceptor() == 0 && owner.peer().isPresent() ? "it" : "the old listener")
                        + " and the newcomer gets past it" + lacked;
            default -> has + ", and neither SO_REUSEPORT nor SO_REUSEADDR is set on both";
        };
        String how = overlap.map(kind -> switch (kind) {
                    case SAME -> "";
                    case OWNER_WILDCARD -> "; its wildcard takes every address";
                    case NEWCOMER_WILDCARD -> "; the newcomer's wildcard takes its address";
                    case OWNER_DUAL_STACK -> "; its :: without IPV6_V6ONLY takes IPv4 too";
                    case NEWCOMER_DUAL_STACK -> "; the newcomer's :: without IPV6_V6ONLY takes IPv4 too";
                })
                .orElse("");
        // Who refuses a newcomer with SO_REUSEADDR has not got it, and nothing else of it counts.
        boolean known =
                owner.flagsKnown() || certain && (rule == DecidingRule.TIME_WAIT || rule == DecidingRule.CONNECTION);
        String unsure = known ? "" : " (its flags could not be read)";
        return new Verdict(
                Optional.of(Outcome.of(Const.EADDRINUSE)), rule, inTheWay, overlap, says + how + unsure, state);
    }
}
