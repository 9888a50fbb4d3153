package dev.reuseport.inspect;

import dev.reuseport.proc.Proc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

    /** What is known of a process; its sockets by descriptor. */
    private static final class Known {
        private final Map<Integer, Long> sockets = new TreeMap<>();
        private boolean young = true;
        private boolean closed;
    }

    private final Proc proc;
    private final Map<Integer, Known> processes = new TreeMap<>();
    private final Map<Long, List<Held>> holders = new HashMap<>();
    private final Set<Long> nowhere = new HashSet<>();
    private final Set<Long> missed = new HashSet<>();

    SocketHolders(Proc proc) {
        this.proc = proc;
    }

    /**
     * Looks for them again.
     *
     * @param shared sockets that several processes may have, and that one may close while another has it: each descriptor of
     *     them is looked at
     * @param others sockets that mostly one process has until they are gone
     */
    void look(Set<Long> shared, Set<Long> others) throws IOException {
        List<Integer> pids = proc.pids();
        processes.keySet().retainAll(new HashSet<>(pids));
        Set<Long> wanted = new HashSet<>(shared);
        wanted.addAll(others);
        nowhere.retainAll(wanted);
        missed.retainAll(wanted);
        for (Map.Entry<Integer, Known> process : processes.entrySet()) {
            forget(process.getKey(), process.getValue(), shared, wanted);
        }
        boolean first = processes.isEmpty();
        Set<Integer> scanned = new HashSet<>();
        for (int pid : pids) {
            Known known = processes.get(pid);
            if (known == null || known.young) {
                processes.computeIfAbsent(pid, number -> new Known()).young = known == null && !first;
                scan(pid, wanted);
                scanned.add(pid);
            }
        }
        index();
        if (wanted.stream().anyMatch(this::lacks)) {
            scan(
                    pids,
                    pid -> !scanned.contains(pid) && !processes.get(pid).sockets.isEmpty(),
                    wanted);
            Set<Integer> empty = pids.stream()
                    .filter(pid ->
                            !scanned.contains(pid) && processes.get(pid).sockets.isEmpty())
                    .collect(Collectors.toSet());
            // A connection may be over by now; if it is not, it is missed again.
            if (shared.stream().anyMatch(this::lacks) || missed.stream().anyMatch(this::lacks)) {
                scan(pids, empty::contains, wanted);
                wanted.stream().filter(this::lacks).forEach(nowhere::add);
            }
        }
        if (first) {
            wanted.stream().filter(this::lacks).forEach(nowhere::add);
        }
        missed.clear();
        wanted.stream().filter(this::lacks).forEach(missed::add);
    }

    private void forget(int pid, Known known, Set<Long> shared, Set<Long> wanted) {
        known.sockets
                .entrySet()
                .removeIf(link -> !wanted.contains(link.getValue())
                        || shared.contains(link.getValue()) && !has(pid, link.getKey(), link.getValue()));
    }

    private boolean has(int pid, int fd, long inode) {
        try {
            return Proc.inode(proc.target(pid, fd)) == inode;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean lacks(long inode) {
        return !holders.containsKey(inode) && !nowhere.contains(inode);
    }

    private void index() {
        holders.clear();
        processes.forEach((pid, known) -> known.sockets.forEach((fd, inode) ->
                holders.computeIfAbsent(inode, each -> new ArrayList<>(1)).add(new Held(pid, fd))));
    }

    private void scan(List<Integer> pids, Predicate<Integer> which, Set<Long> wanted) {
        pids.stream().filter(which).forEach(pid -> scan(pid, wanted));
        index();
    }

    private void scan(int pid, Set<Long> wanted) {
        Known known = processes.get(pid);
        try {
            for (Proc.Link link : proc.links(pid, fd -> !known.sockets.containsKey(fd))) {
                if (wanted.contains(link.inode())) {
                    known.sockets.put(link.fd(), link.inode());
                }
            }
            known.closed = false;
        } catch (IOException e) {
            // If it exited since it was listed it owns nothing any more; with hidepid=1 it is there, and closed.
            known.closed = proc.shows(pid);
        }
    }

    /** Returns who has a socket, by their pids; nobody that was seen if there are none. */
    List<Held> of(long inode) {
        return holders.getOrDefault(inode, List.of());
    }

    /** Returns how many processes this one may not look into. */
    int closed() {
        return (int) processes.values().stream().filter(known -> known.closed).count();
    }
}
