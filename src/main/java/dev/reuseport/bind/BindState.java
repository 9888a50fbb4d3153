package dev.reuseport.bind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The sockets of a host, and what its kernel remembers of their binds. Immutable.
 *
 * @param host the host
 * @param sockets in the reverse of the order in which a bind asks them: the one bound last is asked first, but see
 *     {@link LinuxRules} for UDP
 * @param memories Linux only: what it remembers of each TCP port, where it remembers something
 */
public record BindState(Host host, List<ModelSocket> sockets, Map<Integer, PortMemory> memories) {

    /** No sockets yet. */
    public static BindState empty(Host host) {
        return new BindState(host, List.of(), Map.of());
    }

    /**
     * A state made of sockets that were found. What the kernel remembers cannot be read: it is taken to be what these
     * sockets would have left behind with the flags that they have now. See {@link #remembering}.
     */
    public static BindState observed(Host host, List<ModelSocket> found) {
        Map<Integer, List<ModelSocket>> byPort = new HashMap<>();
        for (ModelSocket socket : found) {
            if (socket.protocol() == Protocol.TCP && socket.port() != 0) {
                byPort.computeIfAbsent(socket.port(), port -> new ArrayList<>()).add(socket);
            }
        }
        Map<Integer, PortMemory> memories = new HashMap<>();
        byPort.forEach((port, owners) -> {
            ModelSocket last = owners.get(owners.size() - 1);
            if (owners.stream().allMatch(owner -> owner.flags().reusePort() && owner.uid() == last.uid())) {
                memories.put(port, PortMemory.of(last));
            }
        });
        return new BindState(host, List.copyOf(found), Map.copyOf(memories));
    }

    /**
     * Returns this state with the supposition that a TCP socket had SO_REUSEPORT when it was let in, whatever it has now,
     * and that the kernel remembers that.
     */
    public BindState remembering(int socket) {
        return socket(socket)
                .map(owner -> withMemory(owner.port(), PortMemory.of(owner)))
                .orElse(this);
    }

    /** Finds a socket by its number. */
    public Optional<ModelSocket> socket(int number) {
        for (ModelSocket socket : sockets) {
            if (socket.number() == number) {
                return Optional.of(socket);
            }
        }
        return Optional.empty();
    }

    /** Puts a socket in the place of the one with its number, or at the end. */
    BindState with(ModelSocket changed) {
        List<ModelSocket> copy = new ArrayList<>(sockets);
        for (int i = 0; i < copy.size(); i++) {
            if (copy.get(i).number() == changed.number()) {
                copy.set(i, changed);
                return new BindState(host, copy, memories);
            }
        }
        copy.add(changed);
        return new BindState(host, copy, memories);
    }

    /** Adds a socket so that all others come before it when they are asked. */
    BindState withLastAsked(ModelSocket newcomer) {
        List<ModelSocket> copy = new ArrayList<>(sockets.size() + 1);
        copy.add(newcomer);
        copy.addAll(sockets);
        return new BindState(host, copy, memories);
    }

    /** Removes a socket, and the memory of its port if it was the last there. */
    BindState without(ModelSocket gone) {
        List<ModelSocket> copy = new ArrayList<>(sockets);
        copy.removeIf(socket -> socket.number() == gone.number());
        BindState left = new BindState(host, copy, memories);
        return gone.protocol() == Protocol.TCP
                        && left.bound(Protocol.TCP, gone.port()).isEmpty()
                ? left.withMemory(gone.port(), null)
                : left;
    }

    BindState withMemory(int port, PortMemory memory) {
        if (Objects.equals(memory, memories.get(port))) {
            return this;
        }
        Map<Integer, PortMemory> copy = new HashMap<>(memories);
        if (memory == null) {
            copy.remove(port);
        } else {
            copy.put(port, memory);
        }
        return new BindState(host, sockets, copy);
    }

    /** The sockets that have a port, in the order in which they are asked. */
    List<ModelSocket> bound(Protocol protocol, int port) {
        List<ModelSocket> found = new ArrayList<>();
        for (int i = sockets.size() - 1; i >= 0; i--) {
            ModelSocket socket = sockets.get(i);
            if (socket.protocol() == protocol && socket.port() == port && socket.phase() != Phase.UNBOUND) {
                found.add(socket);
            }
        }
        return found;
    }
}
