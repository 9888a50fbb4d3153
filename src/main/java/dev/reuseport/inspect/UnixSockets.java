package dev.reuseport.inspect;

import dev.reuseport.proc.Origin;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.proc.UnixTable;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sockets of AF_UNIX in this network namespace that were bound to a name, with their owners.
 *
 * <p>Which socket a path leads to, the lists of the kernel do not say: a file may have been removed and made again by another
 * socket, and the older one keeps its name. A socket of another network namespace can be reached by its path, and is in no
 * list here.
 */
public final class UnixSockets {
    /**
     * One socket.
     *
     * @param socket its name, type and state
     * @param owners who has a descriptor of it, as far as could be seen
     */
    public record Found(UnixTable.Entry socket, List<PortSockets.Owner> owners) {}

    /**
     * What was found.
     *
     * @param sockets those that were bound to the name
     * @param closedProcesses how many processes this one may not look into
     */
    public record Survey(List<Found> sockets, int closedProcesses) {}

    private UnixSockets() {}

    /**
     * Looks for who was bound to a name.
     *
     * @param name a path, or {@code @} and an abstract name
     */
    public static Survey of(Syscalls syscalls, Proc proc, String name) throws IOException {
        Map<Long, UnixTable.Entry> candidates = new HashMap<>();
        for (UnixTable.Entry entry : UnixTable.read(proc, syscalls.abi())) {
            if (mayBe(entry, name)) {
                candidates.put(entry.inode(), entry);
            }
        }
        Map<Long, List<PortSockets.Owner>> owners = new HashMap<>();
        int closed = 0;
        for (int pid : candidates.isEmpty() ? List.<Integer>of() : proc.pids()) {
            try {
                for (Proc.Link link : proc.links(pid)) {
                    if (candidates.containsKey(link.inode())) {
                        RunningProcess process = proc.process(pid);
                        owners.computeIfAbsent(link.inode(), inode -> new ArrayList<>())
                                .add(PortSockets.owner(
                                        syscalls, proc, process, link.fd(), Origin.of(proc, syscalls, process)));
                    }
                }
            } catch (IOException e) {
                // If it exited since it was listed it owns nothing any more.
                closed += proc.shows(pid) ? 1 : 0;
            }
        }
        List<Found> found = new ArrayList<>();
        for (UnixTable.Entry entry : candidates.values()) {
            List<PortSockets.Owner> all = PortSockets.withHeirs(owners.getOrDefault(entry.inode(), List.of()));
            if (isAt(proc, entry, all, name)) {
                found.add(new Found(entry, all));
            }
        }
        found.sort((one, other) ->
                Long.compare(one.socket().inode(), other.socket().inode()));
        return new Survey(List.copyOf(found), closed);
    }

    private static boolean mayBe(UnixTable.Entry entry, String name) {
        String bound = entry.name().text();
        return bound.equals(name)
                || !name.startsWith("@")
                        && !bound.startsWith("@")
                        && lastName(bound).equals(lastName(name));
    }

    private static String lastName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Tells whether what a process gave to bind is the same file, in the folder of one that has the socket. */
    private static boolean isAt(Proc proc, UnixTable.Entry entry, List<PortSockets.Owner> owners, String name) {
        String bound = entry.name().text();
        if (bound.equals(name)) {
            return true;
        }
        if (bound.startsWith("/")) {
            return same(Path.of("/"), bound, name);
        }
        return owners.stream()
                .anyMatch(owner -> same(proc.workingDirectory(owner.process().pid()), bound, name));
    }

    private static boolean same(Path folder, String bound, String name) {
        try {
            return Files.isSameFile(folder.resolve(bound), Path.of(name));
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }
}
