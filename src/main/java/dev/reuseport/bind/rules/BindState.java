package dev.reuseport.bind.rules;

import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.map.IntMap;
import dev.reuseport.bind.step.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sockets of a host, and what its kernel remembers of their binds. Immutable, and cheap to make another of: a case of
 * ten thousand steps goes through as many.
 *
 * @param host the host
 * @param numbered the sockets by their numbers
 * @param ports those that have a port, by protocol and port
 */
public record BindState(Host host, IntMap<ModelSocket> numbered, IntMap<AtPort> ports) {

    /** No sockets yet. */
    public static BindState empty(Host host) {
        return new BindState(host, IntMap.empty(), IntMap.empty());
    }

    /**
     * A state made of sockets that were found. What the kernel remembers cannot be read: it is taken to be what these
     * sockets would have left behind with the flags that they have now. See {@link #remembering}.
     *
     * @param found in the reverse of the order in which a bind asks them: the one bound last is asked first, but see {@link
     *     LinuxRules} for UDP
     */
    public static BindState observed(Host host, List<ModelSocket> found) {
        IntMap<ModelSocket> numbered = IntMap.empty();
        Map<Integer, List<ModelSocket>> byPort = new HashMap<>();
        for (int i = found.size() - 1; i >= 0; i--) {
            ModelSocket socket = found.get(i);
            numbered = numbered.with(AtPort.key(socket.number()), socket);
            if (bound(socket)) {
                byPort.computeIfAbsent(key(socket.protocol(), socket.port()), port -> new ArrayList<>())
                        .add(socket);
            }
        }
        IntMap<AtPort> ports = IntMap.empty();
        for (Map.Entry<Integer, List<ModelSocket>> each : byPort.entrySet()) {
            List<ModelSocket> owners = each.getValue();
            ModelSocket last = owners.get(0);
            boolean group = last.protocol() == Protocol.TCP
                    && owners.stream().allMatch(owner -> owner.flags().reusePort() && owner.uid() == last.uid());
            boolean reuse = last.protocol() == Protocol.TCP
                    && owners.stream().allMatch(owner -> owner.flags().reuseAddr() && owner.phase() != Phase.LISTENING);
            PortMemory memory = wildcards(owners)
                    .with(reuse, group ? Optional.of(PortMemory.Group.of(last, true)) : Optional.empty());
            ports = ports.with(each.getKey(), AtPort.of(owners, memory));
        }
        return new BindState(host, numbered, ports);
    }

    /** What the first of each wildcard has made; those that came last stand first. */
    private static PortMemory wildcards(List<ModelSocket> owners) {
        PortMemory memory = PortMemory.NONE;
        boolean ipv4 = false;
        boolean ipv6 = false;
        for (int i = owners.size() - 1; i >= 0; i--) {
            ModelSocket owner = owners.get(i);
            if (owner.any6() && !ipv6 || owner.any4() && !ipv4) {
                memory = memory.withWildcard(owner.any6(), owner.ipv6());
                ipv6 |= owner.any6();
                ipv4 |= owner.any4();
            }
        }
        return memory;
    }

    /**
     * Returns this state with the supposition that a TCP socket had SO_REUSEPORT when it was let in, whatever it has now,
     * and that the kernel remembers that.
     */
    public BindState remembering(int socket) {
        return socket(socket)
                .map(owner -> withMemory(
                        owner.port(), PortMemory.NONE.with(false, Optional.of(PortMemory.Group.of(owner, true)))))
                .orElse(this);
    }

    /** Returns the same sockets on another host. */
    public BindState on(Host other) {
        return new BindState(other, numbered, ports);
    }

    /** Returns all sockets. */
    public List<ModelSocket> sockets() {
        List<ModelSocket> all = new ArrayList<>();
        numbered.forEach(all::add);
        return all;
    }

    /** Finds a socket by its number. */
    public Optional<ModelSocket> socket(int number) {
        return Optional.ofNullable(numbered.get(AtPort.key(number)));
    }

    /** Who has a port. */
    AtPort at(Protocol protocol, int port) {
        AtPort found = ports.get(key(protocol, port));
        return found == null ? AtPort.NOBODY : found;
    }

    private static int key(Protocol protocol, int port) {
        return 2 * port + protocol.ordinal();
    }

    private static boolean bound(ModelSocket socket) {
        return socket != null && socket.phase() != Phase.UNBOUND && socket.port() != 0;
    }

    /** Puts a socket in the place of the one with its number; on a port that is new to it, it is asked first. */
    BindState with(ModelSocket changed) {
        ModelSocket old = numbered.get(AtPort.key(changed.number()));
        boolean stays = bound(old) && bound(changed) && old.port() == changed.port();
        if (stays) {
            return placed(changed, at(changed.protocol(), changed.port()).changed(changed));
        }
        BindState left = bound(old) ? without(old) : this;
        return bound(changed)
                ? left.placed(
                        changed, left.at(changed.protocol(), changed.port()).before(changed))
                : new BindState(host, left.numbered.with(AtPort.key(changed.number()), changed), left.ports);
    }

    /** Adds a socket so that all others come before it when they are asked. */
    BindState withLastAsked(ModelSocket newcomer) {
        return placed(newcomer, at(newcomer.protocol(), newcomer.port()).behind(newcomer));
    }

    private BindState placed(ModelSocket socket, AtPort now) {
        return new BindState(
                host,
                numbered.with(AtPort.key(socket.number()), socket),
                ports.with(key(socket.protocol(), socket.port()), now));
    }

    /** Removes a socket, and the memory of its port if it was the last there. */
    BindState without(ModelSocket gone) {
        ModelSocket known = numbered.get(AtPort.key(gone.number()));
        IntMap<ModelSocket> others = numbered.with(AtPort.key(gone.number()), null);
        if (!bound(known)) {
            return new BindState(host, others, ports);
        }
        AtPort left = at(known.protocol(), known.port()).without(known.number());
        return new BindState(
                host, others, ports.with(key(known.protocol(), known.port()), left.size() == 0 ? null : left));
    }

    BindState withMemory(int port, PortMemory memory) {
        AtPort at = at(Protocol.TCP, port);
        AtPort now = at.remembering(memory);
        return now == at ? this : new BindState(host, numbered, ports.with(key(Protocol.TCP, port), now));
    }
}
