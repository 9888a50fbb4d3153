package dev.reuseport.proc;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.sys.Printable;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntPredicate;
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
    private static final String EPOLL = "anon_inode:[eventpoll]";
    private static final Pattern WATCHED = Pattern.compile("tfd: .* ino:(\\p{XDigit}+) .*");

    /** What {@code /proc/self/uid_map} holds in the initial user namespace. */
    private static final List<String> EVERY_USER = List.of("0", "0", "4294967295");

    private static final int HEX = 16;

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

    /** Returns a counter of TcpExt of that namespace, as {@code ListenOverflows} ({@code /proc/net/netstat}). */
    public OptionalLong tcpExt(String name) {
        List<List<String>> lines = Arrays.stream(net("netstat").text().split("\n"))
                .filter(line -> line.startsWith("TcpExt:"))
                .map(ProcFile::words)
                .toList();
        int at = lines.size() < 2 ? -1 : lines.get(0).indexOf(name);
        return at < 0 || at >= lines.get(1).size()
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(lines.get(1).get(at)));
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

    /** Returns how many descriptors the process that asks may have open; empty if there is no limit, or none is said. */
    public OptionalLong openFilesLimit() {
        return file("self", "limits").field("Max open files", 1, 10);
    }

    /** Returns what the first CPU calls itself ({@code cpuinfo}); not every CPU's kernel says that. */
    public Optional<Printable> cpuModel() {
        return Arrays.stream(file("cpuinfo").text().split("\n"))
                .filter(line -> line.startsWith("model name") && line.contains(":"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .map(name -> Printable.of(name.getBytes(StandardCharsets.ISO_8859_1)))
                .findFirst();
    }

    /** Returns the kernel's lists of sockets in the calling thread's network namespace. */
    public ProcNet sockets(Abi abi) {
        return new ProcNet(abi, root.resolve("thread-self").resolve("net"));
    }

    /** As above, in that of a process. */
    public ProcNet sockets(Abi abi, int pid) {
        return new ProcNet(abi, root.resolve(Integer.toString(pid)).resolve("net"));
    }

    /**
     * Tells whether this process may look into all others: it has CAP_SYS_PTRACE in the initial user namespace, and is in
     * the initial pid namespace, in which all others are.
     */
    public boolean mayLookEverywhere() {
        boolean mayTrace = (ownStatus().capabilities().orElse(0) >>> LinuxBits.CAP_SYS_PTRACE & 1) != 0;
        return mayTrace && hasEveryUser() && mayListEveryProcess();
    }

    /** Tells whether this process is in the initial pid namespace, in which all processes are. */
    public boolean mayListEveryProcess() {
        return link(Path.of("self", "ns", "pid")).equals(Optional.of("pid:[" + LinuxBits.PID_INIT_INO + "]"));
    }

    private boolean hasEveryUser() {
        return ProcFile.words(file("self", "uid_map").text()).equals(EVERY_USER);
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
        return RunningProcess.of(pid, of(pid, "comm"), of(pid, "status"));
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
        return stat(pid)
                .filter(ProcessStat::lives)
                .map(stat -> OptionalLong.of(stat.began()))
                .orElse(OptionalLong.empty());
    }

    /** Returns a process's parent; empty if it has none in this pid namespace, or is gone. */
    public OptionalInt parent(int pid) {
        return stat(pid).stream()
                .mapToInt(ProcessStat::parent)
                .filter(parent -> parent > 0)
                .findFirst();
    }

    /** Tells whether a process is stopped, by SIGSTOP and its like or by a debugger; false too if that may not be known. */
    public boolean stopped(int pid) {
        return stat(pid).filter(ProcessStat::stopped).isPresent();
    }

    Optional<ProcessStat> stat(int pid) {
        return ProcessStat.of(of(pid, "stat"));
    }

    ProcFile of(int pid, String name) {
        return file(Integer.toString(pid), name);
    }

    /** Returns the second since 1970 in which the system began to run ({@code btime}); empty if that is not said. */
    OptionalLong boot() {
        return file("stat").field("btime", 1, 10);
    }

    /** Returns a namespace of a process, as {@code net:[4026532281]}, if that is known and not the calling thread's. */
    public Optional<String> otherNamespace(int pid, String kind) {
        Optional<String> own = link(Path.of("thread-self", "ns", kind));
        return link(pid, "ns", kind)
                .filter(theirs -> own.isPresent() && !own.get().equals(theirs));
    }

    /**
     * Returns what runs this process if that is not the program that it takes itself for, as {@code qemu-mips64el-static}: an
     * emulator of another CPU, which hands on some of its calls and answers others. Such a one shows {@code /proc/self/exe} as
     * the program, and this link as it is.
     */
    public Optional<String> emulator() {
        Optional<String> taken = link(Path.of("self", "exe"));
        String pid = Long.toString(ProcessHandle.current().pid());
        return link(Path.of("self", "task", pid, "exe"))
                .filter(real -> taken.isPresent() && !taken.get().equals(real))
                .map(real -> Path.of(real).getFileName().toString());
    }

    /** Returns what a link of a process leads to; empty if this process may not know, or it is gone. */
    Optional<String> link(int pid, String... names) {
        return link(Path.of(Integer.toString(pid), names));
    }

    private Optional<String> link(Path below) {
        try {
            return Optional.of(Files.readSymbolicLink(root.resolve(below)).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the name of a user. The number by which a user namespace shows all users that it does not have
     * (kernel.overflowuid) is no user's there.
     */
    public Optional<String> userName(Syscalls syscalls, int uid) {
        OptionalInt nobody = sysctl("kernel.overflowuid").number();
        return !hasEveryUser() && nobody.isPresent() && nobody.getAsInt() == uid
                ? Optional.empty()
                : syscalls.userName(uid);
    }

    /**
     * Returns the name of a process's user by the folder that is his, which the JDK looks up without another library; empty
     * if it is not his, or he may have no name here.
     */
    Optional<String> owner(int pid, int uid) {
        try {
            Map<String, Object> owner = Files.readAttributes(root.resolve(Integer.toString(pid)), "unix:uid,owner");
            String name = ((UserPrincipal) owner.get("owner")).getName();
            boolean named = owner.get("uid").equals(uid) && !name.equals(Integer.toUnsignedString(uid));
            return Optional.of(name).filter(known -> named && hasEveryUser());
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return Optional.empty();
        }
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
        return links(pid, fd -> true);
    }

    /** As above, of those descriptors: it takes a call to look at each. */
    public List<Link> links(int pid, IntPredicate wanted) throws IOException {
        List<Link> links = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(descriptors(pid))) {
            for (Path descriptor : descriptors) {
                int fd = Integer.parseInt(descriptor.getFileName().toString());
                long inode = wanted.test(fd) ? inode(target(descriptor)) : -1;
                if (inode >= 0) {
                    links.add(new Link(fd, inode));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        links.sort(Comparator.comparingInt(Link::fd));
        return links;
    }

    /**
     * Returns the inodes of what a process waits for by epoll(7), as {@code fdinfo} has them since Linux 5.0; none if this
     * process may not know.
     */
    public Set<Long> watchedByEpoll(int pid) {
        Set<Long> inodes = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(descriptors(pid))) {
            for (Path descriptor : descriptors) {
                if (target(descriptor).equals(EPOLL)) {
                    of(pid, "fdinfo/" + descriptor.getFileName()).lines(line -> {
                        Matcher watched = WATCHED.matcher(line);
                        if (watched.matches()) {
                            inodes.add(Long.parseUnsignedLong(watched.group(1), HEX));
                        }
                    });
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It has exited, or may not be looked into: then what was read is all.
        }
        return inodes;
    }

    private Path descriptors(int pid) {
        return root.resolve(Integer.toString(pid)).resolve("fd");
    }

    /** Returns what leads to the folder in which a process is. */
    public Path workingDirectory(int pid) {
        return root.resolve(Integer.toString(pid)).resolve("cwd");
    }

    /** Tells whether the descriptors of a process have a folder here. */
    public boolean showsDescriptors(int pid) {
        return Files.isDirectory(descriptors(pid));
    }

    /** Returns what a descriptor of a process is of, as {@code socket:[4711]}; empty if it is not open. */
    public String target(int pid, int fd) throws IOException {
        return target(descriptors(pid).resolve(Integer.toString(fd)));
    }

    /** Tells whether exec closes a descriptor of a process ({@code fdinfo}); false too if that may not be known. */
    public boolean closedOnExec(Abi abi, int pid, int fd) {
        long flags = of(pid, "fdinfo/" + fd).field("flags:", 1, 8).orElse(0);
        // O_CLOEXEC, which SOCK_CLOEXEC is.
        return (flags & abi.number(Const.SOCK_CLOEXEC)) != 0;
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
