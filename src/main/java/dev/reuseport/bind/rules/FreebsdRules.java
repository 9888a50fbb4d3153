package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;

/**
 * FreeBSD 14: {@code in_pcbbind_setup} in {@code sys/netinet/in_pcb.c} and {@code in6_pcbbind} in {@code sys/netinet6}.
 * SO_REUSEPORT_LB counts as SO_REUSEPORT does, each only with itself.
 */
public final class FreebsdRules extends BsdRules {
    private static final Sockaddr ANY_IPV4 = new Sockaddr.Inet(0, 0);

    FreebsdRules() {
        super(Platform.FREEBSD);
    }

    /** {@code net.inet6.ip6.v6only} is 1. */
    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    @Override
    int mappedCost() {
        return 3;
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
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        var refusal = refuseAddress(state, newcomer);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (newcomer.portChosen()) {
            return bound(state, newcomer, port);
        }
        if (privileged(state, newcomer)) {
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
        boolean bothIpv6Wild = !ipv6 && newcomer.any4() && newcomer.ipv6() && owner != null && owner.any6();
        if (owner != null && !share(newcomer, owner) && !bothIpv6Wild) {
            return taken(state, newcomer, owner);
        }
        ModelSocket ipv4 = dual ? find(state, newcomer, ANY_IPV4, wildcardsCount(newcomer)) : null;
        boolean apart = ipv4 != null && ipv4.any4() && !ipv4.ipv6();
        return ipv4 != null && !share(newcomer, ipv4) && !apart
                ? taken(state, newcomer, ipv4)
                : bound(state, newcomer, port);
    }

    /** Another user's connection with its own peer is in nobody's way. */
    private static boolean foreign(ModelSocket newcomer, ModelSocket owner) {
        return owner.uid() != newcomer.uid() && (newcomer.protocol() != Protocol.TCP || owner.acceptor() == 0);
    }

    /** Two wildcards of different users, the owner with SO_REUSEPORT_LB alone. */
    private static boolean sharedByWildcards(ModelSocket newcomer, ModelSocket owner) {
        boolean bothWild = (newcomer.any6() || newcomer.any4()) && (owner.any6() || owner.any4());
        return bothWild && !owner.flags().reusePort() && owner.flags().reusePortLb();
    }
}
