package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.Optional;

/**
 * OpenBSD 7: {@code in_pcbaddrisavail_lock} in {@code sys/netinet/in_pcb.c} and its twin in {@code sys/netinet6}. IPv6
 * sockets never see IPv4.
 */
public final class OpenbsdRules extends BsdRules {
    /** NFS: DEFROOTONLYPORTS_TCP and DEFROOTONLYPORTS_UDP, {@code net.inet.tcp.rootonly}. */
    private static final int ROOT_ONLY_PORT = 2049;

    OpenbsdRules() {
        super(Platform.OPENBSD);
    }

    /** {@code IPPORT_RESERVED} to {@code IPPORT_USERRESERVED} of {@code netinet/in.h}. */
    @Override
    public PortRange localPorts(Host host) {
        return new PortRange(1024, 49_151);
    }

    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    @Override
    Verdict decideOtherFamily(BindState state, ModelSocket socket) {
        return otherFamily(state);
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        if (newcomer.mapped()) {
            return Verdict.refused(
                    EADDRNOTAVAIL, DecidingRule.MAPPED_REFUSED, "OpenBSD has no IPv4-mapped addresses", state);
        }
        var refusal = refuseAddress(state, newcomer);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (newcomer.portChosen()) {
            return bound(state, newcomer, port);
        }
        if (!newcomer.address().multicast() && newcomer.uid() != 0) {
            ModelSocket owner = find(state, newcomer, newcomer.address(), true);
            if (owner != null && owner.uid() != newcomer.uid()) {
                return otherUser(state, newcomer, owner);
            }
        }
        ModelSocket owner = find(state, newcomer, newcomer.address(), wildcardsCount(newcomer));
        if (owner != null && !share(newcomer, owner)) {
            return taken(state, newcomer, owner, newcomer.address());
        }
        return privileged(newcomer) ? privilegedPort(state) : bound(state, newcomer, port);
    }

    @Override
    boolean takesBroadcast(ModelSocket newcomer) {
        return newcomer.protocol() == Protocol.UDP && newcomer.address().limitedBroadcast();
    }

    @Override
    boolean privileged(ModelSocket newcomer) {
        return super.privileged(newcomer) || newcomer.port() == ROOT_ONLY_PORT && newcomer.uid() != 0;
    }

    @Override
    Verdict privilegedPort(BindState state) {
        return Verdict.refused(
                EACCES,
                DecidingRule.PRIVILEGED_PORT,
                "a port below " + IPPORT_RESERVED + " needs root, and so does " + ROOT_ONLY_PORT,
                state);
    }

    /** On a multicast address either flag of the newcomer stands for both. */
    @Override
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        return newcomer.address().multicast() ? shareEither(newcomer, owner) : super.share(newcomer, owner);
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        return detachByShutdown(state, socket);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        return setting.option() == SockOpts.IPV6_V6ONLY && Boolean.FALSE.equals(setting.value())
                ? Optional.of(Verdict.refused(
                        EINVAL, DecidingRule.V6ONLY_FIXED, "IPV6_V6ONLY is always on with OpenBSD", state))
                : super.refuseOption(state, socket, setting);
    }
}
