package dev.reuseport.bind.step;

import dev.reuseport.abi.Sockaddr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the steps of a case have come to so far: the number of the next socket, the address that each one got, and the
 * connections to it that both sides, or the accepted one, still hold.
 *
 * @param <C> a connection
 */
public final class Ledger<C> {
    private final Map<Integer, Sockaddr> addresses = new HashMap<>();
    private final Map<Integer, List<Held<C>>> connections = new HashMap<>();
    private int opened;

    /**
     * A connection that the accepted side has not closed.
     *
     * @param clientHolds whether its client has not closed it either
     */
    public record Held<C>(C connection, boolean clientHolds) {}

    /** Counts a socket, and returns its number. */
    public int open() {
        return ++opened;
    }

    /** Returns the port that a step asks for; empty if it is that of a socket that got none. */
    public OptionalInt port(Step.Port port) {
        if (port instanceof Step.Port.Number number) {
            return OptionalInt.of(number.number());
        }
        Sockaddr address = addresses.get(((Step.Port.Of) port).socket());
        return address == null || address.port() == 0 ? OptionalInt.empty() : OptionalInt.of(address.port());
    }

    /** Notes where a socket is bound, with port 0 if it has none yet; it stays known when the socket is closed. */
    public void bound(int socket, Sockaddr address) {
        addresses.put(socket, address);
    }

    /** Returns where a socket was bound last. */
    public Sockaddr address(int socket) {
        return addresses.get(socket);
    }

    /** Notes a connection to the address of a socket. */
    public void connected(int socket, C connection) {
        connections.computeIfAbsent(socket, target -> new ArrayList<>()).add(new Held<>(connection, true));
    }

    /** Takes the latest connection to a socket from its client. */
    public Optional<C> clientCloses(int socket) {
        List<Held<C>> held = connections.getOrDefault(socket, List.of());
        for (int i = held.size() - 1; i >= 0; i--) {
            Held<C> latest = held.get(i);
            if (latest.clientHolds) {
                held.set(i, new Held<>(latest.connection, false));
                return Optional.of(latest.connection);
            }
        }
        return Optional.empty();
    }

    /** Takes the latest connection to a socket from its accepted side, and forgets it. */
    public Optional<Held<C>> serverCloses(int socket) {
        List<Held<C>> held = connections.getOrDefault(socket, List.of());
        return held.isEmpty() ? Optional.empty() : Optional.of(held.remove(held.size() - 1));
    }

    /** Returns the connections that a client still holds. */
    public List<C> ofClients() {
        return connections.values().stream()
                .flatMap(List::stream)
                .filter(Held::clientHolds)
                .map(Held::connection)
                .toList();
    }
}
