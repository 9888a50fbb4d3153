package dev.reuseport.inspect;

import dev.reuseport.proc.Proc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which processes have which sockets, remembered from one look to the next: of a hundred thousand descriptors only those are
 * looked at that may have changed.
 *
 * <p>A socket that nobody had before is looked for first where others were found, and in every process only if it is not
 * there. A process that was not there before is looked into, and once more at the next look: it may have begun as a copy of
 * another, and close what it does not need.
 */
final class SocketHolders {
    /**
     * A descriptor of a socket.
     *
     * @param pid whose
     */
    record Held(int pid, int fd) {}

    /** What is known of a socket. Its holders are another list whenever they are others. */
    private static final class Known {
        private final int since;
        private List<Held> holders = List.of();
        private boolean shared;
        private boolean missed;
        private boolean nowhere;
        private int seen;

        Known(int since) {
            this.since = since;
        }
    }

    /** What is known of a process. */
    private static final class Process {
        /** Those of its descriptors that are of these sockets. */
        private final BitSet known = new BitSet();

        private boolean young;
        private boolean closed;
        private boolean cut;
    }

    /** What was found in a process: whether it is closed to this one, and whether it has more descriptors than were looked at. */
    private record Scan(int pid, List<Proc.Link> links, boolean closed, boolean cut) {}

    /** A listener that is inherited has a low number; who has more descriptors than this is a client in all likelihood. */
    private static final int MOST_AT_FIRST = 1024;

    /** So many shared sockets are looked at each time; of more, a part. */
    private static final int MOST_AGAIN = 512;

    private final Proc proc;
    private final Map<Integer, Process> processes = new TreeMap<>();
    private final Map<Long, Known> sockets = new HashMap<>();
    private int looks;
    private int lacking;
    private int alive;
    private Known[] others = {};

    SocketHolders(Proc proc) {
        this.proc = proc;
    }

    /**
     * Looks for them again.
     *
     * @param shared sockets that several processes may have, and that one may close while another has it
     * @param connections sockets that mostly one process has until they are gone
     */
    void look(long[] shared, long[] connections) throws IOException {
        looks++;
        lacking = 0;
        alive = 0;
        for (long inode : shared) {
            see(inode, true);
        }
        others = new Known[connections.length];
        for (int i = 0; i < connections.length; i++) {
            others[i] = see(connections[i], false);
        }
        if (sockets.size() > alive) {
            sockets.values().removeIf(this::gone);
        }
        if (alive == 0) {
            // Whoever is there then is new to the next look.
            processes.clear();
            return;
        }
        List<Integer> pids = proc.pids();
        if (processes.keySet().retainAll(new HashSet<>(pids))) {
            sockets.forEach((inode, socket) -> drop(socket, held -> processes.containsKey(held.pid())));
        }
        dropClosed(shared);
        Set<Integer> scanned = new TreeSet<>();
        for (int pid : pids) {
            Process process = processes.get(pid);
            if (process == null || process.young) {
                processes.computeIfAbsent(pid, number -> new Process()).young = process == null && looks > 1;
                scanned.add(pid);
            }
        }
        // A call for each of a hundred thousand descriptors: on all CPUs at once.
        scanned.parallelStream().map(pid -> read(pid, MOST_AT_FIRST)).toList().forEach(this::take);
        // First who was cut short, then who has sockets of these, then all the others.
        for (int pid : pids) {
            if (lacking > 0 && has(pid) && (!scanned.contains(pid) || processes.get(pid).cut)) {
                scan(pid, Integer.MAX_VALUE);
                scanned.add(pid);
            }
        }
        // A connection may be over by now; if it is not, it is missed again.
        boolean missed = looks == 1
                || lacking > 0
                        && sockets.values().stream()
                                .anyMatch(socket -> lacks(socket) && (socket.shared || socket.missed));
        for (int pid : missed ? pids : List.<Integer>of()) {
            if (lacking > 0 && !has(pid) && (!scanned.contains(pid) || processes.get(pid).cut)) {
                scan(pid, Integer.MAX_VALUE);
            }
        }
        if (lacking > 0) {
            for (Known socket : sockets.values()) {
                socket.nowhere |= missed && lacks(socket);
                socket.missed = lacks(socket);
            }
        }
    }

    private static boolean lacks(Known socket) {
        return socket.holders.isEmpty() && !socket.nowhere;
    }

    private boolean has(int pid) {
        return !processes.get(pid).known.isEmpty();
    }

    private boolean gone(Known socket) {
        if (socket.seen == looks) {
            return false;
        }
        socket.holders.forEach(this::forget);
        return true;
    }

    private void forget(Held held) {
        Process process = processes.get(held.pid());
        if (process != null) {
            process.known.clear(held.fd());
        }
    }

    /** Takes note of what there is; of what nobody has there is nothing to know. */
    private Known see(long inode, boolean shared) {
        if (inode == 0) {
            return null;
        }
        Known socket = sockets.get(inode);
        if (socket == null) {
            socket = new Known(looks);
            sockets.put(inode, socket);
        }
        if (socket.seen != looks) {
            socket.seen = looks;
            alive++;
            lacking += lacks(socket) ? 1 : 0;
        }
        socket.shared = shared;
        return socket;
    }

    /** Forgets what processes have no more. */
    private void dropClosed(long[] shared) {
        int parts = 1 + shared.length / MOST_AGAIN;
        for (int i = 0; i < shared.length; i++) {
            Known socket = sockets.get(shared[i]);
            if (socket != null && i % parts == looks % parts) {
                long inode = shared[i];
                drop(socket, held -> has(held, inode));
            }
        }
    }

    private void drop(Known socket, Predicate<Held> kept) {
        if (socket.holders.isEmpty() || socket.holders.stream().allMatch(kept)) {
            return;
        }
        List<Held> left = socket.holders.stream().filter(kept).toList();
        socket.holders.stream().filter(held -> !left.contains(held)).forEach(this::forget);
        socket.holders = left;
        lacking += left.isEmpty() ? 1 : 0;
    }

    private boolean has(Held held, long inode) {
        try {
            return Proc.inode(proc.target(held.pid(), held.fd())) == inode;
        } catch (IOException e) {
            return false;
        }
    }

    private void scan(int pid, int most) {
        take(read(pid, most));
    }

    /** Looks at so many descriptors, but for those that are known. */
    private Scan read(int pid, int most) {
        Process process = processes.get(pid);
        try {
            int[] listed = {0};
            List<Proc.Link> links = proc.links(pid, fd -> listed[0]++ < most && !process.known.get(fd));
            links.removeIf(link -> !sockets.containsKey(link.inode()));
            return new Scan(pid, links, false, listed[0] > most);
        } catch (IOException e) {
            // If it exited since it was listed it owns nothing any more; with hidepid=1 it is there, and closed.
            return new Scan(pid, List.of(), proc.shows(pid), false);
        }
    }

    private void take(Scan scan) {
        Process process = processes.get(scan.pid);
        process.closed = scan.closed;
        process.cut = scan.cut;
        for (Proc.Link link : scan.links) {
            Known socket = sockets.get(link.inode());
            process.known.set(link.fd());
            lacking -= lacks(socket) ? 1 : 0;
            Held held = new Held(scan.pid, link.fd());
            if (socket.holders.isEmpty()) {
                socket.holders = List.of(held);
            } else {
                List<Held> holders = new ArrayList<>(socket.holders);
                holders.add(held);
                socket.holders = List.copyOf(holders);
            }
        }
    }

    /** Returns who has a socket, by their pids as far as they were found at one look; nobody that was seen if there are none. */
    List<Held> of(long inode) {
        Known socket = sockets.get(inode);
        return socket == null ? List.of() : socket.holders;
    }

    /** Returns who has a connection, by its place among those of the last look: nobody looks each up in a map again. */
    List<Held> ofConnection(int place) {
        Known socket = others[place];
        return socket == null ? List.of() : socket.holders;
    }

    /** Tells whether a connection was not there at the look before; false at the first look. */
    boolean fresh(int place) {
        Known socket = others[place];
        return socket != null && looks > 1 && socket.since == looks;
    }

    /** Returns how many processes this one may not look into. */
    int closed() {
        return (int)
                processes.values().stream().filter(process -> process.closed).count();
    }
}
