package dev.reuseport.proc;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.LinuxRelease;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder below which Linux tells about itself and its processes ({@code proc(5)}). On other systems there is nothing in
 * it.
 *
 * @param root {@code /proc}; another folder in tests
 */
public record Proc(Path root) {
    private static final String SOCKET = "socket:[";
    /** Where {@code starttime} stands behind the name; the state is first. */
    private static final int STARTTIME = 19;

    /** Zombie and dead. */
    private static final Set<String> GONE = Set.of("Z", "X");

    private static final Pattern DEBIAN = Pattern.compile(" Debian (\\d+\\.\\d+\\.\\d+)");

    /**
     * A descriptor that was a socket when it was listed.
     *
     * @param fd its number in the process
     * @param inode which socket it was of
     */
    public record Link(int fd, long inode) {}

    /** Returns this host's. */
    public static Proc ofHost() {
        return new Proc(Path.of("/proc"));
    }

    private ProcFile file(String... names) {
        return new ProcFile(Path.of(root.toString(), names));
    }

    /** Returns a setting of the kernel by its name in sysctl(8): {@code net.core.somaxconn}. */
    public ProcFile sysctl(String name) {
        return file("sys", name.replace('.', '/'));
    }

    /**
     * Returns the release of the kernel, with the number of its stable branch where a distribution keeps that elsewhere:
     * Debian in {@code version}, Ubuntu in {@code version_signature}, where {@code uname -r} counts builds. Empty if this is
     * no Linux.
     */
    public Optional<LinuxRelease> release() {
        Matcher debian = DEBIAN.matcher(file("version").text());
        String[] ubuntu = file("version_signature").text().split(" ");
        return Stream.of(
                        debian.find() ? debian.group(1) : "",
                        ubuntu[ubuntu.length - 1],
                        sysctl("kernel.osrelease").text())
                .flatMap(text -> LinuxRelease.parse(text).stream())
                .findFirst();
    }

    /** Returns a list of the network namespace that the calling thread is in, which may be another than the process's. */
    public ProcFile net(String name) {
        return file("thread-self", "net", name);
    }

    /** Returns the names of all interfaces of that namespace, in which is no colon. */
    public List<String> interfaces() {
        return Arrays.stream(net("dev").text().split("\n"))
                .filter(line -> line.contains(":"))
                .map(line -> line.substring(0, line.indexOf(':')).strip())
                .toList();
    }

    /** Returns the {@code status} of the process that asks. */
    public ProcFile ownStatus() {
        return file("self", "status");
    }

    /** Returns the kernel's lists of sockets in this process's network namespace. */
    public ProcNet sockets(Abi abi) {
        return new ProcNet(abi, root.resolve("net"));
    }

    /** Returns how this folder is mounted, and from whom it hides what. */
    public Hidepid hidepid() {
        return Hidepid.of(file("self", "mounts"), root.toString());
    }

    /** Returns the tree of cgroups that is mounted here. */
    public Cgroups cgroups() {
        return Cgroups.of(file("self", "mounts"));
    }

    /** Returns what everybody may know of a process. */
    public RunningProcess process(int pid) {
        String number = Integer.toString(pid);
        return RunningProcess.of(pid, file(number, "comm"), file(number, "status"));
    }

    /** Tells whether a process is shown at all. */
    public boolean shows(int pid) {
        return Files.exists(root.resolve(Integer.toString(pid)));
    }

    /**
     * Returns when a process began, in ticks since the boot ({@code starttime} of {@code /proc/PID/stat}); empty if it is
     * gone, or has exited and nobody waited for it. A process that gets the same number later began later.
     */
    public OptionalLong began(int pid) {
        String stat = file(Integer.toString(pid), "stat").text();
        // The name stands in parentheses, and may hold spaces and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        boolean lives = fields.length > STARTTIME && !GONE.contains(fields[0]);
        return lives ? OptionalLong.of(Long.parseUnsignedLong(fields[STARTTIME])) : OptionalLong.empty();
    }

    /** Returns the numbers of all processes that are shown, in their order. */
    public List<Integer> pids() throws IOException {
        List<Integer> pids = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root, "[1-9]*")) {
            for (Path directory : all) {
                String name = directory.getFileName().toString();
                if (name.matches("\\d{1,9}")) {
                    pids.add(Integer.parseInt(name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        pids.sort(Comparator.naturalOrder());
        return pids;
    }

    /**
     * Returns the descriptors of a process that are sockets, of whatever kind, in their order.
     *
     * @throws java.nio.file.AccessDeniedException if this process may not know
     */
    public List<Link> links(int pid) throws IOException {
        List<Link> links = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(descriptors(pid))) {
            for (Path descriptor : descriptors) {
                long inode = inode(target(descriptor));
                if (inode >= 0) {
                    links.add(new Link(Integer.parseInt(descriptor.getFileName().toString()), inode));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        links.sort(Comparator.comparingInt(Link::fd));
        return links;
    }

    private Path descriptors(int pid) {
        return root.resolve(Integer.toString(pid)).resolve("fd");
    }

    /** Tells whether the descriptors of a process have a folder here. */
    public boolean showsDescriptors(int pid) {
        return Files.isDirectory(descriptors(pid));
    }

    /** Returns what a descriptor of a process is of, as {@code socket:[4711]}; empty if it is not open. */
    public String target(int pid, int fd) throws IOException {
        return target(descriptors(pid).resolve(Integer.toString(fd)));
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException | NotLinkException e) {
            return "";
        }
    }

    /** Returns the inode of a socket that the process that asks has; -1 if the descriptor is of something else. */
    public long ownInode(int fd) throws IOException {
        return inode(target(own(fd)));
    }

    /** Returns who made a socket that the process that asks has. */
    public int ownUid(int fd) throws IOException {
        return (int) Files.getAttribute(own(fd), "unix:uid");
    }

    private Path own(int fd) {
        return root.resolve("self").resolve("fd").resolve(Integer.toString(fd));
    }

    /** Returns the inode of {@code socket:[4711]}, or -1 if that is another kind of file. */
    public static long inode(String target) {
        if (!target.startsWith(SOCKET) || !target.endsWith("]")) {
            return -1;
        }
        try {
            return Long.parseLong(target, SOCKET.length(), target.length() - 1, 10);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
