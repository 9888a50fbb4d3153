package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.LinuxRelease;
import java.util.Optional;

/**
 * The calls of libc that a socket program makes, under their C names and with their arguments in C's order.
 *
 * <p>A result that is not negative is the call's own. A negative one is {@code -errno}, read in the same method as the
 * call; {@link Errno#of} names it. Lengths are in bytes. Nothing is retried here: {@code EINTR} reaches the caller.
 *
 * <p>No call takes more than five arguments: jnr-ffi passes a sixth integer argument wrong on x86-64 when all of them
 * are primitives (jnr-ffi#181), so there is {@code recv} and {@code send} and must be no {@code recvfrom} or
 * {@code sendto}.
 */
public interface Syscalls {
    /** Returns the numbers and layouts that these calls take. */
    Abi abi();

    /** {@code uname(2)}, as the JVM has called it: the release of the kernel below, empty if that is no Linux. */
    default Optional<LinuxRelease> release() {
        return abi().platform().linux() ? LinuxRelease.parse(System.getProperty("os.version")) : Optional.empty();
    }

    /** Allocates {@code size} zeroed bytes, aligned for any C type. */
    NativeBuffer allocate(int size);

    /** {@code socket(2)}: returns a descriptor. */
    int socket(int domain, int type, int protocol);

    /** {@code setsockopt(2)}. */
    int setsockopt(int fd, int level, int optname, NativeBuffer optval, int optlen);

    /** {@code getsockopt(2)}: {@code optlen} holds a {@code socklen_t} (4 bytes), read and written by the call. */
    int getsockopt(int fd, int level, int optname, NativeBuffer optval, NativeBuffer optlen);

    /** {@code bind(2)}. */
    int bind(int fd, NativeBuffer addr, int addrlen);

    /** {@code listen(2)}. */
    int listen(int fd, int backlog);

    /** {@code accept(2)} without asking for the peer's address. */
    int accept(int fd);

    /**
     * {@code accept4(2)} without asking for the peer's address; {@code flags} of {@code SOCK_CLOEXEC} and
     * {@code SOCK_NONBLOCK}. macOS has no such call: {@code ENOSYS} there.
     */
    int accept4(int fd, int flags);

    /** {@code connect(2)}. */
    int connect(int fd, NativeBuffer addr, int addrlen);

    /** {@code getsockname(2)}: {@code addrlen} holds a {@code socklen_t} (4 bytes), read and written by the call. */
    int getsockname(int fd, NativeBuffer addr, NativeBuffer addrlen);

    /** {@code getpeername(2)}: as {@link #getsockname}. */
    int getpeername(int fd, NativeBuffer addr, NativeBuffer addrlen);

    /** {@code recv(2)}: returns how many bytes came, 0 at the end of the stream. */
    int recv(int fd, NativeBuffer buf, int offset, int len, int flags);

    /** {@code send(2)}: returns how many bytes were taken. */
    int send(int fd, NativeBuffer buf, int offset, int len, int flags);

    /**
     * {@code sendmsg(2)} of what {@code msg} begins with, a {@code struct msghdr}: returns how many bytes were taken. A
     * message to an address that the socket is not connected to, without the six arguments of {@code sendto}.
     */
    int sendmsg(int fd, NativeBuffer msg, int flags);

    /**
     * {@code recvmsg(2)} into what {@code msg} begins with, a {@code struct msghdr}: returns how many bytes came. A message
     * and whom it is from, without the six arguments of {@code recvfrom}.
     */
    int recvmsg(int fd, NativeBuffer msg, int flags);

    /** {@code shutdown(2)}. */
    int shutdown(int fd, int how);

    /** {@code fcntl(2)} with an {@code int} argument. */
    int fcntl(int fd, int cmd, int arg);

    /** {@code ioctl(2)} that reads into, or from, {@code arg}. */
    int ioctl(int fd, int request, NativeBuffer arg);

    /** {@code poll(2)} on an array of {@code struct pollfd} (8 bytes each: int fd, short events, short revents). */
    int poll(NativeBuffer fds, int nfds, int timeoutMillis);

    /** {@code pipe(2)}: writes two ints, the reading end first. */
    int pipe(NativeBuffer fds);

    /** {@code read(2)}. */
    int read(int fd, NativeBuffer buf, int len);

    /** {@code write(2)}. */
    int write(int fd, NativeBuffer buf, int len);

    /**
     * {@code pidfd_open(2)}, Linux 5.3: returns a descriptor of a process, close-on-exec, which stays that process's even
     * when its number is taken again. {@code ENOSYS} on every other system.
     */
    int pidfd_open(int pid, int flags);

    /**
     * {@code pidfd_getfd(2)}, Linux 5.6: returns a duplicate, close-on-exec, of {@code targetfd} in the process that
     * {@code pidfd} is of. {@code ENOSYS} on every other system.
     */
    int pidfd_getfd(int pidfd, int targetfd, int flags);

    /**
     * {@code setns(2)}: moves the calling thread, and no other of the process, to a namespace of the process that {@code fd}
     * is a pidfd of (Linux 5.8). {@code ENOSYS} on every other system.
     */
    int setns(int fd, int nstype);

    /** {@code geteuid(2)}: the effective user, which the kernel compares among the members of a group. */
    default int geteuid() {
        return Posix.loaded().geteuid();
    }

    /** {@code getpwuid(3)}: the name of a user, empty if nobody has the number. */
    default Optional<String> userName(int uid) {
        return Posix.userName(uid);
    }

    /** {@code seteuid(2)}: changes the effective user, of all threads. */
    default int seteuid(int euid) {
        return Posix.seteuid(euid);
    }

    /** {@code strerror(3)} of a number as the host counts, whatever platform {@link #abi} is of. */
    default String strerror(int errnum) {
        return Posix.loaded().strerror(errnum);
    }

    /** {@code dup(2)}: returns another descriptor of the same open file, which is not close-on-exec. */
    int dup(int fd);

    /** {@code close(2)}. Never to be repeated after {@code EINTR}: on Linux the descriptor is already free. */
    int close(int fd);
}
