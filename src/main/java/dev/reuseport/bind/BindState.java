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
 * @param groups Linux only: what it remembers of each TCP port, where it remembers something
 */
public record BindState(Host host, List<ModelSocket> sockets, Map<Integer, Group> groups) {

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
        Map<Integer, Group> groups = new HashMap<>();
        byPort.forEach((port, owners) -> {
            ModelSocket last = owners.get(owners.size() - 1);
            if (owners.stream().allMatch(owner -> owner.flags().reusePort() && owner.uid() == last.uid())) {
                groups.put(port, Group.of(last));
            }
        });
        return new BindState(host, List.copyOf(found), Map.copyOf(groups));
    }

    /**
     * Returns this state with the supposition that a TCP socket had SO_REUSEPORT when it was let in, whatever it has now,
     * and that the kernel remembers that.
     */
    public BindState remembering(int socket) {
        return socket(socket)
                .map(owner -> withGroup(owner.port(), Group.of(owner)))
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
                return new BindState(host, copy, groups);
            }
        }
        copy.add(changed);
        return new BindState(host, copy, groups);
    }

    /** Adds a socket so that all others come before it when they are asked. */
    BindState withLastAsked(ModelSocket newcomer) {
        List<ModelSocket> copy = new ArrayList<>(sockets.size() + 1);
        copy.add(newcomer);
        copy.addAll(sockets);
        return new BindState(host, copy, groups);
    }

    /** Removes a socket, and the memory of its port if it was the last there. */
    BindState without(ModelSocket gone) {
        List<ModelSocket> copy = new ArrayList<>(sockets);
        copy.removeIf(socket -> socket.number() == gone.number());
        BindState left = new BindState(host, copy, groups);
        return gone.protocol() == Protocol.TCP
                        && left.bound(Protocol.TCP, gone.port()).isEmpty()
                ? left.withGroup(gone.port(), null)
                : left;
    }

    BindState withGroup(int port, Group group) {
        if (Objects.equals(group, groups.get(port))) {
            return this;
        }
        Map<Integer, Group> copy = new HashMap<>(groups);
        if (group == null) {
            copy.remove(port);
        } else {
            copy.put(port, group);
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
