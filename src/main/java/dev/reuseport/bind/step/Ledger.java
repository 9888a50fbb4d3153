package dev.reuseport.bind.step;

import dev.reuseport.abi.Sockaddr;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the steps of a case have come to so far: the number of the next socket, which descriptors are open and of which
 * socket, the address that each socket got, and the connections to it that both sides, or the accepted one, still hold.
 *
 * @param <C> a connection
 */
public final class Ledger<C> {
    private final BitSet open = new BitSet();

    /** Of a duplicate, the number of the socket that was opened first. */
    private final Map<Integer, Integer> originals = new HashMap<>();

    /** By the number of the socket, not of a duplicate. */
    private final Map<Integer, Sockaddr> addresses = new HashMap<>();

    private final Map<Integer, List<Held<C>>> connections = new HashMap<>();

    /** The sockets that are clients of a connection, or were. */
    private final Set<Integer> clients = new HashSet<>();

    private int opened;

    /**
     * A connection that the accepted side has not closed.
     *
     * @param client the socket of the case that is its client, 0 if it is another
     * @param clientHolds whether its client has not ended it either
     */
    public record Held<C>(C connection, int client, boolean clientHolds) {}

    /** Counts a socket, and returns its number. */
    public int open() {
        return ++opened;
    }

    /** Notes that the descriptor with a number is there. */
    public void holds(int number) {
        open.set(number);
    }

    /** Notes that the descriptor with a number is there, and is another of an earlier socket. */
    public void holds(int number, int of) {
        open.set(number);
        originals.put(number, original(of));
    }

    /** Tells whether a descriptor is there, and was not closed. */
    public boolean isOpen(int number) {
        return open.get(number);
    }

    /** Notes that a descriptor is closed, and returns which others of the same socket are not. */
    public List<Integer> closes(int number) {
        open.clear(number);
        return originals.isEmpty() ? List.of() : holders(original(number));
    }

    /** Returns the open descriptors of a socket. */
    public List<Integer> holders(int socket) {
        return open.stream()
                .filter(number -> original(number) == original(socket))
                .boxed()
                .toList();
    }

    /** Returns the number of the socket that a descriptor is of: the one it got when it was opened. */
    public int original(int number) {
        return originals.getOrDefault(number, number);
    }

    /** Returns the port that a step asks for; empty if it is that of a socket that has none. */
    public OptionalInt port(Step.Port port) {
        if (port instanceof Step.Port.Number number) {
            return OptionalInt.of(number.number());
        }
        Sockaddr address = address(((Step.Port.Of) port).socket());
        return address == null || address.port() == 0 ? OptionalInt.empty() : OptionalInt.of(address.port());
    }

    /** Notes where a socket is bound; it stays known when the socket is closed. */
    public void bound(int socket, Sockaddr address) {
        addresses.put(original(socket), address);
    }

    /** Returns where a socket was bound last. */
    public Sockaddr address(int socket) {
        return addresses.get(original(socket));
    }

    /** Notes a connection to the address of a socket. */
    public void connected(int socket, C connection) {
        connected(socket, connection, 0);
    }

    /** Notes a connection to the address of a socket, or that it accepted, whose client is a socket of the case. */
    public void connected(int socket, C connection, int client) {
        clients.add(original(client));
        connections
                .computeIfAbsent(original(socket), target -> new ArrayList<>())
                .add(new Held<>(connection, original(client), true));
    }

    /** Returns the latest connection to a socket that its client still holds. */
    public Optional<Held<C>> heldByClient(int socket) {
        List<Held<C>> held = connections.getOrDefault(original(socket), List.of());
        for (int i = held.size() - 1; i >= 0; i--) {
            if (held.get(i).clientHolds) {
                return Optional.of(held.get(i));
            }
        }
        return Optional.empty();
    }

    /** Notes that a client has ended its side. */
    public void clientEnds(C connection) {
        endWhere(held -> held.connection.equals(connection));
    }

    /** Notes that a socket of the case has ended its side of what it is the client of. */
    public void socketEnds(int client) {
        int socket = original(client);
        if (clients.contains(socket)) {
            endWhere(held -> held.client == socket);
        }
    }

    private void endWhere(Predicate<Held<C>> of) {
        connections
                .values()
                .forEach(all ->
                        all.replaceAll(held -> of.test(held) ? new Held<>(held.connection, held.client, false) : held));
    }

    /** Takes the latest connection to a socket from its accepted side, and forgets it. */
    public Optional<Held<C>> serverCloses(int socket) {
        List<Held<C>> held = connections.getOrDefault(original(socket), List.of());
        return held.isEmpty() ? Optional.empty() : Optional.of(held.remove(held.size() - 1));
    }

    /** Returns the connections that a client still holds which is no socket of the case. */
    public List<C> ofClients() {
        return connections.values().stream()
                .flatMap(List::stream)
                .filter(held -> held.client == 0 && held.clientHolds)
                .map(Held::connection)
                .toList();
    }
}
