package dev.reuseport.sys;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import jnr.posix.POSIX;
import jnr.posix.SpawnFileAction;

/**
 * A process that has a duplicate of a descriptor, as after {@code fork(2)}, and does nothing with it.
 *
 * <p>A JVM cannot fork, and {@link ProcessBuilder} closes what a child would inherit. {@code posix_spawnp(3)} of cat(1) does
 * not: it waits at a pipe whose other end is here alone, so that it ends with {@link #close}, and with this process, however
 * that ends.
 */
public final class Holder implements Closeable {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int HELD = 3;

    private final Syscalls syscalls;
    private final int pipe;
    private final int pid;

    private Holder(Syscalls syscalls, int pipe, int pid) {
        this.syscalls = syscalls;
        this.pipe = pipe;
        this.pid = pid;
    }

    /**
     * Starts one.
     *
     * @param closeOnExec sets FD_CLOEXEC on a descriptor
     * @throws NotPossibleException if there is no cat(1), or no process can be started
     */
    public static Holder start(Syscalls syscalls, int fd, CloseOnExec closeOnExec) throws IOException {
        NativeBuffer ends = syscalls.allocate(2 * Integer.BYTES);
        ErrnoException.check(syscalls, "pipe", syscalls.pipe(ends));
        int from = ends.bytes().getInt(0);
        int to = ends.bytes().getInt(Integer.BYTES);
        int pid = -1;
        try {
            closeOnExec.of(from);
            closeOnExec.of(to);
            pid = spawn(from, fd);
        } finally {
            syscalls.close(from);
            if (pid < 0) {
                syscalls.close(to);
            }
        }
        return new Holder(syscalls, to, pid);
    }

    /** Keeps a descriptor from programs that are started. */
    public interface CloseOnExec {
        void of(int fd) throws IOException;
    }

    private static int spawn(int stdin, int fd) throws NotPossibleException {
        POSIX posix = Posix.loaded();
        // What a number is taken from must not have been taken before: the pipe is at 0 before anything is at 3.
        List<SpawnFileAction> actions = List.of(
                SpawnFileAction.dup(stdin, STDIN),
                SpawnFileAction.dup(fd, HELD),
                SpawnFileAction.open("/dev/null", STDOUT, 1, 0),
                SpawnFileAction.open("/dev/null", STDERR, 1, 0));
        long pid = posix.posix_spawnp("cat", actions, List.of("cat"), List.of("PATH=/bin:/usr/bin"));
        if (pid < 0) {
            throw new NotPossibleException(
                    "no process can be started that holds a duplicate: " + posix.strerror(posix.errno()));
        }
        return (int) pid;
    }

    /** Returns its number. */
    public int pid() {
        return pid;
    }

    /** Ends it, and returns when it has nothing open any more. */
    @Override
    public void close() throws IOException {
        ErrnoException.check(syscalls, "close", syscalls.close(pipe));
        if (Posix.loaded().waitpid(pid, null, 0) != pid) {
            throw new IOException("the process " + pid + " that held a duplicate was not waited for");
        }
    }
}
