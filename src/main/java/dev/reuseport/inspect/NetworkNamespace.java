package dev.reuseport.inspect;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.SocketState;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.ProcNet;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A network namespace that this process is not in, as that of a container (network_namespaces(7)): it has ports of its own.
 *
 * @param name as {@code /proc/PID/ns/net} has it, {@code net:[4026532281]}
 * @param process one of those in it; if a socket was looked for, one that has it as far as that may be known
 */
public record NetworkNamespace(String name, RunningProcess process) {
    /**
     * Moves the calling thread into that of a process, for good: all sockets that it opens are there, and so are the
     * processes that it starts.
     *
     * @throws NotPossibleException without the privilege, or if this is not Linux 5.8 or newer
     */
    public static void enter(Syscalls syscalls, Proc proc, int pid) throws IOException {
        if (!syscalls.abi().platform().linux()) {
            throw new NotPossibleException("--netns: network namespaces are Linux's");
        }
        int pidfd = syscalls.pidfd_open(pid, 0);
        if (pidfd < 0) {
            throw refused(syscalls, proc, pid, Errno.of(syscalls, pidfd));
        }
        int moved = syscalls.setns(pidfd, LinuxBits.CLONE_NEWNET);
        ErrnoException.check(syscalls, "close", syscalls.close(pidfd));
        if (moved < 0) {
            throw refused(syscalls, proc, pid, Errno.of(syscalls, moved));
        }
    }

    private static IOException refused(Syscalls syscalls, Proc proc, int pid, Errno errno) {
        String where = "the network namespace of pid " + pid + ": " + errno.name() + ": ";
        if (errno.is(Const.ESRCH)) {
            return new IOException(where + "there is no such process");
        }
        if (errno.is(Const.EPERM) || errno.is(Const.EACCES)) {
            return new NotPossibleException(
                    where + "entering it takes CAP_SYS_ADMIN, here and in the user namespace that it"
                            + " belongs to, and leave to look into the process: be root outside of the container");
        }
        if (errno.is(Const.ENOSYS) || (errno.is(Const.EINVAL) && proc.shows(pid))) {
            return new NotPossibleException(
                    where + "that takes Linux 5.8 or newer, and a seccomp filter that lets pidfd_open"
                            + " and setns through");
        }
        return errno.is(Const.EINVAL)
                ? new IOException(where + "that is no process")
                : new ErrnoException("setns of pid " + pid, errno);
    }

    /**
     * Finds those in which somebody listens at a port, or for UDP is bound to it, by way of the processes that may be looked
     * into.
     *
     * @param protocol IPPROTO_TCP or IPPROTO_UDP
     */
    public static List<NetworkNamespace> having(Syscalls syscalls, Proc proc, Const protocol, int port)
            throws IOException {
        Set<String> seen = new HashSet<>();
        List<NetworkNamespace> found = new ArrayList<>();
        List<Integer> pids = proc.pids();
        for (int pid : pids) {
            Optional<String> name = proc.otherNamespace(pid, "net").filter(seen::add);
            if (name.isPresent()) {
                Set<Long> inodes = inodes(syscalls.abi(), proc, pid, protocol, port);
                if (!inodes.isEmpty()) {
                    found.add(new NetworkNamespace(name.get(), proc.process(owner(proc, pids, inodes, pid))));
                }
            }
        }
        return found;
    }

    private static Set<Long> inodes(Abi abi, Proc proc, int pid, Const protocol, int port) {
        Set<Long> inodes = new HashSet<>();
        for (ProcNet.Table table : ProcNet.Table.values()) {
            try {
                if (table.protocol() == protocol) {
                    proc.sockets(abi, pid).read(table, port, other -> {}).entries().stream()
                            .filter(entry -> protocol == Const.IPPROTO_UDP || entry.state() == SocketState.LISTEN)
                            .forEach(entry -> inodes.add(entry.inode()));
                }
            } catch (IOException e) {
                // The process has exited; another may be in the same namespace, and then nobody is named.
            }
        }
        return inodes;
    }

    private static int owner(Proc proc, List<Integer> pids, Set<Long> inodes, int otherwise) {
        for (int pid : pids) {
            try {
                if (proc.links(pid).stream().anyMatch(link -> inodes.contains(link.inode()))) {
                    return pid;
                }
            } catch (IOException e) {
                // It has exited, or may not be looked into.
            }
        }
        return otherwise;
    }
}
