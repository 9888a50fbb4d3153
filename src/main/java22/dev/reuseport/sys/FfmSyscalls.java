package dev.reuseport.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * libc by way of java.lang.foreign, which came with Java 22: compiled for it, and loaded by name.
 *
 * <p>Pointers go down as addresses, as in {@link JnrSyscalls}. {@code errno} is captured by the stub right after the
 * call, into memory of the calling thread. A call that waits for nobody is {@link Linker.Option#critical critical}: the
 * JVM is not told that the thread has left Java, which is most of what a call costs above C, and cannot stop the thread
 * for a garbage collection until it is back.
 */
public final class FfmSyscalls implements Syscalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final long ERRNO_AT = CAPTURED.byteOffset(PathElement.groupElement("errno"));
    private static final ThreadLocal<Captured> OF_THREAD = ThreadLocal.withInitial(
            () -> new Captured(Thread.currentThread(), Arena.ofAuto().allocate(CAPTURED)));

    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final Linker.Option CRITICAL = Linker.Option.critical(false);

    // The prototypes, the result first. JAVA_LONG is size_t, ssize_t and every pointer; flags and socklen_t are ints;
    // nfds_t is a long on Linux and an int elsewhere, and travels in a register either way. Each has a holder, which
    // links it when it is called first: to link all of them took as long as the rest of a start.

    // spotless:off
    private interface Socket      { MethodHandle CALL = critical("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT); }
    private interface Setsockopt  { MethodHandle CALL = critical("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT); }
    private interface Getsockopt  { MethodHandle CALL = critical("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Bind        { MethodHandle CALL = critical("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT); }
    private interface Listen      { MethodHandle CALL = critical("listen", JAVA_INT, JAVA_INT, JAVA_INT); }
    private interface Accept      { MethodHandle CALL = waiting("accept", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Accept4     { MethodHandle CALL = waiting("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT); }
    private interface Connect     { MethodHandle CALL = waiting("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT); }
    private interface Getsockname { MethodHandle CALL = critical("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Getpeername { MethodHandle CALL = critical("getpeername", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Recv        { MethodHandle CALL = waiting("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT); }
    private interface Send        { MethodHandle CALL = waiting("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT); }
    private interface Sendmsg     { MethodHandle CALL = waiting("sendmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT); }
    private interface Recvmsg     { MethodHandle CALL = waiting("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT); }
    private interface Shutdown     { MethodHandle CALL = waiting("shutdown", JAVA_INT, JAVA_INT, JAVA_INT); }
    private interface Fcntl       { MethodHandle CALL = variadic(2, "fcntl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT); }
    private interface Ioctl       { MethodHandle CALL = variadic(2, "ioctl", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Poll        { MethodHandle CALL = waiting("poll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT); }
    private interface Pipe        { MethodHandle CALL = waiting("pipe", JAVA_INT, JAVA_LONG); }
    private interface Read        { MethodHandle CALL = waiting("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Write       { MethodHandle CALL = waiting("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG); }
    private interface Dup         { MethodHandle CALL = critical("dup", JAVA_INT, JAVA_INT); }
    private interface Close       { MethodHandle CALL = waiting("close", JAVA_INT, JAVA_INT); }
    private interface Setns       { MethodHandle CALL = waiting("setns", JAVA_INT, JAVA_INT, JAVA_INT); }
    private interface Syscall     { MethodHandle CALL = variadic(1, "syscall", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG); }
    // spotless:on

    private static final long NULL = 0;

    private final Abi abi = Abi.host();

    /** The memory of the thread that called last, which mostly calls again. Whoever finds another's looks for its own. */
    private Captured last = new Captured(null, MemorySegment.NULL);

    /** Where a thread's {@code errno} is captured. */
    private record Captured(Thread owner, MemorySegment errno) {}

    private static MethodHandle critical(String name, MemoryLayout result, MemoryLayout... parameters) {
        return call(name, result, parameters, ERRNO, CRITICAL);
    }

    private static MethodHandle waiting(String name, MemoryLayout result, MemoryLayout... parameters) {
        return call(name, result, parameters, ERRNO);
    }

    private static MethodHandle variadic(int from, String name, MemoryLayout result, MemoryLayout... parameters) {
        return call(name, result, parameters, ERRNO, Linker.Option.firstVariadicArg(from));
    }

    @SuppressWarnings("restricted") // the jar's manifest asks for native access
    private static MethodHandle call(
            String name, MemoryLayout result, MemoryLayout[] parameters, Linker.Option... options) {
        MemorySegment symbol = LINKER.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError(name));
        return LINKER.downcallHandle(symbol, FunctionDescriptor.of(result, parameters), options);
    }

    @Override
    public Abi abi() {
        return abi;
    }

    @Override
    public NativeBuffer allocate(int size) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(size + Long.BYTES).alignedSlice(Long.BYTES);
        return new NativeBuffer(bytes, MemorySegment.ofBuffer(bytes).address());
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        try {
            return checked((int) Socket.CALL.invokeExact(errno(), domain, type, protocol));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int setsockopt(int fd, int level, int optname, NativeBuffer optval, int optlen) {
        try {
            return checked((int) Setsockopt.CALL.invokeExact(errno(), fd, level, optname, optval.address(), optlen));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int getsockopt(int fd, int level, int optname, NativeBuffer optval, NativeBuffer optlen) {
        try {
            return checked(
                    (int) Getsockopt.CALL.invokeExact(errno(), fd, level, optname, optval.address(), optlen.address()));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int bind(int fd, NativeBuffer addr, int addrlen) {
        try {
            return checked((int) Bind.CALL.invokeExact(errno(), fd, addr.address(), addrlen));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int listen(int fd, int backlog) {
        try {
            return checked((int) Listen.CALL.invokeExact(errno(), fd, backlog));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int accept(int fd) {
        try {
            return checked((int) Accept.CALL.invokeExact(errno(), fd, NULL, NULL));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int accept4(int fd, int flags) {
        // macOS has neither the call nor its flags.
        if (!abi.defines(Const.SOCK_CLOEXEC)) {
            return -abi.number(Const.ENOSYS);
        }
        try {
            return checked((int) Accept4.CALL.invokeExact(errno(), fd, NULL, NULL, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int connect(int fd, NativeBuffer addr, int addrlen) {
        try {
            return checked((int) Connect.CALL.invokeExact(errno(), fd, addr.address(), addrlen));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int getsockname(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        try {
            return checked((int) Getsockname.CALL.invokeExact(errno(), fd, addr.address(), addrlen.address()));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int getpeername(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        try {
            return checked((int) Getpeername.CALL.invokeExact(errno(), fd, addr.address(), addrlen.address()));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int recv(int fd, NativeBuffer buf, int offset, int len, int flags) {
        try {
            return checked((int) (long) Recv.CALL.invokeExact(errno(), fd, buf.address() + offset, (long) len, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int send(int fd, NativeBuffer buf, int offset, int len, int flags) {
        try {
            return checked((int) (long) Send.CALL.invokeExact(errno(), fd, buf.address() + offset, (long) len, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int sendmsg(int fd, NativeBuffer msg, int flags) {
        try {
            return checked((int) (long) Sendmsg.CALL.invokeExact(errno(), fd, msg.address(), flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int recvmsg(int fd, NativeBuffer msg, int flags) {
        try {
            return checked((int) (long) Recvmsg.CALL.invokeExact(errno(), fd, msg.address(), flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int shutdown(int fd, int how) {
        try {
            return checked((int) Shutdown.CALL.invokeExact(errno(), fd, how));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int fcntl(int fd, int cmd, int arg) {
        try {
            return checked((int) Fcntl.CALL.invokeExact(errno(), fd, cmd, arg));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int ioctl(int fd, int request, NativeBuffer arg) {
        try {
            return checked((int) Ioctl.CALL.invokeExact(errno(), fd, Integer.toUnsignedLong(request), arg.address()));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int poll(NativeBuffer fds, int nfds, int timeoutMillis) {
        try {
            return checked((int) Poll.CALL.invokeExact(errno(), fds.address(), (long) nfds, timeoutMillis));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int pipe(NativeBuffer fds) {
        try {
            return checked((int) Pipe.CALL.invokeExact(errno(), fds.address()));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int read(int fd, NativeBuffer buf, int len) {
        try {
            return checked((int) (long) Read.CALL.invokeExact(errno(), fd, buf.address(), (long) len));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int write(int fd, NativeBuffer buf, int len) {
        try {
            return checked((int) (long) Write.CALL.invokeExact(errno(), fd, buf.address(), (long) len));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int pidfd_open(int pid, int flags) {
        return abi.platform().linux() ? syscall(abi.syscallPidfdOpen(), pid, flags, 0) : -abi.number(Const.ENOSYS);
    }

    @Override
    public int pidfd_getfd(int pidfd, int targetfd, int flags) {
        return abi.platform().linux()
                ? syscall(abi.syscallPidfdGetfd(), pidfd, targetfd, flags)
                : -abi.number(Const.ENOSYS);
    }

    @Override
    public int setns(int fd, int nstype) {
        if (!abi.platform().linux()) {
            return -abi.number(Const.ENOSYS);
        }
        try {
            return checked((int) Setns.CALL.invokeExact(errno(), fd, nstype));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** {@code syscall(2)}: not every libc has a function for these. */
    private int syscall(long number, long first, long second, long third) {
        try {
            return checked((int) (long) Syscall.CALL.invokeExact(errno(), number, first, second, third));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int dup(int fd) {
        try {
            return checked((int) Dup.CALL.invokeExact(errno(), fd));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int close(int fd) {
        try {
            return checked((int) Close.CALL.invokeExact(errno(), fd));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the calling thread's memory. Asking the ThreadLocal each time is a sixth of what lies above C. */
    private MemorySegment errno() {
        Captured captured = last;
        if (captured.owner() != Thread.currentThread()) {
            captured = OF_THREAD.get();
            last = captured;
        }
        return captured.errno();
    }

    /** Returns the result, or {@code -errno} of the call that this thread has just made. */
    private int checked(int result) {
        return result < 0 ? -errno().get(JAVA_INT, ERRNO_AT) : result;
    }

    /** A method handle declares {@code Throwable}; one of libc throws nothing but what the JVM itself does. */
    private static RuntimeException unexpected(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(thrown);
    }
}
