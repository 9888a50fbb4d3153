package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.Optional;

/**
 * OpenBSD 7: {@code in_pcbaddrisavail_lock} in {@code sys/netinet/in_pcb.c} and its twin in {@code sys/netinet6}. IPv6
 * sockets never see IPv4.
 */
public final class OpenbsdRules extends BsdRules {
    OpenbsdRules() {
        super(Platform.OPENBSD);
    }

    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    @Override
    int mappedCost() {
        return 0;
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
            return taken(state, newcomer, owner);
        }
        return privileged(state, newcomer) ? privilegedPort(state) : bound(state, newcomer, port);
    }

    @Override
    boolean takesBroadcast(ModelSocket newcomer) {
        return newcomer.protocol() == Protocol.UDP && newcomer.address().limitedBroadcast();
    }

    /** On a multicast address either flag of the newcomer stands for both. */
    @Override
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        Flags mine = newcomer.flags();
        Flags theirs = owner.flags();
        return newcomer.address().multicast()
                ? (mine.reuseAddr() || mine.reusePort()) && (theirs.reuseAddr() || theirs.reusePort())
                : mine.reusePort() && theirs.reusePort();
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        return Verdict.unknown(DecidingRule.UNKNOWN, "what OpenBSD does here was not looked up", state);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        return setting.option() == SockOpts.IPV6_V6ONLY && Boolean.FALSE.equals(setting.value())
                ? Optional.of(Verdict.refused(
                        EINVAL, DecidingRule.V6ONLY_FIXED, "IPV6_V6ONLY is always on with OpenBSD", state))
                : super.refuseOption(state, socket, setting);
    }
}
