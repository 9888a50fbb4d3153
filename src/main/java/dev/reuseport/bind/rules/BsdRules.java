package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import java.util.List;
import java.util.Optional;

/**
 * What the descendants of 4.4BSD share: {@code in_pcblookup_local} finds the one socket that fits the newcomer's address
 * best, and only that socket is asked. Without a flag on the newcomer a wildcard fits a specific address and the
 * reverse; with SO_REUSEADDR or SO_REUSEPORT only the same address does. Flags are read when the newcomer binds.
 * {@code listen} checks nothing again.
 */
abstract sealed class BsdRules extends SystemRules permits MacosRules, FreebsdRules, OpenbsdRules {
    /** The lowest port that any user may bind to (netinet/in.h). */
    private static final int IPPORT_RESERVED = 1024;

    /** Never fits: more than any sum of costs. */
    private static final int NO_FIT = 100;

    BsdRules(Platform platform) {
        super(platform);
    }

    /** IPPORT_HIFIRSTAUTO to IPPORT_HILASTAUTO of netinet/in.h. */
    @Override
    PortRange localPorts(Host host) {
        return new PortRange(49_152, 65_535);
    }

    /** How much worse an IPv6 socket fits an IPv4 address than an IPv4 one does. */
    abstract int mappedCost();

    /** Finds who is at an address, in the view of one family. */
    ModelSocket find(BindState state, ModelSocket newcomer, Sockaddr address, boolean wildcards) {
        boolean ipv4 = address instanceof Sockaddr.Inet;
        ModelSocket best = null;
        int least = NO_FIT;
        List<ModelSocket> owners =
                state.at(newcomer.protocol(), newcomer.port()).kinds(address);
        for (ModelSocket owner : owners) {
            Optional<Sockaddr> seen = ipv4 ? ipv4(owner) : ipv6(owner);
            boolean connected = owner.acceptor() != 0;
            if (seen.isEmpty()) {
                continue;
            }
            boolean same = seen.get().withPort(0).equals(address.withPort(0));
            boolean oneWild = seen.get().wildcard() != address.wildcard();
            if (!same && !oneWild) {
                continue;
            }
            int cost = (connected ? 1 : 0) + (oneWild ? 1 : 0) + (ipv4 && owner.any6() ? mappedCost() : 0);
            boolean fits = wildcards ? cost < least : !connected && same && best == null;
            if (fits) {
                best = owner;
                least = cost;
            }
        }
        return best;
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
        boolean local = address.wildcard()
                || newcomer.any4()
                || address.multicast()
                || takesBroadcast(newcomer)
                || newcomer.flags().anyAddress()
                || state.host()
                        .hasExactly(
                                address instanceof Sockaddr.Inet6 inet6 && inet6.v4Mapped()
                                        ? new Sockaddr.Inet((int) inet6.low(), 0)
                                        : address);
        if (newcomer.mapped() && newcomer.flags().v6only()) {
            return Optional.of(Verdict.refused(
                    EADDRNOTAVAIL,
                    DecidingRule.MAPPED_REFUSED,
                    "an IPv4-mapped address on a socket with IPV6_V6ONLY",
                    state));
        }
        return local
                ? Optional.empty()
                : Optional.of(Verdict.refused(
                        EADDRNOTAVAIL, DecidingRule.NOT_LOCAL, address.host() + " is not this host's", state));
    }

    /** Whether 255.255.255.255 is as good as an address of this host: on OpenBSD alone, and for UDP. */
    boolean takesBroadcast(ModelSocket newcomer) {
        return false;
    }

    /** Whether the port is root's and the newcomer is not. */
    boolean privileged(BindState state, ModelSocket newcomer) {
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

    /** Whether SO_REUSEPORT, or on a multicast address SO_REUSEADDR, is set on both. */
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        Flags mine = newcomer.flags();
        Flags theirs = owner.flags();
        boolean multicast = newcomer.address().multicast() && mine.reuseAddr();
        return multicast ? theirs.reusePort() || theirs.reuseAddr() : mine.reusePort() && theirs.reusePort();
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

    Verdict taken(BindState state, ModelSocket newcomer, ModelSocket owner) {
        boolean exact = owner.acceptor() == 0
                && owner.address().wildcard() == newcomer.address().wildcard();
        DecidingRule rule = owner.phase() == Phase.TIME_WAIT
                ? DecidingRule.TIME_WAIT
                : owner.phase() == Phase.CONNECTED
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
        boolean mineIsIpv4 = !newcomer.ipv6() || newcomer.mapped();
        boolean theirsIsIpv4 = !owner.ipv6() || owner.mapped();
        boolean mineWild = newcomer.any6() || newcomer.any4();
        boolean theirsWild = owner.any6() || owner.any4();
        Overlap overlap;
        if (mineIsIpv4 != theirsIsIpv4) {
            overlap = owner.any6() ? Overlap.OWNER_DUAL_STACK : Overlap.NEWCOMER_DUAL_STACK;
        } else if (mineWild != theirsWild) {
            overlap = theirsWild ? Overlap.OWNER_WILDCARD : Overlap.NEWCOMER_WILDCARD;
        } else {
            overlap = Overlap.SAME;
        }
        return new Verdict(Optional.of(EADDRINUSE), rule, List.of(owner.number()), Optional.of(overlap), reason, state);
    }

    @Override
    Verdict decideListen(BindState state, ModelSocket socket, int chosen) {
        if (socket.protocol() == Protocol.UDP) {
            return notTcp(state);
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

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        return setting.option().level() == Const.IPPROTO_IPV6 && !socket.ipv6()
                ? Optional.of(Verdict.unknown(DecidingRule.OTHER_FAMILY, "an option of IPv6 on an IPv4 socket", state))
                : Optional.empty();
    }

    @Override
    boolean covers(Host host, ModelSocket listener, Sockaddr destination) {
        return (destination instanceof Sockaddr.Inet ? ipv4(listener) : ipv6(listener))
                .filter(seen -> seen.wildcard() || seen.host().equals(destination.host()))
                .isPresent();
    }
}
