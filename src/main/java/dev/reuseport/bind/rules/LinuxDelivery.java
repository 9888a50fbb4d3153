package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Who gets a datagram on Linux: {@code __udp4_lib_lookup} and {@code __udp6_lib_lookup}, which ask those at the address and
 * then those at the wildcard, and take the one that fits most closely; {@code __udp4_lib_mcast_deliver} for a broadcast,
 * which everybody gets.
 */
final class LinuxDelivery {
    private static final int NO_FIT = -1;
    private static final int CLOSE = 4;
    private static final int LOOPBACK_NETWORK = 127;

    private final Host host;
    private final Sockaddr from;
    private final Sockaddr to;

    /** A datagram between two addresses with their ports, of which none is mapped. */
    LinuxDelivery(Host host, Sockaddr from, Sockaddr to) {
        this.host = host;
        this.from = from;
        this.to = to;
    }

    /** Returns those of whom one gets it, the likeliest first; none if nobody does. */
    List<ModelSocket> candidates(BindState state) {
        List<ModelSocket> sockets = state.at(Protocol.UDP, to.port()).all(to);
        List<ModelSocket> here = best(sockets, false);
        return here.isEmpty() ? best(sockets, true) : here;
    }

    /** Tells whether everybody gets it, and not one. */
    boolean copied() {
        return host.broadcasts(to);
    }

    /** Returns all who get a broadcast; empty if it leaves the host, and may come back by more ways than one. */
    Optional<List<ModelSocket>> copies(BindState state) {
        if (((Sockaddr.Inet) to).address() >>> 24 != LOOPBACK_NETWORK) {
            return Optional.empty();
        }
        return Optional.of(state.at(Protocol.UDP, to.port()).all(to).stream()
                .filter(socket -> fit(socket, false) != NO_FIT || fit(socket, true) != NO_FIT)
                .toList());
    }

    /** Says why these get it. */
    String reason(List<ModelSocket> receivers) {
        if (receivers.isEmpty()) {
            return "no socket's address, device and peer fit: it is lost";
        }
        if (copied()) {
            return "a broadcast: everybody whose address fits has a copy";
        }
        ModelSocket first = receivers.get(0);
        if (receivers.size() > 1) {
            return "of " + receivers.stream().map(ModelSocket::name).collect(Collectors.joining(" and "))
                    + " the kernel chooses one";
        }
        return first.name()
                + (first.peer().isPresent()
                        ? " is connected to the sender, and goes before all others"
                        : fit(first, false) != NO_FIT
                                ? " has the very address, and of those that have it was bound last"
                                : " has the wildcard, and nobody the very address");
    }

    private List<ModelSocket> best(List<ModelSocket> sockets, boolean wildcard) {
        List<ModelSocket> fitting = new ArrayList<>();
        int most = NO_FIT;
        boolean group = false;
        for (ModelSocket socket : sockets) {
            int fit = fit(socket, wildcard);
            if (fit == NO_FIT) {
                continue;
            }
            group |= socket.flags().reusePort();
            // Of those that fit alike the one that was bound last, which is asked first.
            if (fit > most) {
                fitting.add(0, socket);
                most = fit;
            } else {
                fitting.add(socket);
            }
        }
        // The first member of a group ends the search, and a hash chooses in its group.
        boolean connected = !fitting.isEmpty() && fitting.get(0).peer().isPresent();
        return group || connected || fitting.isEmpty() ? List.copyOf(fitting) : List.of(fitting.get(0));
    }

    /** {@code compute_score}. */
    private int fit(ModelSocket socket, boolean wildcard) {
        boolean ipv4 = to instanceof Sockaddr.Inet;
        boolean here = ipv4 ? ipv4(socket, wildcard) : ipv6(socket, wildcard);
        String through = host.through(to);
        if (!here
                || socket.flags().device().filter(name -> !name.equals(through)).isPresent()
                || socket.peer().filter(peer -> !isFrom(peer.unmapped())).isPresent()) {
            return NO_FIT;
        }
        int family = ipv4 ? socket.ipv6() ? 1 : 2 : 0;
        int parts = socket.peer().map(peer -> peer.port() == 0 ? 1 : 2).orElse(0);
        int peer = parts * (ipv4 ? CLOSE : 1);
        int device = socket.flags().device().isPresent() ? ipv4 ? CLOSE : 1 : 0;
        return family + peer + device;
    }

    /** Whoever is connected to port 0 hears every port of that address. */
    private boolean isFrom(Sockaddr peer) {
        return peer.equals(from) || peer.port() == 0 && peer.equals(from.withPort(0));
    }

    private boolean ipv4(ModelSocket socket, boolean wildcard) {
        if (socket.ipv6() && socket.flags().v6only()) {
            return false;
        }
        int address = LinuxOverlap.ipv4(socket.address());
        return address == (wildcard ? 0 : ((Sockaddr.Inet) to).address());
    }

    private boolean ipv6(ModelSocket socket, boolean wildcard) {
        return wildcard
                ? socket.any6()
                : socket.address() instanceof Sockaddr.Inet6 mine
                        && to instanceof Sockaddr.Inet6 there
                        && mine.high() == there.high()
                        && mine.low() == there.low();
    }
}
