package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Variadic;

/**
 * libc by way of jnr-ffi.
 *
 * <p>Pointers go down as {@code long}: an address that was taken once costs nothing per call, where a
 * {@code ByteBuffer} or {@code IntByReference} parameter is unpacked or allocated each time. {@code errno} is saved by
 * the stub right after the call (jnr-ffi's default) and read here only when the result is negative.
 */
public final class JnrSyscalls implements Syscalls {
    /**
     * The prototypes. A {@code long} is C's {@code long}, which has the size of a pointer, a {@code size_t} and a
     * {@code ssize_t} on every system here; jnr-ffi's annotations for these cost a command 20 ms of start.
     */
    public interface LibC {
        /** {@code socket(2)}. */
        int socket(int domain, int type, int protocol);

        /** {@code setsockopt(2)}. */
        int setsockopt(int fd, int level, int optname, long optval, int optlen);

        /** {@code getsockopt(2)}. */
        int getsockopt(int fd, int level, int optname, long optval, long optlen);

        /** {@code bind(2)}. */
        int bind(int fd, long addr, int addrlen);

        /** {@code listen(2)}. */
        int listen(int fd, int backlog);

        /** {@code accept(2)}. */
        int accept(int fd, long addr, long addrlen);

        /** {@code accept4(2)}; resolved at its first call, so that its absence on macOS hurts nobody. */
        int accept4(int fd, long addr, long addrlen, int flags);

        /** {@code connect(2)}. */
        int connect(int fd, long addr, int addrlen);

        /** {@code getsockname(2)}. */
        int getsockname(int fd, long addr, long addrlen);

        /** {@code getpeername(2)}. */
        int getpeername(int fd, long addr, long addrlen);

        /** {@code recv(2)}; not {@code recvfrom}, whose sixth argument would arrive wrong (jnr-ffi#181). */
        long recv(int fd, long buf, long len, int flags);

        /** {@code send(2)}; not {@code sendto}, whose sixth argument would arrive wrong (jnr-ffi#181). */
        long send(int fd, long buf, long len, int flags);

        /** {@code sendmsg(2)}. */
        long sendmsg(int fd, long msg, int flags);

        /** {@code recvmsg(2)}. */
        long recvmsg(int fd, long msg, int flags);

        /** {@code shutdown(2)}. */
        int shutdown(int fd, int how);

        /** {@code poll(2)}. */
        int poll(long fds, int nfds, int timeout);

        /** {@code pipe(2)}. */
        int pipe(long fds);

        /** {@code read(2)}. */
        long read(int fd, long buf, long len);

        /** {@code write(2)}. */
        long write(int fd, long buf, long len);

        /** {@code dup(2)}. */
        int dup(int fd);

        /** {@code close(2)}. */
        int close(int fd);

        /** {@code pidfd_open(2)}; glibc has it since 2.36, musl has not. */
        int pidfd_open(int pid, int flags);

        /** {@code pidfd_getfd(2)}; glibc has it since 2.36, musl has not. */
        int pidfd_getfd(int pidfd, int targetfd, int flags);

        /** {@code setns(2)}. */
        int setns(int fd, int nstype);
    }

    /**
     * The prototypes with dots: Apple's arm64 passes what stands behind these on the stack. Loaded when one is called,
     * because reading an annotation costs a start as much as reading all the other prototypes.
     */
    public interface VariadicLibC {
        /** {@code fcntl(2)}. */
        @Variadic(fixedCount = 2)
        int fcntl(int fd, int cmd, int arg);

        /** {@code ioctl(2)}. */
        @Variadic(fixedCount = 2)
        int ioctl(int fd, long request, long arg);

        /** {@code syscall(2)}; never more than five arguments in all. */
        @Variadic(fixedCount = 1)
        long syscall(long number, long first, long second, long third);
    }

    private static final long NULL = 0;

    private final Abi abi;
    private final LibC libc;
    private final Runtime runtime;
    private volatile VariadicLibC variadic;
    private volatile boolean pidfdByNumber;

    /** Binds the host's libc, which is in this process already: no search for its file. */
    public JnrSyscalls() {
        this(Abi.host());
    }

    /** Binds the host's libc and claims that it has the numbers and layouts of {@code abi}. */
    JnrSyscalls(Abi abi) {
        this.abi = abi;
        this.libc = load(LibC.class);
        this.runtime = Runtime.getRuntime(libc);
    }

    private static <T> T load(Class<T> prototypes) {
        JffiLibrary.load();
        return LibraryLoader.create(prototypes).load(LibraryLoader.DEFAULT_LIBRARY);
    }

    private VariadicLibC variadic() {
        VariadicLibC loaded = variadic;
        if (loaded == null) {
            loaded = load(VariadicLibC.class);
            variadic = loaded;
        }
        return loaded;
    }

    @Override
    public Abi abi() {
        return abi;
    }

    @Override
    public NativeBuffer allocate(int size) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(size + Long.BYTES).alignedSlice(Long.BYTES);
        return new NativeBuffer(bytes, Pointer.wrap(runtime, bytes).address());
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        return checked(libc.socket(domain, type, protocol));
    }

    @Override
    public int setsockopt(int fd, int level, int optname, NativeBuffer optval, int optlen) {
        return checked(libc.setsockopt(fd, level, optname, optval.address(), optlen));
    }

    @Override
    public int getsockopt(int fd, int level, int optname, NativeBuffer optval, NativeBuffer optlen) {
        return checked(libc.getsockopt(fd, level, optname, optval.address(), optlen.address()));
    }

    @Override
    public int bind(int fd, NativeBuffer addr, int addrlen) {
        return checked(libc.bind(fd, addr.address(), addrlen));
    }

    @Override
    public int listen(int fd, int backlog) {
        return checked(libc.listen(fd, backlog));
    }

    @Override
    public int accept(int fd) {
        return checked(libc.accept(fd, NULL, NULL));
    }

    @Override
    public int accept4(int fd, int flags) {
        return checked(libc.accept4(fd, NULL, NULL, flags));
    }

    @Override
    public int connect(int fd, NativeBuffer addr, int addrlen) {
        return checked(libc.connect(fd, addr.address(), addrlen));
    }

    @Override
    public int getsockname(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        return checked(libc.getsockname(fd, addr.address(), addrlen.address()));
    }

    @Override
    public int getpeername(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        return checked(libc.getpeername(fd, addr.address(), addrlen.address()));
    }

    @Override
    public int recv(int fd, NativeBuffer buf, int offset, int len, int flags) {
        return checked((int) libc.recv(fd, buf.address() + offset, len, flags));
    }

    @Override
    public int send(int fd, NativeBuffer buf, int offset, int len, int flags) {
        return checked((int) libc.send(fd, buf.address() + offset, len, flags));
    }

    @Override
    public int sendmsg(int fd, NativeBuffer msg, int flags) {
        return checked((int) libc.sendmsg(fd, msg.address(), flags));
    }

    @Override
    public int recvmsg(int fd, NativeBuffer msg, int flags) {
        return checked((int) libc.recvmsg(fd, msg.address(), flags));
    }

    @Override
    public int shutdown(int fd, int how) {
        return checked(libc.shutdown(fd, how));
    }

    @Override
    public int fcntl(int fd, int cmd, int arg) {
        return checked(variadic().fcntl(fd, cmd, arg));
    }

    @Override
    public int ioctl(int fd, int request, NativeBuffer arg) {
        return checked(variadic().ioctl(fd, Integer.toUnsignedLong(request), arg.address()));
    }

    @Override
    public int poll(NativeBuffer fds, int nfds, int timeoutMillis) {
        return checked(libc.poll(fds.address(), nfds, timeoutMillis));
    }

    @Override
    public int pipe(NativeBuffer fds) {
        return checked(libc.pipe(fds.address()));
    }

    @Override
    public int read(int fd, NativeBuffer buf, int len) {
        return checked((int) libc.read(fd, buf.address(), len));
    }

    @Override
    public int write(int fd, NativeBuffer buf, int len) {
        return checked((int) libc.write(fd, buf.address(), len));
    }

    @Override
    public int dup(int fd) {
        return checked(libc.dup(fd));
    }

    @Override
    public int close(int fd) {
        return checked(libc.close(fd));
    }

    @Override
    public int pidfd_open(int pid, int flags) {
        if (!abi.platform().linux()) {
            return -abi.number(Const.ENOSYS);
        }
        if (!pidfdByNumber) {
            try {
                return checked(libc.pidfd_open(pid, flags));
            } catch (UnsatisfiedLinkError e) {
                pidfdByNumber = true;
            }
        }
        return pidfdOpenByNumber(pid, flags);
    }

    @Override
    public int pidfd_getfd(int pidfd, int targetfd, int flags) {
        if (!abi.platform().linux()) {
            return -abi.number(Const.ENOSYS);
        }
        if (!pidfdByNumber) {
            try {
                return checked(libc.pidfd_getfd(pidfd, targetfd, flags));
            } catch (UnsatisfiedLinkError e) {
                pidfdByNumber = true;
            }
        }
        return pidfdGetfdByNumber(pidfd, targetfd, flags);
    }

    @Override
    public int setns(int fd, int nstype) {
        return abi.platform().linux() ? checked(libc.setns(fd, nstype)) : -abi.number(Const.ENOSYS);
    }

    int pidfdOpenByNumber(int pid, int flags) {
        return checked((int) variadic().syscall(abi.syscallPidfdOpen(), pid, flags, 0));
    }

    int pidfdGetfdByNumber(int pidfd, int targetfd, int flags) {
        return checked((int) variadic().syscall(abi.syscallPidfdGetfd(), pidfd, targetfd, flags));
    }

    /** Returns the result, or {@code -errno} of the call that this thread has just made. */
    private int checked(int result) {
        return result < 0 ? -runtime.getLastError() : result;
    }
}
