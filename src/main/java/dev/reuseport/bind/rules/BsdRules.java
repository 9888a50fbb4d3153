package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.List;
import java.util.Optional;

/**
 * What the descendants of 4.4BSD share: {@code in_pcblookup_local} finds the one socket that fits the newcomer's address
 * best, and only that socket is asked. Without a flag on the newcomer a wildcard fits a specific address and the
 * reverse; with SO_REUSEADDR or SO_REUSEPORT only the same address does. Flags are read when the newcomer binds.
 * {@code listen} checks nothing again.
 */
abstract sealed class BsdRules extends SystemRules permits MacosRules, FreebsdRules, OpenbsdRules, NetbsdRules {
    /** The lowest port that any user may bind to (netinet/in.h). */
    static final int IPPORT_RESERVED = 1024;

    /** Never fits: more than any sum of costs. */
    static final int NO_FIT = 100;

    private static final Outcome EPERM = Outcome.of(Const.EPERM);

    BsdRules(Platform platform) {
        super(platform);
    }

    /** IPPORT_HIFIRSTAUTO to IPPORT_HILASTAUTO of netinet/in.h. */
    @Override
    public PortRange localPorts(Host host) {
        return new PortRange(49_152, 65_535);
    }

    /**
     * Finds who is at an address, in the view of its family: who fits it best, and of several the one bound last.
     *
     * @param wildcards whether a wildcard fits a specific address, and the reverse, and connections count
     */
    ModelSocket find(BindState state, ModelSocket newcomer, Sockaddr address, boolean wildcards) {
        ModelSocket best = null;
        int least = wildcards ? NO_FIT : 1;
        List<ModelSocket> owners =
                state.at(newcomer.protocol(), newcomer.port()).kinds(address);
        for (ModelSocket owner : owners) {
            int cost = misfit(owner, address, wildcards);
            if (cost < least) {
                best = owner;
                least = cost;
            }
        }
        return best;
    }

    /** How badly a socket fits an address: the wildcards that it takes, 0 if it is exactly there, else {@link #NO_FIT}. */
    int misfit(ModelSocket owner, Sockaddr address, boolean wildcards) {
        return (address instanceof Sockaddr.Inet ? ipv4(owner) : ipv6(owner))
                .map(seen -> misfit(owner, seen, address))
                .orElse(NO_FIT);
    }

    static int misfit(ModelSocket owner, Sockaddr seen, Sockaddr address) {
        boolean oneWild = seen.wildcard() != address.wildcard();
        return oneWild || same(seen, address) ? (connected(owner) ? 1 : 0) + (oneWild ? 1 : 0) : NO_FIT;
    }

    /** A scope counts where the address has one, and is not looked at elsewhere: {@code sa6_embedscope}. */
    private static boolean same(Sockaddr one, Sockaddr other) {
        if (one instanceof Sockaddr.Inet6 mine && other instanceof Sockaddr.Inet6 theirs) {
            return mine.high() == theirs.high()
                    && mine.low() == theirs.low()
                    && (!mine.needsScope() || mine.scopeId() == theirs.scopeId());
        }
        return one.withPort(0).equals(other.withPort(0));
    }

    /** Whether a socket has a peer. */
    static boolean connected(ModelSocket socket) {
        return socket.phase().connection()
                || socket.phase() == Phase.TIME_WAIT
                || socket.peer().isPresent() && socket.protocol() == Protocol.UDP;
    }

    static boolean wild(ModelSocket socket) {
        return socket.any6() || socket.any4();
    }

    /** The IPv4 address under which others find a socket: {@code ::} without IPV6_V6ONLY is {@code 0.0.0.0} too. */
    Optional<Sockaddr> ipv4(ModelSocket socket) {
        if (!socket.ipv6()) {
            return Optional.of(socket.address());
        }
        if (socket.address() instanceof Sockaddr.Inet6 inet6 && inet6.v4Mapped()) {
            return Optional.of(new Sockaddr.Inet((int) inet6.low(), inet6.port()));
        }
        return socket.any6() && !socket.flags().v6only()
                ? Optional.of(new Sockaddr.Inet(0, socket.port()))
                : Optional.empty();
    }

    private static Optional<Sockaddr> ipv6(ModelSocket socket) {
        return socket.ipv6() && !socket.mapped() ? Optional.of(socket.address()) : Optional.empty();
    }

    /** What {@code bind} decides before it looks at other sockets. */
    Optional<Verdict> refuseAddress(BindState state, ModelSocket newcomer) {
        Sockaddr address = newcomer.address();
        if (newcomer.mapped() && newcomer.flags().v6only()) {
            return Optional.of(Verdict.refused(
                    EADDRNOTAVAIL,
                    DecidingRule.MAPPED_REFUSED,
                    "an IPv4-mapped address on a socket with IPV6_V6ONLY",
                    state));
        }
        if (wild(newcomer)
                || address.multicast()
                || takesBroadcast(newcomer)
                || newcomer.flags().anyAddress()) {
            return Optional.empty();
        }
        boolean linkLocal = address instanceof Sockaddr.Inet6 inet6 && inet6.linkLocal();
        if (linkLocal && ((Sockaddr.Inet6) address).scopeId() == 0) {
            return Optional.of(Verdict.refused(
                    EADDRNOTAVAIL,
                    DecidingRule.NO_SCOPE,
                    "a link-local address is this host's only with the interface that it is on",
                    state));
        }
        boolean local = linkLocal
                ? onItsInterface(state.host(), (Sockaddr.Inet6) address)
                : state.host().hasExactly(newcomer.mapped() ? ipv4(newcomer).orElseThrow() : address);
        return local
                ? Optional.empty()
                : Optional.of(Verdict.refused(
                        EADDRNOTAVAIL, DecidingRule.NOT_LOCAL, address.host() + " is not this host's", state));
    }

    private static boolean onItsInterface(Host host, Sockaddr.Inet6 address) {
        String device = host.device(address.scopeId()).orElse("");
        return host.locals().stream()
                .anyMatch(local -> local.device().equals(device)
                        && local.address() instanceof Sockaddr.Inet6 mine
                        && mine.high() == address.high()
                        && mine.low() == address.low());
    }

    /** Refuses TCP on a multicast address, as macOS and FreeBSD do: {@code tcp_usr_bind}, {@code tcp6_usr_bind}. */
    Optional<Verdict> refuseMulticast(BindState state, ModelSocket newcomer) {
        return newcomer.protocol() == Protocol.TCP && newcomer.address().multicast()
                ? Optional.of(Verdict.refused(
                        Outcome.of(Const.EAFNOSUPPORT),
                        DecidingRule.MULTICAST,
                        "TCP takes no multicast address, whoever has the port",
                        state))
                : Optional.empty();
    }

    /** {@code tcp_usr_bind}, {@code udp_bind} and their twins for IPv6, {@code in_nam2sin} of OpenBSD. */
    Verdict otherFamily(BindState state) {
        return Verdict.refused(
                Outcome.of(Const.EAFNOSUPPORT),
                DecidingRule.OTHER_FAMILY,
                "the family of the address is not the socket's",
                state);
    }

    /** Whether 255.255.255.255 is as good as an address of this host: on OpenBSD alone, and for UDP. */
    boolean takesBroadcast(ModelSocket newcomer) {
        return false;
    }

    /** Whether the port is root's and the newcomer is not. */
    boolean privileged(ModelSocket newcomer) {
        return newcomer.port() != 0 && newcomer.port() < IPPORT_RESERVED && newcomer.uid() != 0;
    }

    Verdict privilegedPort(BindState state) {
        return Verdict.refused(
                EACCES, DecidingRule.PRIVILEGED_PORT, "a port below " + IPPORT_RESERVED + " needs root", state);
    }

    /** Whether the newcomer makes wildcards count: it has set none of the flags. */
    boolean wildcardsCount(ModelSocket newcomer) {
        Flags flags = newcomer.flags();
        return !flags.reuseAddr() && !flags.reusePort();
    }

    /** Whether SO_REUSEPORT is set on both. */
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        return newcomer.flags().reusePort() && owner.flags().reusePort();
    }

    /** Whether both have one of the two flags, whichever: what counts on a multicast address. */
    static boolean shareEither(ModelSocket newcomer, ModelSocket owner) {
        Flags mine = newcomer.flags();
        Flags theirs = owner.flags();
        return (mine.reuseAddr() || mine.reusePort()) && (theirs.reuseAddr() || theirs.reusePort());
    }

    Verdict bound(BindState state, ModelSocket newcomer, int port) {
        ModelSocket bound =
                newcomer.withAddress(newcomer.address().withPort(port)).withPhase(Phase.BOUND);
        BindState after = state.with(bound);
        if (newcomer.portChosen() && state.at(newcomer.protocol(), port).size() != 0) {
            return Verdict.unknown(
                    DecidingRule.PORTS_USED_UP,
                    "every port that the kernel may choose is somebody's, and the rules do not say which may be shared",
                    state);
        }
        if (newcomer.portChosen()) {
            return Verdict.ok(DecidingRule.PORT_CHOSEN, "port 0: the kernel looks for one without conflict", after);
        }
        if (state.at(newcomer.protocol(), port).size() == 0) {
            return Verdict.ok(
                    DecidingRule.PORT_FREE, "no other " + newcomer.protocol() + " socket has port " + port, after);
        }
        Sockaddr seen = ipv4(newcomer).orElse(newcomer.address());
        ModelSocket exact =
                find(state, newcomer, newcomer.ipv6() && !newcomer.mapped() ? newcomer.address() : seen, false);
        if (exact != null) {
            return share(newcomer, exact)
                    ? Verdict.ok(DecidingRule.SAME_GROUP, "both have the flag that shares this address", after)
                    : Verdict.ok(
                            DecidingRule.APART, "the wildcard of the other family is not held against this one", after);
        }
        return wildcardsCount(newcomer)
                ? Verdict.ok(DecidingRule.APART, "the port's other sockets are at addresses that do not overlap", after)
                : Verdict.ok(
                        DecidingRule.ONLY_EXACT,
                        "the newcomer has SO_REUSEADDR or SO_REUSEPORT: only a socket at the same address would count",
                        after);
    }

    /**
     * Refuses an address that is taken.
     *
     * @param address where the owner was found
     */
    Verdict taken(BindState state, ModelSocket newcomer, ModelSocket owner, Sockaddr address) {
        boolean exact = misfit(owner, address, false) == 0;
        DecidingRule rule = owner.phase() == Phase.TIME_WAIT
                ? DecidingRule.TIME_WAIT
                : owner.phase().connection()
                        ? DecidingRule.CONNECTION
                        : !exact
                                ? DecidingRule.WILDCARD_COUNTS
                                : newcomer.flags().reusePort()
                                        ? DecidingRule.OWNER_LACKS_REUSE_PORT
                                        : owner.flags().reusePort()
                                                ? DecidingRule.NEWCOMER_LACKS_REUSE_PORT
                                                : DecidingRule.SAME_ADDRESS;
        String says = switch (rule) {
            case TIME_WAIT -> owner.name() + " is in TIME_WAIT on the port, and the newcomer has not set SO_REUSEADDR";
            case CONNECTION -> owner.name() + " still has the port, and the newcomer has not set SO_REUSEADDR";
            case WILDCARD_COUNTS ->
                owner + " is there, and a wildcard counts because the newcomer has neither"
                        + " SO_REUSEADDR nor SO_REUSEPORT";
            case OWNER_LACKS_REUSE_PORT -> owner + " has the address without SO_REUSEPORT";
            case NEWCOMER_LACKS_REUSE_PORT ->
                owner + " has the address with SO_REUSEPORT, which the newcomer has not" + " set";
            default ->
                owner + " has the same address, and SO_REUSEADDR does not help there: SO_REUSEPORT on both would";
        };
        return inUse(state, newcomer, owner, rule, says);
    }

    Verdict otherUser(BindState state, ModelSocket newcomer, ModelSocket owner) {
        return inUse(
                state,
                newcomer,
                owner,
                DecidingRule.OTHER_UID,
                owner + " belongs to user " + owner.uid() + ", and the newcomer is neither that user nor root");
    }

    private static Verdict inUse(
            BindState state, ModelSocket newcomer, ModelSocket owner, DecidingRule rule, String reason) {
        Optional<Overlap> overlap = Optional.of(overlap(newcomer, owner));
        return new Verdict(Optional.of(EADDRINUSE), rule, List.of(owner.number()), overlap, reason, state);
    }

    /** How the addresses of two sockets that are in each other's way overlap. */
    static Overlap overlap(ModelSocket newcomer, ModelSocket owner) {
        boolean mineIsIpv4 = !newcomer.ipv6() || newcomer.mapped();
        boolean theirsIsIpv4 = !owner.ipv6() || owner.mapped();
        if (mineIsIpv4 != theirsIsIpv4) {
            return owner.any6() ? Overlap.OWNER_DUAL_STACK : Overlap.NEWCOMER_DUAL_STACK;
        }
        if (wild(newcomer) != wild(owner)) {
            return wild(owner) ? Overlap.OWNER_WILDCARD : Overlap.NEWCOMER_WILDCARD;
        }
        return Overlap.SAME;
    }

    @Override
    Verdict decideListen(BindState state, ModelSocket socket, int chosen) {
        if (socket.protocol() == Protocol.UDP) {
            return notTcp(state);
        }
        if (detached(socket)) {
            return gone(state);
        }
        if (socket.phase().connection()) {
            return Verdict.refused(
                    EINVAL, DecidingRule.IS_CONNECTED, "a socket that is connected does not listen", state);
        }
        if (socket.port() == 0) {
            Verdict bind = bind(state, socket, chosen);
            return bind.ok()
                    ? bind.in(bind.after().with(bound(bind.after(), socket).withPhase(Phase.LISTENING)))
                    : bind;
        }
        return Verdict.ok(
                socket.phase() == Phase.LISTENING ? DecidingRule.ALREADY : DecidingRule.ALLOWED,
                "listen does not look at the port again",
                state.with(socket.withPhase(Phase.LISTENING)));
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        return notConnected(state);
    }

    /**
     * {@code soconnect} and {@code in_pcbconnect}, for an address of this host in the socket's own family: from a wildcard a
     * socket connects with the address that it connects to.
     */
    @Override
    Verdict decideConnect(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        if (socket.phase() == Phase.LISTENING) {
            return Verdict.refused(
                    Outcome.of(Const.EOPNOTSUPP), DecidingRule.IS_CONNECTED, "a listener does not connect", state);
        }
        boolean again = socket.protocol() == Protocol.UDP && socket.peer().isPresent();
        if (again
                || socket.phase() == Phase.ENDED
                || detached(socket)
                || to.family() != socket.address().family()
                || to.wildcard()
                || socket.mapped()
                || to.unmapped() != to
                || to.port() == 0) {
            return Verdict.unknown(
                    DecidingRule.UNKNOWN, "how this connect ends was not looked up for this system", state);
        }
        if (socket.phase().connection()) {
            return Verdict.refused(
                    Outcome.of(Const.EISCONN), DecidingRule.IS_CONNECTED, "it is connected already", state);
        }
        return Arrival.notThere(state, to).orElseGet(() -> connected(state, socket, to, seen));
    }

    private Verdict connected(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        Sockaddr from = socket.address().wildcard() ? to : socket.address();
        ModelSocket client = socket.withAddress(from.withPort(socket.port() == 0 ? seen.port() : socket.port()))
                .withPhase(Phase.CONNECTED)
                .withPeer(to);
        boolean twin = state.at(client.protocol(), client.port()).all(client.address()).stream()
                .anyMatch(other -> other.number() != client.number()
                        && other.address().equals(client.address())
                        && other.peer().filter(to::equals).isPresent());
        if (twin) {
            return Verdict.refused(
                    EADDRINUSE,
                    DecidingRule.SAME_CONNECTION,
                    "a connection between these two addresses and ports is there already",
                    state);
        }
        if (client.protocol() == Protocol.UDP) {
            return Verdict.ok(
                    DecidingRule.ALLOWED,
                    "connect of a UDP socket only fixes its two addresses, whoever is there",
                    state.with(client.withPhase(Phase.BOUND)));
        }
        if (client.address().equals(to)) {
            return Verdict.unknown(
                    DecidingRule.TO_ITSELF,
                    "a socket that connects to itself was not looked up for this system",
                    state);
        }
        Verdict verdict = arrival().accept(state, to, seen, Optional.of(client.address()));
        return verdict.ok()
                ? verdict.in(verdict.after().with(client))
                : verdict.in(state.without(socket).with(client.withPhase(Phase.UNBOUND)));
    }

    /**
     * Decides {@code shutdown(2)} as OpenBSD and NetBSD do: {@code tcp_usrclosed} closes what was never connected, and the
     * socket is left without the control block that had the port. It stays in the model with its port, and without phase.
     */
    Verdict detachByShutdown(BindState state, ModelSocket socket) {
        if (socket.protocol() == Protocol.UDP) {
            return Verdict.ok(DecidingRule.ALLOWED, "shutdown leaves a UDP socket its port", state);
        }
        if (detached(socket)) {
            return gone(state);
        }
        ModelSocket detached = socket.withPhase(Phase.UNBOUND);
        return Verdict.ok(
                DecidingRule.ALLOWED,
                "a socket without a connection is closed by shutdown: its port is free, and it can do nothing more",
                state.without(socket).with(detached));
    }

    private static ModelSocket bound(BindState state, ModelSocket socket) {
        return state.socket(socket.number()).orElseThrow();
    }

    private static boolean detached(ModelSocket socket) {
        return socket.phase() == Phase.UNBOUND && socket.port() != 0;
    }

    private static Verdict gone(BindState state) {
        return Verdict.refused(EINVAL, DecidingRule.ALREADY, "shutdown took the socket's port from it for good", state);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        if (setting.option().level() == Const.IPPROTO_IPV6 && !socket.ipv6()) {
            return Optional.of(
                    Verdict.unknown(DecidingRule.OTHER_FAMILY, "an option of IPv6 on an IPv4 socket", state));
        }
        boolean bindAny = setting.option() == SockOpts.IP_BINDANY || setting.option() == SockOpts.SO_BINDANY;
        return bindAny && socket.uid() != 0
                ? Optional.of(Verdict.refused(
                        EPERM, DecidingRule.UNPRIVILEGED, setting.option() + " needs root, to clear it too", state))
                : Optional.empty();
    }

    @Override
    boolean covers(Host host, ModelSocket listener, Sockaddr destination) {
        return (destination instanceof Sockaddr.Inet ? ipv4(listener) : ipv6(listener))
                .filter(seen -> seen.wildcard() || seen.host().equals(destination.host()))
                .isPresent();
    }
}
