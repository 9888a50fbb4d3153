package dev.reuseport.bind;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.run.CaseSockets;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JffiLibrary;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Variadic;

/**
 * A network namespace of a thread's own: nothing is on its ports but what the thread puts there, and it ends with the
 * thread.
 */
public final class PrivateNetwork {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFREQ_SIZE = 40;
    private static final int IFNAMSIZ = 16;
    private static final short IFF_UP = 1;
    private static final List<String> IP = List.of("/sbin/ip", "/usr/sbin/ip", "/bin/ip");

    /** The calls that only a test needs. */
    public interface LibC {
        /** {@code unshare(2)}. */
        int unshare(int flags);

        /** {@code syscall(2)}. */
        @Variadic(fixedCount = 1)
        long syscall(long number, long real, long effective, long saved);

        /** {@code ioctl(2)}. */
        @Variadic(fixedCount = 2)
        int ioctl(int fd, long request, long argument);
    }

    static final LibC LIBC = load();

    private PrivateNetwork() {}

    private static LibC load() {
        JffiLibrary.load();
        return LibraryLoader.create(LibC.class).load("c");
    }

    /** Skips the test where there can be no such thing. */
    public static void assumePossible() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "network namespaces are Linux's");
        assumeTrue(new JnrSyscalls().geteuid() == 0, "unshare(CLONE_NEWNET) needs root");
        int result = within(() -> 0, Integer.valueOf(-1));
        assumeTrue(result == 0, "unshare(CLONE_NEWNET) is not permitted here");
    }

    /** Runs in a new namespace with {@code lo} up and, where ip(8) makes one, a second interface {@code v0}. */
    public static <T> T within(Body<T> body) {
        return within(
                () -> {
                    raiseLoopback(new JnrSyscalls());
                    if (IP.stream().anyMatch(ip -> new File(ip).canExecute())) {
                        addInterfaces();
                    }
                    return body.run(ThisHost.observe(Proc.ofHost(), new JnrSyscalls()));
                },
                null);
    }

    /** As above, with addresses of all kinds, and settings that are drawn by a seed. */
    public static <T> T furnished(long seed, Body<T> body) {
        return within(host -> {
            Terrain.furnished(new Random(seed), host);
            return body.run(ThisHost.observe(Proc.ofHost(), new JnrSyscalls()));
        });
    }

    /** Runs in a new namespace as it comes: {@code lo} is down, and no interface has an address. */
    public static <T> T bare(Callable<T> body) {
        return within(body, null);
    }

    /** What runs in it, and hears what the namespace has. */
    public interface Body<T> {
        T run(Host host) throws Exception;
    }

    private static <T> T within(Callable<T> body, T otherwise) {
        FutureTask<T> task = new FutureTask<>(() -> {
            if (LIBC.unshare(CLONE_NEWNET) != 0) {
                if (otherwise == null) {
                    throw new IOException("unshare failed");
                }
                return otherwise;
            }
            return body.call();
        });
        Thread thread = new Thread(task, "in a network of its own");
        thread.start();
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void raiseLoopback(Syscalls syscalls) throws IOException {
        int fd = syscalls.socket(
                syscalls.abi().number(Const.AF_INET), syscalls.abi().number(Const.SOCK_DGRAM), 0);
        NativeBuffer ifreq = syscalls.allocate(IFREQ_SIZE);
        ifreq.bytes().put(0, (byte) 'l').put(1, (byte) 'o').putShort(IFNAMSIZ, IFF_UP);
        int result = LIBC.ioctl(fd, SIOCSIFFLAGS, ifreq.address());
        syscalls.close(fd);
        if (result != 0) {
            throw new IOException("lo does not come up");
        }
    }

    /** Adds v0 and, at its other end, v1; busybox has its own mind about the name of the other end. */
    private static void addInterfaces() throws IOException, InterruptedException {
        shell("ip link add v0 type veth peer name v1\nip link set veth0 name v1 2>/dev/null || true");
    }

    /** Runs commands in the network of the calling thread. */
    static void shell(String script) throws IOException, InterruptedException {
        Process sh = new ProcessBuilder("sh", "-c", "PATH=$PATH:/sbin:/usr/sbin\n" + script)
                .redirectErrorStream(true)
                .start();
        String said = new String(sh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (sh.waitFor() != 0 || !said.isEmpty()) {
            throw new IOException(said);
        }
    }

    /**
     * Sockets of another user within this process: each call is made by a thread that is that user for as long, which
     * the bare system call can do and libc's seteuid, which means all threads, cannot.
     */
    public static CaseSockets ofUser(CaseSockets sockets, int uid) {
        return (CaseSockets) Proxy.newProxyInstance(
                CaseSockets.class.getClassLoader(), new Class<?>[] {CaseSockets.class}, (proxy, method, arguments) -> {
                    effectiveUser(uid);
                    try {
                        return method.invoke(sockets, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        effectiveUser(0);
                    }
                });
    }

    private static void effectiveUser(int uid) {
        long setresuid = System.getProperty("os.arch").equals("amd64") ? 117 : 147;
        if (LIBC.syscall(setresuid, -1, uid, -1) != 0) {
            throw new IllegalStateException("setresuid failed");
        }
    }
}
