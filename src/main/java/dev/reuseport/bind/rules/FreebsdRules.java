package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import java.util.List;
import java.util.Optional;

/**
 * FreeBSD 14.0 and newer: {@code in_pcbbind_avail} in {@code sys/netinet/in_pcb.c}, which 14.0 calls {@code
 * in_pcbbind_setup}, and {@code in6_pcbbind} in {@code sys/netinet6}. SO_REUSEPORT_LB counts as SO_REUSEPORT does, each
 * only with itself.
 */
public final class FreebsdRules extends BsdRules {
    private static final Sockaddr ANY_IPV4 = new Sockaddr.Inet(0, 0);

    /** INP_LOOKUP_MAPPED_PCB_COST: a dual-stack {@code ::} comes behind every IPv4 socket. */
    private static final int MAPPED_COST = 3;

    private final boolean wildcardsOfOtherUsers;

    /**
     * The rules of one release or another.
     *
     * @param wildcardsOfOtherUsers whether SO_REUSEPORT_LB without SO_REUSEPORT shares a wildcard with another user's, as
     *     in 14.0; later two users never share an address
     */
    FreebsdRules(boolean wildcardsOfOtherUsers) {
        super(Platform.FREEBSD);
        this.wildcardsOfOtherUsers = wildcardsOfOtherUsers;
    }

    /** {@code IPPORT_EPHEMERALFIRST} to {@code IPPORT_EPHEMERALLAST} of {@code netinet/in.h}. */
    @Override
    public PortRange localPorts(Host host) {
        return new PortRange(10_000, 65_535);
    }

    /** {@code net.inet6.ip6.v6only} is 1. */
    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    @Override
    int misfit(ModelSocket owner, Sockaddr address, boolean wildcards) {
        boolean dual = wildcards && address instanceof Sockaddr.Inet && owner.any6();
        return super.misfit(owner, address, wildcards) + (dual ? MAPPED_COST : 0);
    }

    /** Of those exactly at 0.0.0.0, the {@code ::ffff:0.0.0.0} stand last, oldest first: {@code _in_pcbinshash_wild}. */
    @Override
    ModelSocket find(BindState state, ModelSocket newcomer, Sockaddr address, boolean wildcards) {
        ModelSocket found = super.find(state, newcomer, address, wildcards);
        if (wildcards || found == null || !mappedWildcard(found)) {
            return found;
        }
        List<ModelSocket> exact = state.at(newcomer.protocol(), newcomer.port()).all(address).stream()
                .filter(owner -> misfit(owner, address, false) == 0)
                .toList();
        return exact.stream()
                .filter(owner -> !mappedWildcard(owner))
                .findFirst()
                .orElse(exact.get(exact.size() - 1));
    }

    private static boolean mappedWildcard(ModelSocket socket) {
        return socket.mapped() && socket.any4();
    }

    @Override
    boolean wildcardsCount(ModelSocket newcomer) {
        return super.wildcardsCount(newcomer) && !newcomer.flags().reusePortLb();
    }

    @Override
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        Flags mine = newcomer.flags();
        Flags theirs = owner.flags();
        boolean multicast = newcomer.address().multicast();
        if (multicast && (mine.reuseAddr() || mine.reusePort() || mine.reusePortLb())) {
            return theirs.reuseAddr()
                    || theirs.reusePort() && (mine.reuseAddr() || mine.reusePort())
                    || theirs.reusePortLb() && (mine.reuseAddr() || mine.reusePortLb());
        }
        return mine.reusePort() && theirs.reusePort() || mine.reusePortLb() && theirs.reusePortLb();
    }

    @Override
    Verdict decideOtherFamily(BindState state, ModelSocket socket) {
        return otherFamily(state);
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        boolean mappedRefused = newcomer.mapped() && newcomer.flags().v6only();
        Optional<Verdict> multicast = mappedRefused ? Optional.empty() : refuseMulticast(state, newcomer);
        Optional<Verdict> refusal = multicast.or(() -> refuseAddress(state, newcomer));
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (newcomer.portChosen()) {
            return bound(state, newcomer, port);
        }
        if (privileged(newcomer)) {
            return privilegedPort(state);
        }
        boolean ipv6 = newcomer.ipv6() && !newcomer.mapped();
        Sockaddr address = ipv6 ? newcomer.address() : ipv4(newcomer).orElseThrow();
        boolean dual = newcomer.any6() && !newcomer.flags().v6only();
        if (!address.multicast() && newcomer.uid() != 0) {
            ModelSocket owner = find(state, newcomer, address, true);
            if (owner != null && foreign(newcomer, owner) && !sharedByWildcards(newcomer, owner)) {
                return otherUser(state, newcomer, owner);
            }
            ModelSocket ipv4 = dual ? find(state, newcomer, ANY_IPV4, true) : null;
            if (ipv4 != null && foreign(newcomer, ipv4)) {
                return otherUser(state, newcomer, ipv4);
            }
        }
        ModelSocket owner = find(state, newcomer, address, wildcardsCount(newcomer));
        // Two IPv6 sockets with 0.0.0.0 are not held against each other.
        boolean bothIpv6Wild =
                !ipv6 && newcomer.any4() && newcomer.ipv6() && owner != null && wild(owner) && owner.ipv6();
        if (owner != null && !share(newcomer, owner) && !bothIpv6Wild) {
            return taken(state, newcomer, owner, address);
        }
        ModelSocket ipv4 = dual ? find(state, newcomer, ANY_IPV4, wildcardsCount(newcomer)) : null;
        boolean apart = ipv4 != null && ipv4.any4() && !ipv4.ipv6();
        return ipv4 != null && !share(newcomer, ipv4) && !apart
                ? taken(state, newcomer, ipv4, ANY_IPV4)
                : bound(state, newcomer, port);
    }

    /** Another user's connection with its own peer is in nobody's way. */
    private static boolean foreign(ModelSocket newcomer, ModelSocket owner) {
        return owner.uid() != newcomer.uid() && (newcomer.protocol() != Protocol.TCP || !connected(owner));
    }

    /** Two wildcards of different users, the owner with SO_REUSEPORT_LB alone. */
    private boolean sharedByWildcards(ModelSocket newcomer, ModelSocket owner) {
        return wildcardsOfOtherUsers
                && wild(newcomer)
                && wild(owner)
                && !owner.flags().reusePort()
                && owner.flags().reusePortLb();
    }

    /** {@code net.inet.tcp.nolocaltimewait} is 1 since 14.0. */
    @Override
    Verdict decideFirstClose(BindState state, ModelSocket connection) {
        return Verdict.ok(
                DecidingRule.ALLOWED,
                "a connection within the host leaves no TIME_WAIT (net.inet.tcp.nolocaltimewait); one with another"
                        + " host does",
                state.without(connection));
    }

    /** {@code solisten_clone} keeps other options alone. */
    @Override
    Flags inherited(Flags listener) {
        return listener.withoutReuse();
    }

    @Override
    String inheritance() {
        return "the accepted socket has the listener's port and user, and none of its flags";
    }

    /** {@code ip_ctloutput} and {@code ip6_ctloutput} take their own level alone. */
    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        Const other = socket.ipv6() ? Const.IPPROTO_IP : Const.IPPROTO_IPV6;
        return setting.option().level() == other
                ? Optional.of(Verdict.refused(
                        Outcome.of(Const.EINVAL),
                        DecidingRule.OTHER_FAMILY,
                        setting.option() + " is for sockets of the other family",
                        state))
                : super.refuseOption(state, socket, setting);
    }
}
