package dev.reuseport.inspect;

import dev.reuseport.abi.UnixDiag;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.proc.SockDiag;
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
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sockets of AF_UNIX in this network namespace that were bound to a name, with their owners.
 *
 * <p>A file may have been removed and made again by another socket, or moved, and the older socket keeps its name: sock_diag(7)
 * tells which file leads to which socket, where the file system has one number for it. A socket of another network namespace
 * can be reached by its path, and is in no list here.
 */
public final class UnixSockets {
    /**
     * One socket.
     *
     * @param socket its name, type and state
     * @param owners who has a descriptor of it, as far as could be seen
     * @param reached whether the path that was asked for leads to it; empty if that could not be seen, or the
     *     abstract name is its own
     */
    public record Found(UnixTable.Entry socket, List<PortSockets.Owner> owners, Optional<Boolean> reached) {}

    /**
     * What was found.
     *
     * @param sockets those that were bound to the name, and what its file leads to; a connection that was accepted only if
     *     there is nothing else
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
        Set<Long> reached = reached(syscalls, name);
        for (UnixTable.Entry entry : UnixTable.read(proc, syscalls.abi())) {
            if (mayBe(entry, name) || reached.contains(entry.inode())) {
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
            boolean here = reached.contains(entry.inode());
            if (isFilledUp(entry, name)) {
                found.add(new Found(entry, all, Optional.of(false)));
            } else if (here || isAt(proc, entry, all, name)) {
                found.add(new Found(entry, all, reached.isEmpty() ? Optional.empty() : Optional.of(here)));
            }
        }
        if (found.stream().anyMatch(each -> !accepted(each.socket()))) {
            found.removeIf(each -> accepted(each.socket()));
        }
        found.sort((one, other) ->
                Long.compare(one.socket().inode(), other.socket().inode()));
        return new Survey(List.copyOf(found), closed);
    }

    /** Tells whether it may be a connection that somebody accepted: such a one has the name and the file of the listener. */
    private static boolean accepted(UnixTable.Entry entry) {
        return entry.connected() && !entry.type().equals("dgram");
    }

    /** Returns the sockets that a path leads to; none of an abstract name, and where that is not seen. */
    private static Set<Long> reached(Syscalls syscalls, String name) {
        if (name.startsWith("@")) {
            return Set.of();
        }
        UnixDiag.FileId file;
        try {
            Map<String, Object> is = Files.readAttributes(Path.of(name), "unix:ino,dev");
            file = UnixDiag.FileId.ofStat((long) is.get("ino"), (long) is.get("dev"));
        } catch (IOException | InvalidPathException e) {
            return Set.of();
        }
        return SockDiag.unix(syscalls).stream()
                .filter(socket -> socket.file().filter(file::equals).isPresent())
                .map(UnixDiag::inode)
                .collect(Collectors.toSet());
    }

    private static boolean mayBe(UnixTable.Entry entry, String name) {
        String bound = entry.name().text();
        return bound.equals(name)
                || isFilledUp(entry, name)
                || !name.startsWith("@")
                        && !bound.startsWith("@")
                        && lastName(bound).equals(lastName(name));
    }

    /** Tells whether it is the same abstract name with NULs behind it, which is another: some programs give bind a whole sun_path. */
    private static boolean isFilledUp(UnixTable.Entry entry, String name) {
        String bound = entry.name().text();
        return name.startsWith("@")
                && bound.length() > name.length()
                && bound.startsWith(name)
                && bound.chars().skip(name.length()).allMatch(each -> each == '@');
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
