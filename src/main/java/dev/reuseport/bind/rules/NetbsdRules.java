package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.Optional;

/**
 * NetBSD 10: {@code inpcb_bind_port} in {@code sys/netinet/in_pcb.c} and {@code in6pcb_bind_port} in {@code
 * sys/netinet6/in6_pcb.c}. IPv4 and IPv6 sockets are looked up apart: an IPv4 newcomer is held against IPv6 sockets at its
 * mapped address, an IPv6 one against IPv4 sockets only if its own address is mapped. Only IPv4 newcomers are asked for
 * their user.
 */
public final class NetbsdRules extends BsdRules {
    NetbsdRules() {
        super(Platform.NETBSD);
    }

    /** {@code net.inet6.ip6.v6only} is 1. */
    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    /** An IPv4 address is asked of IPv4 sockets, an IPv6 address of IPv6 ones: {@code in6pcb_lookup_local}. */
    @Override
    int misfit(ModelSocket owner, Sockaddr address, boolean wildcards) {
        if (address instanceof Sockaddr.Inet) {
            return owner.ipv6() ? NO_FIT : misfit(owner, owner.address(), address);
        }
        Sockaddr.Inet6 wanted = (Sockaddr.Inet6) address;
        boolean apart = wanted.v4Mapped() ? owner.flags().v6only() : owner.mapped();
        if (!owner.ipv6() || apart) {
            return NO_FIT;
        }
        // Of two mapped addresses 0.0.0.0 is the wildcard; elsewhere :: is.
        return owner.mapped()
                ? misfit(owner, ipv4(owner).orElseThrow(), new Sockaddr.Inet((int) wanted.low(), 0))
                : misfit(owner, owner.address(), wanted);
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        if (newcomer.mapped() && newcomer.flags().v6only()) {
            return Verdict.refused(
                    EINVAL, DecidingRule.MAPPED_REFUSED, "an IPv4-mapped address on a socket with IPV6_V6ONLY", state);
        }
        var refusal = refuseAddress(state, newcomer);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (newcomer.portChosen()) {
            return bound(state, newcomer, port);
        }
        if (privileged(newcomer)) {
            return privilegedPort(state);
        }
        return newcomer.address() instanceof Sockaddr.Inet inet
                ? bindIpv4(state, newcomer, port, inet)
                : bindIpv6(state, newcomer, port);
    }

    private Verdict bindIpv4(BindState state, ModelSocket newcomer, int port, Sockaddr.Inet address) {
        ModelSocket ipv6 = find(state, newcomer, address.mapped(), wildcardsCount(newcomer));
        if (ipv6 != null && !share(newcomer, ipv6)) {
            return taken(state, newcomer, ipv6, address.mapped());
        }
        if (newcomer.uid() != 0 && !address.multicast()) {
            ModelSocket owner = find(state, newcomer, address, true);
            boolean sharedByWildcards = owner != null
                    && wild(newcomer)
                    && wild(owner)
                    && owner.flags().reusePort();
            if (owner != null && owner.uid() != newcomer.uid() && !sharedByWildcards) {
                return otherUser(state, newcomer, owner);
            }
        }
        ModelSocket owner = find(state, newcomer, address, wildcardsCount(newcomer));
        return owner != null && !share(newcomer, owner)
                ? taken(state, newcomer, owner, address)
                : bound(state, newcomer, port);
    }

    private Verdict bindIpv6(BindState state, ModelSocket newcomer, int port) {
        if (newcomer.mapped()) {
            Sockaddr address = ipv4(newcomer).orElseThrow();
            ModelSocket owner = find(state, newcomer, address, wildcardsCount(newcomer));
            if (owner != null && !share(newcomer, owner)) {
                return taken(state, newcomer, owner, address);
            }
        }
        ModelSocket owner = find(state, newcomer, newcomer.address(), wildcardsCount(newcomer));
        return owner != null && !share(newcomer, owner)
                ? taken(state, newcomer, owner, newcomer.address())
                : bound(state, newcomer, port);
    }

    /** On a multicast address, if it is not a mapped one, either flag of the newcomer stands for both. */
    @Override
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        return newcomer.address().multicast() && !newcomer.mapped()
                ? shareEither(newcomer, owner)
                : super.share(newcomer, owner);
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        return detachByShutdown(state, socket);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        return setting.option() == SockOpts.IP_BINDANY && (socket.uid() != 0 || socket.ipv6())
                ? Optional.of(Verdict.unknown(
                        DecidingRule.UNKNOWN, "to whom NetBSD refuses IP_BINDANY was not looked up", state))
                : super.refuseOption(state, socket, setting);
    }
}
