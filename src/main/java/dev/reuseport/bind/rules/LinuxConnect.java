package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How {@code connect(2)} of a socket ends on Linux: {@code __inet_stream_connect}, {@code tcp_v4_connect}, {@code
 * tcp_v6_connect} and {@code __inet_hash_connect} for TCP; {@code inet_dgram_connect}, {@code __ip4_datagram_connect} and
 * {@code __ip6_datagram_connect} for UDP. Only addresses of this host are known to be there.
 *
 * <p>A socket that connects has the address from which it does from then on, be it bound to a wildcard. TCP that fails
 * gives a port back that the kernel had chosen; UDP keeps it.
 */
final class LinuxConnect {
    private static final Outcome ENETUNREACH = Outcome.of(Const.ENETUNREACH);
    private static final Outcome EAFNOSUPPORT = Outcome.of(Const.EAFNOSUPPORT);
    private static final int LOOPBACK = 0x7f000001;

    private final LinuxPorts ports;
    private final Arrival arrival;

    LinuxConnect(LinuxPorts ports, Arrival arrival) {
        this.ports = ports;
        this.arrival = arrival;
    }

    /** Decides it for a socket of TCP that is not connected, and an address of its family. */
    Verdict tcp(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        Sockaddr destination = destination(state.host(), socket, to);
        Optional<Verdict> refusal = refuse(state, socket, destination, true);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (socket.peer().filter(ModelSocket::mapped).isPresent() && destination.unmapped() == destination) {
            return Verdict.unknown(
                    DecidingRule.UNKNOWN,
                    "an IPv6 socket that failed to connect to a mapped address still sends by IPv4, and gets no answer",
                    state);
        }
        Sockaddr from = source(state.host(), socket, destination);
        int port = socket.port();
        if (port == 0) {
            OptionalInt free = free(state, socket, seen.port());
            if (free.isEmpty()) {
                return Verdict.unknown(
                        DecidingRule.PORTS_USED_UP,
                        "a port that a connect chose may be shared by connections to others, and the rules do not look",
                        state);
            }
            port = free.getAsInt();
        }
        ModelSocket client = socket.withAddress(from.withPort(port))
                .withPhase(Phase.CONNECTED)
                .withPeer(destination);
        Optional<ModelSocket> twin = twin(state, client);
        if (twin.isPresent() && twin.get().phase() == Phase.TIME_WAIT) {
            return Verdict.unknown(
                    DecidingRule.TIME_WAIT,
                    twin.get().name() + " is in TIME_WAIT between the same two ports: within its first second that is"
                            + " EADDRNOTAVAIL, then net.ipv4.tcp_tw_reuse lets a connection within the host in its place",
                    state);
        }
        if (twin.isPresent()) {
            return Verdict.refused(
                    Outcome.of(Const.EADDRNOTAVAIL),
                    DecidingRule.SAME_CONNECTION,
                    twin.get() + " is connected from there to " + destination + " already",
                    failed(state, socket, client));
        }
        if (client.address().equals(destination) && socket.shut()) {
            return Verdict.refused(
                    Outcome.of(Const.ECONNABORTED),
                    DecidingRule.TO_ITSELF,
                    "connected to itself, a socket that was shut down ends both sides at once, and leaves TIME_WAIT",
                    failed(state, socket.withShut(false), client).with(client.leftBehind(seen.number())));
        }
        if (client.address().equals(destination)) {
            return Verdict.ok(
                    DecidingRule.TO_ITSELF,
                    "whoever connects to the very address that it has is connected to itself (RFC 9293: both open at"
                            + " once)",
                    state.with(client));
        }
        Verdict verdict = arrival.accept(
                state,
                destination.unmapped(),
                seen,
                Optional.of(client.address().unmapped()));
        if (unanswered(verdict, seen.number(), client)) {
            return Verdict.unknown(
                    DecidingRule.NO_SOURCE,
                    "an answer that must leave through one interface does not get to an address of another",
                    state);
        }
        if (verdict.ok()) {
            return verdict.in(verdict.after().with(client));
        }
        return verdict.outcome().isPresent() ? verdict.in(failed(state, socket.withShut(false), client)) : verdict;
    }

    /**
     * Tells whether a client may wait in vain: what a listener with a device answers goes through that, what the kernel
     * itself answers by IPv6 goes through where the question came from, and a client with a device hears through that alone.
     */
    private static boolean unanswered(Verdict verdict, int connection, ModelSocket client) {
        Host host = verdict.after().host();
        String back = host.through(client.address().unmapped());
        if (client.flags().device().filter(device -> !device.equals(back)).isPresent()) {
            return true;
        }
        if (verdict.ok()) {
            return verdict.after()
                    .socket(connection)
                    .flatMap(accepted -> accepted.flags().device())
                    .filter(device -> !device.equals(back))
                    .isPresent();
        }
        Sockaddr there = client.peer().orElseThrow().unmapped();
        return verdict.outcome().isPresent()
                && client.address() instanceof Sockaddr.Inet6 own
                && own.loopback()
                && !host.through(there).equals(back);
    }

    /**
     * {@code tcp_done} and {@code tcp_disconnect}: only a port that was named stays, and the address that was named, unless
     * that was multicast or broadcast.
     */
    private static BindState failed(BindState state, ModelSocket socket, ModelSocket client) {
        boolean stays = !socket.named() && (socket.any4() || socket.any6());
        ModelSocket left = stays ? socket : socket.withAddress(client.address().withPort(socket.port()));
        boolean byIpv4 = socket.ipv6() && ModelSocket.mapped(client.peer().orElseThrow());
        return state.with(released(byIpv4 ? left.withPeer(client.peer().get()) : left, Phase.UNBOUND, Phase.BOUND));
    }

    /** Returns a socket whose connection is over: without its port, unless that was named. */
    static ModelSocket released(ModelSocket socket, Phase without, Phase with) {
        return socket.portChosen()
                ? socket.withAddress(socket.address().withPort(0)).withPhase(without)
                : socket.withPhase(with);
    }

    /** Decides it for a socket of UDP. */
    Verdict udp(BindState before, ModelSocket unbound, Sockaddr to, Arrival.Seen seen) {
        Verdict port = autobound(before, unbound, seen.port());
        if (!port.ok()) {
            return port;
        }
        BindState state = port.after();
        ModelSocket socket = state.socket(unbound.number()).orElseThrow();
        Optional<Sockaddr> there = udpDestination(state.host(), socket, to);
        if (there.isEmpty()) {
            return Verdict.refused(
                    EAFNOSUPPORT, DecidingRule.OTHER_FAMILY, "the socket takes no address of that family", state);
        }
        Sockaddr destination = there.get();
        if (destination.multicast() || state.host().broadcasts(destination.unmapped())) {
            return Verdict.unknown(
                    DecidingRule.MULTICAST, "the rules do not say which way a multicast or a broadcast goes", state);
        }
        Optional<Verdict> refusal = refuse(state, socket, destination, false);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        boolean wildcard = socket.any4() || socket.any6();
        Sockaddr from = wildcard ? source(state.host(), socket, destination).withPort(socket.port()) : socket.address();
        return Verdict.ok(
                DecidingRule.ALLOWED,
                "connect of a UDP socket only fixes its two addresses, whoever is there",
                state.with(socket.withAddress(from).withPeer(destination)));
    }

    /** {@code inet_autobind}: gives a socket of UDP that has no port one, whatever comes of the call that needs it. */
    private Verdict autobound(BindState state, ModelSocket socket, int liked) {
        if (socket.port() != 0) {
            return Verdict.ok(DecidingRule.ALREADY, "it has a port", state);
        }
        OptionalInt port = ports.free(state, socket, liked);
        if (port.isEmpty()) {
            return Verdict.refused(
                    Outcome.of(Const.EAGAIN), DecidingRule.PORTS_USED_UP, "there is no port left to choose", state);
        }
        ModelSocket bound =
                socket.withAddress(socket.address().withPort(port.getAsInt())).withPhase(Phase.BOUND);
        return Verdict.ok(DecidingRule.PORT_CHOSEN, "the kernel chooses a port", LinuxPorts.joinedUdp(state, bound));
    }

    /** Decides {@code sendmsg(2)} of a socket of UDP: {@code udp_sendmsg}, {@code udpv6_sendmsg}. */
    Verdict send(BindState before, ModelSocket unbound, Sockaddr to, Arrival.Seen seen) {
        Verdict port = autobound(before, unbound, seen.port());
        if (!port.ok()) {
            return port;
        }
        BindState state = port.after();
        ModelSocket socket = state.socket(unbound.number()).orElseThrow();
        if (!socket.ipv6() && to instanceof Sockaddr.Inet6) {
            return Verdict.refused(
                    EAFNOSUPPORT, DecidingRule.OTHER_FAMILY, "the socket takes no address of that family", state);
        }
        Sockaddr destination = sendDestination(state.host(), socket, to);
        boolean broadcast = state.host().broadcasts(destination.unmapped());
        if (destination.multicast() || destination.limitedBroadcast()) {
            return Verdict.unknown(
                    DecidingRule.MULTICAST, "the rules do not say which way a multicast or a broadcast goes", state);
        }
        boolean mapped = destination.unmapped() instanceof Sockaddr.Inet;
        if (to.port() == 0 && !(mapped && socket.ipv6() && socket.flags().v6only())) {
            return Verdict.refused(
                    Outcome.of(Const.EINVAL), DecidingRule.NO_SUCH_VALUE, "nothing is sent to port 0", state);
        }
        Optional<Verdict> refusal = refuse(state, socket, destination, false);
        boolean unknownForBroadcast = broadcast
                && socket.flags().device().isEmpty()
                && refusal.filter(said -> said.rule() == DecidingRule.MULTICAST).isPresent();
        if (refusal.isPresent() && !unknownForBroadcast) {
            return refusal.get();
        }
        if (broadcast && !socket.flags().broadcast()) {
            return Verdict.refused(
                    Outcome.of(Const.EACCES), DecidingRule.UNPRIVILEGED, "a broadcast needs SO_BROADCAST", state);
        }
        return socket.shut()
                ? Verdict.refused(
                        Outcome.of(Const.EPIPE),
                        DecidingRule.NOT_CONNECTED,
                        "it was shut down, be it that shutdown failed",
                        state)
                : Verdict.ok(DecidingRule.ALLOWED, "a datagram is sent whether anybody is there or not", state);
    }

    private static Sockaddr sendDestination(Host host, ModelSocket socket, Sockaddr to) {
        return destination(host, socket, socket.ipv6() && to instanceof Sockaddr.Inet inet ? inet.mapped() : to);
    }

    /** Returns how a datagram of a socket that may send it is delivered. */
    LinuxDelivery delivery(Host host, ModelSocket sender, Sockaddr to) {
        Sockaddr destination = sendDestination(host, sender, to);
        Sockaddr from = source(host, sender, destination).withPort(sender.port());
        return new LinuxDelivery(host, from.unmapped(), destination.unmapped());
    }

    /** An IPv6 socket of UDP takes an IPv4 address too, unless it is IPv6 only. */
    private static Optional<Sockaddr> udpDestination(Host host, ModelSocket socket, Sockaddr to) {
        if (to.family() == socket.address().family()) {
            return Optional.of(destination(host, socket, to));
        }
        return socket.ipv6() && !socket.flags().v6only()
                ? Optional.of(destination(host, socket, ((Sockaddr.Inet) to).mapped()))
                : Optional.empty();
    }

    /** Where a wildcard leads: to the socket's own address, else to a loopback address. */
    private static Sockaddr destination(Host host, ModelSocket socket, Sockaddr to) {
        if (to instanceof Sockaddr.Inet inet) {
            int own = own(host, socket);
            return inet.wildcard() ? new Sockaddr.Inet(own == 0 ? LOOPBACK : own, to.port()) : to;
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) to;
        if (inet6.wildcard()) {
            return socket.mapped()
                    ? new Sockaddr.Inet(LOOPBACK, to.port()).mapped()
                    : new Sockaddr.Inet6(0, 1, to.port(), 0, 0);
        }
        if (inet6.v4Mapped()) {
            return ((Sockaddr.Inet) destination(host, socket, new Sockaddr.Inet((int) inet6.low(), to.port())))
                    .mapped();
        }
        return inet6;
    }

    /** Why a packet does not get from the socket to an address; empty if it does. */
    private static Optional<Verdict> refuse(BindState state, ModelSocket socket, Sockaddr destination, boolean tcp) {
        Host host = state.host();
        Sockaddr there = destination.unmapped();
        boolean ipv4 = there instanceof Sockaddr.Inet;
        if (tcp && destination.multicast() && !ipv4) {
            return Optional.of(noRoute(state));
        }
        if (ipv4 && socket.ipv6() && socket.flags().v6only()) {
            return Optional.of(Verdict.refused(
                    ENETUNREACH,
                    DecidingRule.MAPPED_REFUSED,
                    "an IPv4-mapped address, from a socket that is IPv6 only",
                    state));
        }
        if (ipv4) {
            Optional<Verdict> source = refuseSource(state, socket);
            if (source.isPresent()) {
                return source;
            }
            boolean outside = host.broadcasts(there) && !loopback(there) && !there.limitedBroadcast();
            if (outside && socket.flags().device().isPresent()) {
                return Optional.of(otherWay(state));
            }
            if (outside && loopback(own(host, socket))) {
                return Optional.of(Verdict.refused(
                        Outcome.of(Const.EINVAL),
                        DecidingRule.NO_SOURCE,
                        "nothing leaves the host with a loopback address",
                        state));
            }
            if (tcp && (there.multicast() || host.broadcasts(there))) {
                return Optional.of(noRoute(state));
            }
        }
        if (there instanceof Sockaddr.Inet6 inet6 && inet6.linkLocal()) {
            return Optional.of(Verdict.unknown(
                    DecidingRule.NO_SCOPE, "connections of link-local addresses are not modelled", state));
        }
        Optional<Verdict> notThere = Arrival.notThere(state, there);
        if (notThere.isPresent()) {
            return notThere;
        }
        if (socket.flags().device().isPresent() && !socket.flags().device().equals(host.deviceOf(there))) {
            return Optional.of(otherWay(state));
        }
        if (!ipv4 && socket.mapped()) {
            return Optional.of(Verdict.refused(
                    EAFNOSUPPORT, DecidingRule.OTHER_FAMILY, "an IPv6 address, from an IPv4-mapped one", state));
        }
        boolean strange = !ipv4
                && !socket.any6()
                && !host.has(socket.address(), socket.flags().device());
        return strange
                ? Optional.of(Verdict.unknown(
                        DecidingRule.NO_SOURCE, "nothing comes back to an address that is not this host's", state))
                : Optional.empty();
    }

    private static boolean loopback(Sockaddr address) {
        return address instanceof Sockaddr.Inet inet && loopback(inet.address());
    }

    private static boolean loopback(int ipv4) {
        return ipv4 >>> 24 == LOOPBACK >>> 24;
    }

    private static Verdict otherWay(BindState state) {
        return Verdict.unknown(DecidingRule.NO_DEVICE, "the way out of another device is not modelled", state);
    }

    private static Verdict noRoute(BindState state) {
        return Verdict.refused(ENETUNREACH, DecidingRule.MULTICAST, "TCP has no multicast and no broadcast", state);
    }

    /**
     * The IPv4 address that a socket sends from, 0 for any: {@code __inet_bind} takes no multicast or broadcast for that, and
     * {@code __ip6_datagram_connect} leaves it alone, where {@code __inet6_bind} makes it LOOPBACK4_IPV6.
     */
    private static int own(Host host, ModelSocket socket) {
        Sockaddr address = socket.address();
        boolean many = !socket.ipv6() && (address.multicast() || host.broadcasts(address.withPort(0)));
        boolean connected = socket.ipv6() && !socket.mapped() && !socket.named();
        return many || connected ? 0 : LinuxOverlap.ipv4(address);
    }

    /** {@code ip_route_output_key_hash_rcu}: a source must be an address of this host, unless IP_TRANSPARENT is set. */
    private static Optional<Verdict> refuseSource(BindState state, ModelSocket socket) {
        int own = own(state.host(), socket);
        Sockaddr.Inet source = new Sockaddr.Inet(own, 0);
        if (own == 0) {
            return Optional.empty();
        }
        if (state.host().broadcasts(source) && !source.limitedBroadcast()) {
            return Optional.of(Verdict.unknown(
                    DecidingRule.NO_SOURCE, "what comes from a broadcast address is not modelled", state));
        }
        boolean strange = !state.host().has(source, Optional.empty());
        boolean never = source.multicast() || source.limitedBroadcast();
        if (never || strange && !socket.flags().transparent()) {
            return Optional.of(Verdict.refused(
                    never ? Outcome.of(Const.EINVAL) : ENETUNREACH,
                    DecidingRule.NO_SOURCE,
                    source.host() + " is no address that this host sends from",
                    state));
        }
        return !strange
                ? Optional.empty()
                : Optional.of(Verdict.unknown(
                        DecidingRule.NO_SOURCE, "nothing comes back to an address that is not this host's", state));
    }

    /** The address from which a socket sends to another of this host, in the socket's family. */
    private static Sockaddr source(Host host, ModelSocket socket, Sockaddr destination) {
        boolean many = socket.ipv6() ? socket.address().multicast() && !socket.mapped() : own(host, socket) == 0;
        if (!socket.any4() && !socket.any6() && !many) {
            return socket.address();
        }
        if (destination.unmapped() instanceof Sockaddr.Inet inet) {
            Sockaddr.Inet own = host.sendsFrom(inet);
            return socket.ipv6() ? own.mapped() : own;
        }
        return destination;
    }

    /** A port for a socket that has none: one that nobody has. */
    private static OptionalInt free(BindState state, ModelSocket socket, int liked) {
        var range = LinuxPorts.range(state.host().sysctls(), socket);
        for (int i = 0, port = liked; i <= range.upper() - range.lower(); i++) {
            if (state.at(Protocol.TCP, port).size() == 0) {
                return OptionalInt.of(port);
            }
            port = port >= range.upper() ? range.lower() : port + 1;
        }
        return OptionalInt.empty();
    }

    /** {@code __inet_check_established}: who has the same two addresses and ports. */
    private static Optional<ModelSocket> twin(BindState state, ModelSocket client) {
        Sockaddr from = client.address().unmapped();
        Sockaddr to = client.peer().orElseThrow().unmapped();
        return state.at(Protocol.TCP, client.port()).all(client.address()).stream()
                .filter(other -> other.number() != client.number()
                        && other.address().unmapped().equals(from)
                        && other.peer()
                                .map(Sockaddr::unmapped)
                                .filter(to::equals)
                                .isPresent()
                        && (other.phase().connection() || other.phase() == Phase.TIME_WAIT)
                        && (other.flags().device().isEmpty()
                                || other.flags().device().equals(client.flags().device())))
                .findFirst();
    }
}
