package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Linux, as of 6.18: {@code net/ipv4/inet_connection_sock.c} and {@code inet_hashtables.c} for TCP, {@code
 * net/ipv4/udp.c} for UDP, {@code __inet_bind} and {@code __inet6_bind} for what comes before.
 *
 * <p>What sets it apart: SO_REUSEADDR counts only if both have it, and a listener undoes it; {@code listen} checks the
 * port a second time; a TCP port remembers who was let in ({@link PortMemory}); UDP asks only the
 * first of the sockets whose addresses overlap: that is the one bound last, but for IPv6 sockets with SO_REUSEPORT, which
 * come behind all others, oldest first. (With more than ten sockets on a UDP port the order is that of a second table,
 * which is not modelled.)
 */
public final class LinuxRules extends SystemRules {
    /** What the IPv4 side of an IPv6 socket holds when its address has no IPv4 form. */
    private static final int NO_IPV4 = 0x7f000006;

    LinuxRules() {
        super(Platform.LINUX);
    }

    @Override
    public boolean startsV6only(Host host) {
        return host.sysctls().bindV6only();
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        Optional<Verdict> refusal = refuseAddress(state, newcomer, port);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        ModelSocket bound =
                newcomer.withAddress(newcomer.address().withPort(port)).withPhase(Phase.BOUND);
        // An IPv6 address that is neither :: nor mapped has no IPv4 side, and the socket says so from now on.
        if (bound.ipv6() && !bound.any6() && !bound.mapped()) {
            bound = bound.withFlags(bound.flags().withV6only(true));
        }
        return bound.protocol() == Protocol.TCP
                ? bindTcp(state, bound, newcomer.portChosen(), newcomer)
                : bindUdp(state, bound, newcomer.portChosen());
    }

    private Optional<Verdict> refuseAddress(BindState state, ModelSocket newcomer, int port) {
        Host host = state.host();
        Flags flags = newcomer.flags();
        Sockaddr address = newcomer.address();
        Verdict privileged = newcomer.port() != 0
                        && port < host.sysctls().unprivilegedPorts()
                        && !host.capable(newcomer.uid(), LinuxBits.CAP_NET_BIND_SERVICE)
                ? Verdict.refused(
                        EACCES,
                        DecidingRule.PRIVILEGED_PORT,
                        "a port below " + host.sysctls().unprivilegedPorts()
                                + " needs CAP_NET_BIND_SERVICE, as root has it",
                        state)
                : null;
        if (!(address instanceof Sockaddr.Inet6 inet6)) {
            return refuseIpv4(state, address, flags).or(() -> Optional.ofNullable(privileged));
        }
        if (address.multicast() && newcomer.protocol() == Protocol.TCP) {
            return Optional.of(Verdict.refused(EINVAL, DecidingRule.MULTICAST, "TCP has no multicast", state));
        }
        if (privileged != null) {
            return Optional.of(privileged);
        }
        if (inet6.v4Mapped()) {
            return flags.v6only()
                    ? Optional.of(Verdict.refused(
                            EINVAL,
                            DecidingRule.MAPPED_REFUSED,
                            "an IPv4-mapped address on a socket with IPV6_V6ONLY",
                            state))
                    : refuseIpv4(state, new Sockaddr.Inet((int) inet6.low(), 0), flags);
        }
        if (inet6.wildcard()
                || address.multicast()
                || flags.anyAddress()
                || host.sysctls().nonlocalIpv6()) {
            return Optional.empty();
        }
        if (inet6.linkLocal() && inet6.scopeId() == 0 && flags.device().isEmpty()) {
            return Optional.of(Verdict.refused(
                    EINVAL, DecidingRule.NO_SCOPE, "a link-local address needs its interface, as fe80::1%eth0", state));
        }
        return host.has(address, flags.device()) ? Optional.empty() : Optional.of(notLocal(state, address, flags));
    }

    /** An IPv4 address may be on any device, even for a socket that is bound to one; TCP takes broadcast addresses too. */
    private static Optional<Verdict> refuseIpv4(BindState state, Sockaddr address, Flags flags) {
        return address.wildcard()
                        || flags.anyAddress()
                        || address.multicast()
                        || address.limitedBroadcast()
                        || state.host().sysctls().nonlocalIpv4()
                        || state.host().has(address, Optional.empty())
                ? Optional.empty()
                : Optional.of(notLocal(state, address, flags));
    }

    private static Verdict notLocal(BindState state, Sockaddr address, Flags flags) {
        String unready = address instanceof Sockaddr.Inet6 ? ", or not yet (tentative)" : "";
        String where = flags.device().map(name -> "on " + name).orElse("this host's") + unready;
        return Verdict.refused(
                EADDRNOTAVAIL,
                DecidingRule.NOT_LOCAL,
                address.host() + " is not " + where + ", and no IP_FREEBIND",
                state);
    }

    private Verdict bindTcp(BindState state, ModelSocket bound, boolean chosen, ModelSocket unbound) {
        if (chosen) {
            return Verdict.ok(
                    DecidingRule.PORT_CHOSEN,
                    "port 0: the kernel looks for one without conflict",
                    joined(state, bound));
        }
        Verdict checked = checkTcp(state, bound);
        return checked.ok() ? Verdict.ok(checked.rule(), checked.reason(), joined(state, bound)) : checked;
    }

    /** The check of {@code inet_csk_get_port}, which {@code bind} and {@code listen} share. */
    private Verdict checkTcp(BindState state, ModelSocket newcomer) {
        AtPort at = state.at(Protocol.TCP, newcomer.port());
        List<ModelSocket> others = at.kindsOfOthers(newcomer);
        boolean alone = at.size() == (at.has(newcomer) ? 1 : 0);
        if (alone) {
            return Verdict.ok(DecidingRule.PORT_FREE, "no other TCP socket has port " + newcomer.port(), state);
        }
        Optional<PortMemory> memory = at.memory();
        if (remembers(memory, newcomer)) {
            boolean flagsSay = others.stream().allMatch(other -> refusal(newcomer, other) == null);
            return Verdict.ok(
                    flagsSay ? DecidingRule.SAME_GROUP : DecidingRule.REMEMBERED,
                    flagsSay
                            ? "all have SO_REUSEPORT and the effective user " + newcomer.uid()
                            : "the kernel remembers that SO_REUSEPORT of user "
                                    + memory.orElseThrow().uid()
                                    + " was let in on this port, and does not look at the flags of now",
                    state);
        }
        ModelSocket first = null;
        for (ModelSocket other : others) {
            if (inTheWay(newcomer, other)) {
                first = first == null || other.acceptor() == 0 && first.acceptor() != 0 ? other : first;
            }
        }
        return first == null
                ? allowed(state, newcomer, others, alone)
                : refused(state, newcomer, first, refusal(newcomer, first), inTheWay(newcomer, at));
    }

    private static boolean inTheWay(ModelSocket newcomer, ModelSocket other) {
        return other.number() != newcomer.number()
                && refusal(newcomer, other) != null
                && overlap(newcomer, other).isPresent();
    }

    private static List<Integer> inTheWay(ModelSocket newcomer, AtPort at) {
        List<Integer> numbers = new ArrayList<>();
        for (ModelSocket other : at.all(newcomer.address())) {
            if (inTheWay(newcomer, other)) {
                numbers.add(other.number());
            }
        }
        return numbers;
    }

    /** {@code sk_reuseport_match}: whether the port's memory lets the newcomer in unseen. */
    private static boolean remembers(Optional<PortMemory> remembered, ModelSocket newcomer) {
        if (remembered.isEmpty()
                || !newcomer.flags().reusePort()
                || newcomer.uid() != remembered.get().uid()) {
            return false;
        }
        PortMemory memory = remembered.get();
        boolean theirsOnly = newcomer.flags().v6only();
        return memory.address() instanceof Sockaddr.Inet6
                ? sameIpv6(memory.address(), memory.v6only(), newcomer.address(), theirsOnly, true, false)
                : sameIpv4(ipv4(memory.address()), ipv4(newcomer.address()), theirsOnly, true, false);
    }

    /** Adds a socket that passed the check, and updates what the port remembers: {@code inet_csk_update_fastreuse}. */
    private static BindState joined(BindState state, ModelSocket socket) {
        Optional<PortMemory> old = state.at(Protocol.TCP, socket.port()).memory();
        Optional<PortMemory> now = !socket.flags().reusePort()
                ? Optional.empty()
                : remembers(old, socket) ? old : Optional.of(PortMemory.of(socket));
        return state.with(socket).withMemory(socket.port(), now);
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
            return owner.phase() == Phase.TIME_WAIT || owner.uid() == newcomer.uid() ? null : DecidingRule.OTHER_UID;
        }
        if (owner.phase() == Phase.TIME_WAIT) {
            return DecidingRule.TIME_WAIT;
        }
        if (owner.phase() == Phase.CONNECTED) {
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

    private Verdict bindUdp(BindState state, ModelSocket bound, boolean chosen) {
        if (chosen) {
            return Verdict.ok(
                    DecidingRule.PORT_CHOSEN, "port 0: the kernel looks for one without conflict", state.with(bound));
        }
        AtPort at = state.at(Protocol.UDP, bound.port());
        List<ModelSocket> others = at.kinds(bound.address());
        for (ModelSocket owner : others) {
            boolean bothReuse = bound.flags().reuseAddr() && owner.flags().reuseAddr();
            if (bothReuse
                    || onOtherDevice(bound, owner)
                    || overlap(bound, owner).isEmpty()) {
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
                return refused(state, bound, owner, rule, List.of(owner.number()));
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

    /** {@code sk_add_node_rcu}: IPv6 with SO_REUSEPORT goes to the end of the chain, all others to its head. */
    private static BindState joinedUdp(BindState state, ModelSocket socket) {
        return socket.ipv6() && socket.flags().reusePort() ? state.withLastAsked(socket) : state.with(socket);
    }

    @Override
    Verdict decideListen(BindState state, ModelSocket socket, int chosen) {
        if (socket.protocol() == Protocol.UDP) {
            return notTcp(state);
        }
        if (socket.phase() == Phase.LISTENING) {
            return Verdict.ok(DecidingRule.ALREADY, "it listens already, and only its backlog changes", state);
        }
        if (socket.phase() == Phase.UNBOUND) {
            ModelSocket bound =
                    socket.withAddress(socket.address().withPort(chosen)).withPhase(Phase.LISTENING);
            return Verdict.ok(
                    DecidingRule.PORT_CHOSEN, "it has no port any more, and listen chooses one", joined(state, bound));
        }
        ModelSocket listening = socket.withPhase(Phase.LISTENING);
        Verdict checked = checkTcp(state, listening);
        if (checked.ok()) {
            boolean alone = state.at(Protocol.TCP, socket.port()).size() == 1;
            return Verdict.ok(
                    alone ? DecidingRule.ALLOWED : checked.rule(),
                    alone ? "nobody else has the port" : checked.reason(),
                    joined(state, listening));
        }
        return new Verdict(
                checked.outcome(),
                checked.rule(),
                checked.inTheWay(),
                checked.overlap(),
                "listen checks the port again: " + checked.reason(),
                state);
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        if (socket.phase() != Phase.LISTENING) {
            return notConnected(state);
        }
        if (socket.portChosen()) {
            ModelSocket unbound = socket.withPhase(Phase.UNBOUND);
            BindState gone = state.without(unbound);
            return Verdict.ok(
                    DecidingRule.ALLOWED,
                    "it listens no more, and gives back the port that the kernel had chosen",
                    gone.with(unbound.withAddress(socket.address().withPort(0))));
        }
        return Verdict.ok(
                DecidingRule.ALLOWED,
                "it listens no more, and keeps its port",
                state.with(socket.withPhase(Phase.BOUND)));
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        Const level = setting.option().level();
        if (level == Const.IPPROTO_IPV6 && !socket.ipv6()) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.ENOPROTOOPT),
                    DecidingRule.OTHER_FAMILY,
                    "an IPv4 socket has no IPv6 options",
                    state));
        }
        if (level == (socket.protocol() == Protocol.UDP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP)) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.ENOPROTOOPT),
                    DecidingRule.OTHER_PROTOCOL,
                    "a " + socket.protocol() + " socket has no " + setting.option(),
                    state));
        }
        boolean transparent =
                setting.option() == SockOpts.IP_TRANSPARENT || setting.option() == SockOpts.IPV6_TRANSPARENT;
        if (transparent
                && Boolean.TRUE.equals(setting.value())
                && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_RAW)
                && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_ADMIN)) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.EPERM),
                    DecidingRule.UNPRIVILEGED,
                    setting.option() + " needs CAP_NET_RAW or CAP_NET_ADMIN, as root has them",
                    state));
        }
        if (setting.option() == SockOpts.SO_BINDTODEVICE && setting.value() instanceof String name) {
            if (socket.flags().device().isPresent() && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_RAW)) {
                return Optional.of(Verdict.refused(
                        Outcome.of(Const.EPERM),
                        DecidingRule.DEVICE_FIXED,
                        "a socket that has a device gets another only with CAP_NET_RAW",
                        state));
            }
            if (!name.isEmpty() && state.host().index(name).isEmpty()) {
                return Optional.of(Verdict.refused(
                        Outcome.of(Const.ENODEV), DecidingRule.NO_DEVICE, "there is no interface " + name, state));
            }
        }
        return Optional.empty();
    }

    @Override
    boolean covers(ModelSocket listener, Sockaddr destination) {
        if (listener.flags().device().filter(name -> !name.equals("lo")).isPresent()) {
            return false;
        }
        if (destination instanceof Sockaddr.Inet inet) {
            return listener.any6()
                    ? !listener.flags().v6only()
                    : listener.any4()
                            || (!listener.ipv6() || listener.mapped()) && ipv4(listener.address()) == inet.address();
        }
        return listener.any6()
                || listener.address() instanceof Sockaddr.Inet6 mine
                        && destination instanceof Sockaddr.Inet6 theirs
                        && mine.high() == theirs.high()
                        && mine.low() == theirs.low();
    }

    private static Verdict allowed(BindState state, ModelSocket newcomer, List<ModelSocket> others, boolean alone) {
        boolean apart =
                others.stream().noneMatch(other -> overlap(newcomer, other).isPresent());
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
                        || overlap(newcomer, other).isEmpty())) {
            return Verdict.ok(DecidingRule.APART, "the port's other sockets are on other devices", state);
        }
        boolean group = newcomer.flags().reusePort()
                && others.stream()
                        .filter(other -> overlap(newcomer, other).isPresent())
                        .allMatch(other -> other.flags().reusePort());
        return group
                ? Verdict.ok(DecidingRule.SAME_GROUP, "all have SO_REUSEPORT and the same user", state)
                : Verdict.ok(
                        DecidingRule.BOTH_REUSE_ADDR,
                        newcomer.protocol() == Protocol.TCP
                                ? "all have SO_REUSEADDR, and none of them listens"
                                : "all have SO_REUSEADDR, with which UDP shares a port",
                        state);
    }

    private static Verdict refused(
            BindState state, ModelSocket newcomer, ModelSocket owner, DecidingRule rule, List<Integer> inTheWay) {
        Optional<Overlap> overlap = overlap(newcomer, owner);
        String has =
                owner.name() + (owner.phase() == Phase.LISTENING ? " listens on " : " is bound to ") + owner.address();
        String says = switch (rule) {
            case OTHER_UID ->
                has + " with SO_REUSEPORT for user " + owner.uid() + ", not " + newcomer.uid()
                        + ": a group belongs to one effective user, and root is no exception";
            case OWNER_LACKS_REUSE_PORT ->
                has + " without SO_REUSEPORT: everybody on the port must have it before the newcomer binds";
            case NEWCOMER_LACKS_REUSE_PORT -> has + " with SO_REUSEPORT, and the newcomer has not set it";
            case OWNER_LISTENS -> has + ": SO_REUSEADDR on both lets sockets share a port only while none listens";
            case TIME_WAIT ->
                owner.name() + " is in TIME_WAIT on " + owner.address()
                        + ": for a minute only SO_REUSEADDR on both it and the newcomer gets past it";
            case CONNECTION ->
                owner.name() + " still has " + owner.address()
                        + ": only SO_REUSEADDR on both the old listener and the newcomer gets past it";
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
        String unsure = owner.flagsKnown() ? "" : " (its flags could not be read)";
        return new Verdict(Optional.of(EADDRINUSE), rule, inTheWay, overlap, says + how + unsure, state);
    }

    /** How the addresses of two sockets overlap: {@code inet_rcv_saddr_equal}. */
    static Optional<Overlap> overlap(ModelSocket newcomer, ModelSocket owner) {
        boolean mineOnly = newcomer.flags().v6only();
        boolean theirsOnly = owner.flags().v6only();
        boolean meet = newcomer.ipv6()
                ? sameIpv6(newcomer.address(), mineOnly, owner.address(), theirsOnly, true, true)
                : sameIpv4(ipv4(newcomer.address()), ipv4(owner.address()), theirsOnly, true, true);
        if (!meet) {
            return Optional.empty();
        }
        boolean mineIsIpv4 = !newcomer.ipv6() || newcomer.mapped();
        boolean theirsIsIpv4 = !owner.ipv6() || owner.mapped();
        if (newcomer.any6() && theirsIsIpv4) {
            return Optional.of(Overlap.NEWCOMER_DUAL_STACK);
        }
        if (owner.any6() && mineIsIpv4) {
            return Optional.of(Overlap.OWNER_DUAL_STACK);
        }
        boolean mineWild = newcomer.any6() || newcomer.any4();
        boolean theirsWild = owner.any6() || owner.any4();
        return Optional.of(
                mineWild == theirsWild
                        ? Overlap.SAME
                        : theirsWild ? Overlap.OWNER_WILDCARD : Overlap.NEWCOMER_WILDCARD);
    }

    /** The IPv4 side of an address. */
    private static int ipv4(Sockaddr address) {
        if (address instanceof Sockaddr.Inet inet) {
            return inet.address();
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) address;
        return inet6.wildcard() ? 0 : inet6.v4Mapped() ? (int) inet6.low() : NO_IPV4;
    }

    private static boolean sameIpv4(int mine, int theirs, boolean theirsOnly, boolean mineWild, boolean theirsWild) {
        return !theirsOnly && (mine == theirs || (mineWild && mine == 0) || (theirsWild && theirs == 0));
    }

    private static boolean sameIpv6(
            Sockaddr mine,
            boolean mineOnly,
            Sockaddr theirs,
            boolean theirsOnly,
            boolean mineWild,
            boolean theirsWild) {
        Sockaddr.Inet6 me = (Sockaddr.Inet6) mine;
        boolean mineMapped = me.v4Mapped();
        boolean mineAny = me.wildcard();
        boolean theirsMapped = !(theirs instanceof Sockaddr.Inet6 they) || they.v4Mapped();
        boolean theirsAny = theirs instanceof Sockaddr.Inet6 && theirs.wildcard();
        if (mineMapped && theirsMapped) {
            return sameIpv4(ipv4(mine), ipv4(theirs), theirsOnly, mineWild, theirsWild);
        }
        return (mineAny && theirsAny)
                || (theirsAny && theirsWild && !(theirsOnly && mineMapped))
                || (mineAny && mineWild && !(mineOnly && theirsMapped))
                || (theirs instanceof Sockaddr.Inet6 they && me.high() == they.high() && me.low() == they.low());
    }
}
