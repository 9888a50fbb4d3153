package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Who gets a connection that a client on the host makes.
 *
 * @param covering whether a listener gets connections to an address
 * @param inherited what of its listener's flags an accepted socket has
 * @param inheritance the same in words
 */
public record Arrival(Covering covering, UnaryOperator<Flags> inherited, Supplier<String> inheritance) {
    /** Tells whether a listener gets connections to an address. */
    public interface Covering {
        boolean covers(Host host, ModelSocket listener, Sockaddr destination);
    }

    /**
     * What a kernel chose, or would choose.
     *
     * @param port the port for a socket that has none
     * @param acceptor the socket that the kernel gave a connection to; 0 if nobody has seen that
     * @param number the number that an accepted socket gets
     */
    public record Seen(int port, int acceptor, int number) {}

    /** Why the rules do not say whether a client gets to an address; empty if it is this host's. */
    static Optional<Verdict> notThere(BindState state, Sockaddr destination) {
        Optional<String> scope = destination instanceof Sockaddr.Inet6 inet6 && inet6.needsScope()
                ? state.host().device(inet6.scopeId())
                : Optional.empty();
        if (!state.host().has(destination, scope)) {
            return Optional.of(Verdict.unknown(
                    DecidingRule.NOT_LOCAL,
                    destination.host() + " is not this host's, and the rules do not say whether a client gets there",
                    state));
        }
        if (destination instanceof Sockaddr.Inet6 inet6 && inet6.needsScope() && scope.isEmpty()) {
            return Optional.of(Verdict.unknown(
                    DecidingRule.NO_SCOPE, "a client needs the interface of a link-local address", state));
        }
        return destination.multicast() || state.host().broadcasts(destination)
                ? Optional.of(Verdict.unknown(
                        DecidingRule.MULTICAST,
                        "TCP has no multicast and no broadcast, and the rules do not say how a client ends that tries",
                        state))
                : Optional.empty();
    }

    /**
     * Gives a connection to a listener.
     *
     * @param client where it comes from, if that is known
     */
    Verdict accept(BindState state, Sockaddr destination, Seen seen, Optional<Sockaddr> client) {
        List<ModelSocket> listeners = new ArrayList<>();
        List<ModelSocket> kinds = state.at(Protocol.TCP, destination.port()).kinds(destination);
        for (ModelSocket other : kinds) {
            if (other.phase() == Phase.LISTENING && covering.covers(state.host(), other, destination)) {
                listeners.add(other);
            }
        }
        if (listeners.isEmpty()) {
            return Verdict.refused(
                    Outcome.of(Const.ECONNREFUSED),
                    DecidingRule.NOBODY_LISTENS,
                    "nobody listens on " + destination,
                    state);
        }
        boolean undecided = kinds.stream()
                .anyMatch(other -> other.phase() == Phase.LISTENING
                        && !listeners.contains(other)
                        && other.flags().device().isPresent());
        Optional<ModelSocket> known = state.socket(seen.acceptor).filter(other -> other.phase() == Phase.LISTENING);
        if (known.isEmpty() && undecided) {
            return Verdict.unknown(
                    DecidingRule.UNKNOWN,
                    "a member of a group that was taken to another device gets connections in vain",
                    state);
        }
        ModelSocket acceptor = known.orElse(listeners.get(0));
        ModelSocket connection = new ModelSocket(
                seen.number,
                "a connection of " + acceptor.name(),
                Protocol.TCP,
                inFamily(destination, acceptor),
                inherited.apply(acceptor.flags()),
                acceptor.flagsKnown(),
                acceptor.uid(),
                // It sends its end at once, as its listener was told to (94062790aedb).
                acceptor.shut() ? Phase.TIME_WAIT : Phase.CONNECTED,
                false,
                acceptor.number(),
                client.map(from -> inFamily(from, acceptor)),
                false,
                false);
        return Verdict.ok(DecidingRule.ALLOWED, inheritance.get(), state.with(connection));
    }

    private static Sockaddr inFamily(Sockaddr address, ModelSocket acceptor) {
        return acceptor.ipv6() && address instanceof Sockaddr.Inet inet ? inet.mapped() : address;
    }
}
