package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who serves an address of TCP, looked at again and again. */
public final class Serving {
    /**
     * What was there at one time.
     *
     * @param group what the kernel chooses from for a client of the address; empty if nobody listens, or that cannot be told
     * @param processes who accepts, by pid; empty if that cannot be told
     * @param connections to the port, each with who has it
     * @param notes what could not be seen
     */
    public record Servers(
            Optional<RunningGroup> group,
            Optional<List<RunningProcess>> processes,
            List<ServerSockets.Connection> connections,
            List<String> notes) {}

    private final Sockaddr address;
    private final Optional<ServerSockets> sockets;
    private final String why;

    private Serving(Sockaddr address, Optional<ServerSockets> sockets, String why) {
        this.address = address;
        this.sockets = sockets;
        this.why = why;
    }

    /** Looks at nothing yet. Where that is not possible, each look says so. */
    public static Serving of(Syscalls syscalls, Proc proc, Sockaddr address) {
        try {
            return new Serving(
                    address, Optional.of(new ServerSockets(syscalls, proc, Const.IPPROTO_TCP, address.port())), "");
        } catch (NotPossibleException e) {
            return new Serving(address, Optional.empty(), e.getMessage());
        }
    }

    /** Says why nothing can be seen; empty if something can. */
    public Optional<String> blind() {
        return Optional.of(why).filter(reason -> sockets.isEmpty());
    }

    /** Looks. */
    public Servers look() throws IOException {
        if (sockets.isEmpty()) {
            return new Servers(Optional.empty(), Optional.empty(), List.of(), List.of(why));
        }
        ServerSockets.Look look = sockets.get().look();
        Optional<RunningGroup> group = chosen(RunningGroup.of(Const.IPPROTO_TCP, look, false), address);
        List<String> notes = new ArrayList<>(look.notes());
        List<RunningProcess> processes = new ArrayList<>();
        if (group.isPresent()) {
            processes.addAll(group.get().servers());
            processes.sort((one, other) -> Integer.compare(one.pid(), other.pid()));
            if (group.get().partlyUnseen()) {
                look.hidden().ifPresent(notes::add);
                look.unread().ifPresent(reason -> notes.add("? stands for what may not be seen: " + reason));
            }
        }
        boolean unseen = processes.isEmpty() && group.isPresent();
        return new Servers(group, unseen ? Optional.empty() : Optional.of(processes), look.connections(), notes);
    }

    /**
     * Returns the group that a client of the address comes to: of those that listen the one that is bound to this address,
     * else to all of its family, else to all of both ({@code compute_score}).
     */
    public static Optional<RunningGroup> chosen(List<RunningGroup> groups, Sockaddr address) {
        RunningGroup best = null;
        for (RunningGroup group : groups) {
            if (!group.listeners().isEmpty()
                    && group.serves(address)
                    && (best == null || rank(group, address) > rank(best, address))) {
                best = group;
            }
        }
        return Optional.ofNullable(best);
    }

    private static int rank(RunningGroup group, Sockaddr address) {
        return (group.local().wildcard() ? 0 : 2) + (group.local().family() == address.family() ? 1 : 0);
    }
}
