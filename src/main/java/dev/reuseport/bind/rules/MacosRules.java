package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import java.util.Optional;

/** macOS: {@code in_pcbbind} in {@code bsd/netinet/in_pcb.c} and {@code in6_pcbbind} in {@code bsd/netinet6} of XNU. */
public final class MacosRules extends BsdRules {
    private static final Sockaddr ANY_IPV4 = new Sockaddr.Inet(0, 0);

    /** The TCP port that only a process with an entitlement of Apple's may have: {@code bsd/net/restricted_in_port.c}. */
    private static final int RESTRICTED_PORT = 55555;

    MacosRules() {
        super(Platform.DARWIN);
    }

    @Override
    public boolean startsV6only(Host host) {
        return false;
    }

    /** On a multicast address SO_REUSEADDR of the newcomer stands for both, and SO_REUSEPORT for itself alone. */
    @Override
    boolean share(ModelSocket newcomer, ModelSocket owner) {
        return newcomer.address().multicast() && newcomer.flags().reuseAddr()
                ? shareEither(newcomer, owner)
                : super.share(newcomer, owner);
    }

    /** {@code udp_bind} alone lets the other family past. */
    @Override
    Verdict decideOtherFamily(BindState state, ModelSocket socket) {
        return socket.protocol() == Protocol.TCP || socket.ipv6()
                ? otherFamily(state)
                : super.decideOtherFamily(state, socket);
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        var refusal = refuseMulticast(state, newcomer).or(() -> refuseAddress(state, newcomer));
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (newcomer.portChosen()) {
            return bound(state, newcomer, port);
        }
        boolean wild = wild(newcomer);
        // Since macOS 10.14 anybody may have a low port, but only on the wildcard.
        if (!wild && privileged(newcomer)) {
            return privilegedPort(state);
        }
        if (newcomer.protocol() == Protocol.TCP && port == RESTRICTED_PORT) {
            return Verdict.refused(
                    EADDRINUSE,
                    DecidingRule.PRIVILEGED_PORT,
                    "TCP port " + port + " is kept for a program of Apple's, though nobody has it",
                    state);
        }
        return newcomer.ipv6() && !newcomer.mapped()
                ? bindIpv6(state, newcomer, port, wild)
                : bindIpv4(state, newcomer, port, wild);
    }

    private Verdict bindIpv4(BindState state, ModelSocket newcomer, int port, boolean wild) {
        Sockaddr address = ipv4(newcomer).orElseThrow();
        if (!address.multicast() && newcomer.uid() != 0) {
            ModelSocket owner = find(state, newcomer, address, true);
            if (owner != null && !(wild && wild(owner)) && foreign(newcomer, owner)) {
                return otherUser(state, newcomer, owner);
            }
        }
        ModelSocket owner = find(state, newcomer, address, wildcardsCount(newcomer));
        boolean bothIpv6Wild = wild && owner != null && wild(owner) && newcomer.ipv6() && owner.ipv6();
        return owner != null && !share(newcomer, owner) && !bothIpv6Wild
                ? taken(state, newcomer, owner, address)
                : bound(state, newcomer, port);
    }

    private Verdict bindIpv6(BindState state, ModelSocket newcomer, int port, boolean wild) {
        boolean dual = wild && !newcomer.flags().v6only();
        if (!newcomer.address().multicast() && newcomer.uid() != 0) {
            ModelSocket owner = find(state, newcomer, newcomer.address(), true);
            if (owner != null && !(wild && wild(owner) && owner.flags().reusePort()) && foreign(newcomer, owner)) {
                return otherUser(state, newcomer, owner);
            }
            ModelSocket ipv4 = dual ? find(state, newcomer, ANY_IPV4, true) : null;
            if (ipv4 != null
                    && !ipv4.flags().reusePort()
                    && ipv4.uid() != newcomer.uid()
                    && (!wild(ipv4) || ipv4.ipv6())) {
                return otherUser(state, newcomer, ipv4);
            }
        }
        ModelSocket owner = find(state, newcomer, newcomer.address(), wildcardsCount(newcomer));
        if (owner != null && !share(newcomer, owner)) {
            return taken(state, newcomer, owner, newcomer.address());
        }
        ModelSocket ipv4 = dual ? find(state, newcomer, ANY_IPV4, wildcardsCount(newcomer)) : null;
        // A 0.0.0.0 of an IPv4 socket and a :: live side by side.
        return ipv4 != null && !share(newcomer, ipv4) && (!wild(ipv4) || ipv4.ipv6())
                ? taken(state, newcomer, ipv4, ANY_IPV4)
                : bound(state, newcomer, port);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        return setting.option() == SockOpts.SO_BINDTODEVICE
                ? Optional.of(Verdict.unknown(
                        DecidingRule.UNKNOWN, "how SO_BINDTODEVICE of macOS meets bind was not looked up", state))
                : super.refuseOption(state, socket, setting);
    }

    private static boolean foreign(ModelSocket newcomer, ModelSocket owner) {
        return owner.uid() != newcomer.uid() && !owner.flags().shareUid();
    }
}
