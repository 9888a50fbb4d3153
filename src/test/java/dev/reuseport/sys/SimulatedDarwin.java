package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.Symbol;
import dev.reuseport.option.Codec;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A simulated macOS over the host's sockets: it takes Darwin's numbers and layouts, refuses all others, and answers as
 * Darwin does. Traffic is the host's; who gets a connection, and whether a bind succeeds, is the host's kernel to say.
 *
 * <p>Where Darwin would take a wrong number for something else or ignore it, this refuses it: a test must see it.
 * Structures are turned around byte by byte and not by the codecs of {@code main}, which are what is tested here.
 *
 * <p>What it does as xnu does (bsd/kern/uipc_socket.c, uipc_syscalls.c, bsd/netinet/tcp_usrreq.c, in_pcb.c):
 *
 * <ul>
 *   <li>A boolean that is on reads as a bit: 4 for SO_REUSEADDR, 0x200 for SO_REUSEPORT, 4 for TCP_NODELAY.
 *   <li>SO_ACCEPTCONN cannot be read: ENOPROTOOPT. SO_RCVBUF and SO_SNDBUF read as set, where Linux doubles them.
 *   <li>SO_LINGER counts ticks of 10 ms, SO_LINGER_SEC seconds; SO_RCVTIMEO is 8+4 bytes and padding.
 *   <li>A socket address starts with its length, checked here, and a family of one byte.
 *   <li>There is no SOCK_CLOEXEC and no accept4, and an accepted socket inherits O_NONBLOCK.
 *   <li>errno is counted as Darwin counts: EADDRINUSE is 48, EAGAIN 35.
 * </ul>
 */
public final class SimulatedDarwin implements Syscalls {
    private static final Abi DARWIN = new Abi(Platform.DARWIN, Long.BYTES, ByteOrder.nativeOrder());

    private static final int TIMEVAL_SIZE = 16;
    private static final int LINGER_SIZE = 8;
    private static final int TICKS_PER_SECOND = 100;
    private static final int ACCESS_MODE = 3;

    /** Options of Darwin's that the host has under another name. */
    private static final Map<Const, Const> OTHER_NAMES =
            Map.of(Const.SO_LINGER_SEC, Const.SO_LINGER, Const.TCP_KEEPALIVE, Const.TCP_KEEPIDLE);

    private record Numbers(int level, int optname) {}

    private record Kept(int fd, Const option) {}

    private final Syscalls host;
    private final Abi hostAbi;

    /** Darwin's options; of two names for one number the first. */
    private final Map<Numbers, SockOpt<?>> options = new HashMap<>();

    /** The host's errnos that have come up, and Darwin's. */
    private final Map<Integer, Integer> errnos = new ConcurrentHashMap<>();

    /** What the host has no option for. */
    private final Map<Kept, Integer> kept = new ConcurrentHashMap<>();

    /** SO_LINGER's ticks, which the host cannot keep: it counts seconds. */
    private final Map<Integer, Integer> lingerTicks = new ConcurrentHashMap<>();

    /** Simulates over the sockets of {@code host}. */
    public SimulatedDarwin(Syscalls host) {
        this.host = host;
        this.hostAbi = host.abi();
        SockOpts.all().stream()
                .filter(option -> option.definedOn(DARWIN))
                .forEach(option ->
                        options.putIfAbsent(new Numbers(darwin(option.level()), darwin(option.option())), option));
    }

    @Override
    public Abi abi() {
        return DARWIN;
    }

    @Override
    public NativeBuffer allocate(int size) {
        return host.allocate(size);
    }

    private static int darwin(Symbol symbol) {
        return DARWIN.number(symbol);
    }

    private static int refused(Const errno) {
        return -darwin(errno);
    }

    /** Turns the host's errno into Darwin's; the host's success is left alone. */
    private int answer(int result) {
        return result >= 0 ? result : errnos.computeIfAbsent(result, this::inDarwinsNumbers);
    }

    private int inDarwinsNumbers(int result) {
        return Const.errno(hostAbi.platform(), -result)
                .filter(DARWIN::defines)
                .map(SimulatedDarwin::refused)
                .orElseThrow(() -> new IllegalStateException("the host's errno " + -result + " has no name on Darwin"));
    }

    private static Optional<Const> named(int number, Const... symbols) {
        for (Const symbol : symbols) {
            if (darwin(symbol) == number) {
                return Optional.of(symbol);
            }
        }
        return Optional.empty();
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        Optional<Const> family = named(domain, Const.AF_INET, Const.AF_INET6, Const.AF_UNIX);
        if (family.isEmpty()) {
            return refused(Const.EAFNOSUPPORT);
        }
        Optional<Const> kind = named(type, Const.SOCK_STREAM, Const.SOCK_DGRAM);
        if (kind.isEmpty()) {
            return refused(Const.EPROTONOSUPPORT);
        }
        return answer(host.socket(hostAbi.number(family.get()), hostAbi.number(kind.get()), protocol));
    }

    private Optional<SockOpt<?>> option(int level, int optname) {
        return Optional.ofNullable(options.get(new Numbers(level, optname)));
    }

    private static boolean levelExists(int level) {
        return named(
                        level,
                        Const.SOL_SOCKET,
                        Const.IPPROTO_IP,
                        Const.IPPROTO_IPV6,
                        Const.IPPROTO_TCP,
                        Const.IPPROTO_UDP)
                .isPresent();
    }

    private static int noSuchOption(int level) {
        return refused(levelExists(level) ? Const.ENOPROTOOPT : Const.EINVAL);
    }

    /** The host's symbol for one of Darwin's options. */
    private Optional<Const> counterpart(Const option) {
        return Optional.of(OTHER_NAMES.getOrDefault(option, option)).filter(hostAbi::defines);
    }

    /** Membership of a multicast group, which no option of the table is, and whose structures are the same. */
    private int join(int fd, Const level, Const option, NativeBuffer optval, int optlen) {
        return answer(host.setsockopt(fd, hostAbi.number(level), hostAbi.number(option), optval, optlen));
    }

    @Override
    public int setsockopt(int fd, int level, int optname, NativeBuffer optval, int optlen) {
        if (level == darwin(Const.IPPROTO_IP) && optname == darwin(Const.IP_ADD_MEMBERSHIP)) {
            return join(fd, Const.IPPROTO_IP, Const.IP_ADD_MEMBERSHIP, optval, optlen);
        }
        if (level == darwin(Const.IPPROTO_IPV6) && optname == darwin(Const.IPV6_JOIN_GROUP)) {
            return join(fd, Const.IPPROTO_IPV6, Const.IPV6_JOIN_GROUP, optval, optlen);
        }
        SockOpt<?> option = option(level, optname).orElse(null);
        if (option == null) {
            return noSuchOption(level);
        }
        NativeBuffer value = host.allocate(Math.max(optlen, TIMEVAL_SIZE));
        int length = optlen;
        ByteBuffer from = optval.bytes();
        if (option.codec() instanceof Codec.Timeval) {
            if (optlen != TIMEVAL_SIZE) {
                return refused(Const.EINVAL);
            }
            length = hostTimeval(value.bytes(), from.getLong(0), from.getInt(8));
        } else if (option.codec() instanceof Codec.Linger) {
            if (optlen != LINGER_SIZE) {
                return refused(Const.EINVAL);
            }
            int ticks = from.getInt(4) * (option.option() == Const.SO_LINGER ? 1 : TICKS_PER_SECOND);
            lingerTicks.put(fd, ticks);
            int hostTicks = ticks * 10 / hostAbi.lingerTickMillis();
            value.bytes().putInt(0, from.getInt(0)).putInt(4, ticks > 0 ? Math.max(1, hostTicks) : 0);
        } else {
            for (int i = 0; i < optlen; i++) {
                value.bytes().put(i, from.get(i));
            }
        }
        Optional<Const> counterpart = counterpart((Const) option.option());
        if (counterpart.isEmpty()) {
            kept.put(new Kept(fd, (Const) option.option()), from.getInt(0));
            return 0;
        }
        return answer(
                host.setsockopt(fd, hostAbi.number(option.level()), hostAbi.number(counterpart.get()), value, length));
    }

    /** Writes the host's timeval and returns its size. */
    private int hostTimeval(ByteBuffer into, long seconds, int micros) {
        int at = hostAbi.timevalSecondsSize();
        put(into, 0, at, seconds);
        put(into, at, hostAbi.timevalMicrosSize(), micros);
        return hostAbi.timevalSize();
    }

    private static void put(ByteBuffer into, int at, int size, long value) {
        if (size == Long.BYTES) {
            into.putLong(at, value);
        } else {
            into.putInt(at, (int) value);
        }
    }

    private static long field(ByteBuffer from, int at, int size) {
        return size == Long.BYTES ? from.getLong(at) : from.getInt(at);
    }

    @Override
    public int getsockopt(int fd, int level, int optname, NativeBuffer optval, NativeBuffer optlen) {
        SockOpt<?> option = option(level, optname).orElse(null);
        if (option == null) {
            return noSuchOption(level);
        }
        if (option.option() == Const.SO_ACCEPTCONN) {
            return refused(Const.ENOPROTOOPT);
        }
        ByteBuffer into = optval.bytes();
        int room = optlen.bytes().getInt(0);
        Optional<Const> counterpart = counterpart((Const) option.option());
        if (counterpart.isEmpty()) {
            int value = kept.getOrDefault(new Kept(fd, (Const) option.option()), 0);
            return filled(optlen, room, into, inDarwinsWords(option, value));
        }
        NativeBuffer value = host.allocate(Math.max(room, TIMEVAL_SIZE));
        NativeBuffer length = host.allocate(Integer.BYTES);
        length.bytes().putInt(0, value.size());
        int result =
                host.getsockopt(fd, hostAbi.number(option.level()), hostAbi.number(counterpart.get()), value, length);
        if (result < 0) {
            return answer(result);
        }
        ByteBuffer from = value.bytes();
        if (option.codec() instanceof Codec.Timeval) {
            long seconds = from.getLong(0);
            long micros = field(from, hostAbi.timevalSecondsSize(), hostAbi.timevalMicrosSize());
            if (hostAbi.timevalSecondsSize() == Integer.BYTES) {
                seconds = from.getInt(0);
            }
            into.putLong(0, seconds).putInt(8, (int) micros).putInt(12, 0);
            optlen.bytes().putInt(0, TIMEVAL_SIZE);
            return 0;
        }
        if (option.codec() instanceof Codec.Linger) {
            int ticks = lingerTicks.getOrDefault(fd, 0);
            int time = option.option() == Const.SO_LINGER ? ticks : ticks / TICKS_PER_SECOND;
            into.putInt(0, from.getInt(0) == 0 ? 0 : 1).putInt(4, time);
            optlen.bytes().putInt(0, LINGER_SIZE);
            return 0;
        }
        if (length.bytes().getInt(0) == Integer.BYTES) {
            return filled(optlen, room, into, inDarwinsWords(option, from.getInt(0)));
        }
        int count = Math.min(room, length.bytes().getInt(0));
        for (int i = 0; i < count; i++) {
            into.put(i, from.get(i));
        }
        optlen.bytes().putInt(0, count);
        return 0;
    }

    private static int filled(NativeBuffer optlen, int room, ByteBuffer into, int value) {
        if (room < Integer.BYTES) {
            return refused(Const.EINVAL);
        }
        into.putInt(0, value);
        optlen.bytes().putInt(0, Integer.BYTES);
        return 0;
    }

    /** What Darwin's getsockopt says where the host's said {@code value}. */
    private int inDarwinsWords(SockOpt<?> option, int value) {
        if (option.codec() == SockOpts.SO_REUSEADDR.codec()) {
            return value == 0 ? 0 : DARWIN.setBoolean((Const) option.option());
        }
        return switch ((Const) option.option()) {
            case SO_RCVBUF, SO_SNDBUF -> hostAbi.platform().linux() ? value / 2 : value;
            case SO_ERROR -> value == 0 ? 0 : -answer(-value);
            case SO_TYPE ->
                hostAbi.number(Const.SOCK_STREAM) == value ? darwin(Const.SOCK_STREAM) : darwin(Const.SOCK_DGRAM);
            default -> value;
        };
    }

    /** Turns Darwin's socket address into the host's; null if it is none of Darwin's. */
    private NativeBuffer hostAddress(NativeBuffer addr, int addrlen) {
        ByteBuffer from = addr.bytes();
        int family = from.get(1) & 0xff;
        boolean inet = family == darwin(Const.AF_INET) && addrlen == 16;
        boolean inet6 = family == darwin(Const.AF_INET6) && addrlen == 28;
        if (from.get(0) != addrlen || !(inet || inet6)) {
            return null;
        }
        NativeBuffer address = host.allocate(Sockaddr.MAX_SIZE);
        ByteBuffer into = address.bytes();
        for (int i = 0; i < addrlen; i++) {
            into.put(i, from.get(i));
        }
        int hostFamily = hostAbi.number(inet ? Const.AF_INET : Const.AF_INET6);
        if (hostAbi.sockaddrHasLength()) {
            into.put(1, (byte) hostFamily);
        } else {
            into.putShort(0, (short) hostFamily);
        }
        return address;
    }

    @Override
    public int bind(int fd, NativeBuffer addr, int addrlen) {
        NativeBuffer address = hostAddress(addr, addrlen);
        return address == null ? refused(Const.EAFNOSUPPORT) : answer(host.bind(fd, address, addrlen));
    }

    @Override
    public int connect(int fd, NativeBuffer addr, int addrlen) {
        NativeBuffer address = hostAddress(addr, addrlen);
        return address == null ? refused(Const.EAFNOSUPPORT) : answer(host.connect(fd, address, addrlen));
    }

    /** Turns the host's socket address around in place. */
    private int darwinAddress(int result, NativeBuffer addr, NativeBuffer addrlen) {
        if (result < 0) {
            return answer(result);
        }
        ByteBuffer bytes = addr.bytes();
        int family = hostAbi.sockaddrHasLength() ? bytes.get(1) & 0xff : bytes.getShort(0);
        Const name = family == hostAbi.number(Const.AF_INET) ? Const.AF_INET : Const.AF_INET6;
        bytes.put(0, (byte) addrlen.bytes().getInt(0)).put(1, (byte) darwin(name));
        return result;
    }

    @Override
    public int getsockname(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        return darwinAddress(host.getsockname(fd, addr, addrlen), addr, addrlen);
    }

    @Override
    public int getpeername(int fd, NativeBuffer addr, NativeBuffer addrlen) {
        return darwinAddress(host.getpeername(fd, addr, addrlen), addr, addrlen);
    }

    @Override
    public int listen(int fd, int backlog) {
        return answer(host.listen(fd, backlog));
    }

    @Override
    public int accept(int fd) {
        int accepted = answer(host.accept(fd));
        if (accepted >= 0 && (fcntl(fd, darwin(Const.F_GETFL), 0) & darwin(Const.O_NONBLOCK)) != 0) {
            int set = fcntl(accepted, darwin(Const.F_SETFL), darwin(Const.O_NONBLOCK));
            if (set < 0) {
                throw new IllegalStateException("F_SETFL on an accepted socket: " + set);
            }
        }
        return accepted;
    }

    @Override
    public int accept4(int fd, int flags) {
        return refused(Const.ENOSYS);
    }

    /** Turns flags of Darwin's into the host's; negative if one of them is not Darwin's. */
    private int hostFlags(int flags, Const... known) {
        int left = flags;
        int turned = 0;
        for (Const flag : known) {
            if ((left & darwin(flag)) != 0) {
                left &= ~darwin(flag);
                turned |= hostAbi.number(flag);
            }
        }
        return left == 0 ? turned : -1;
    }

    @Override
    public int recv(int fd, NativeBuffer buf, int offset, int len, int flags) {
        int turned = hostFlags(flags, Const.MSG_DONTWAIT, Const.MSG_PEEK, Const.MSG_WAITALL);
        return turned < 0 ? refused(Const.EINVAL) : answer(host.recv(fd, buf, offset, len, turned));
    }

    @Override
    public int send(int fd, NativeBuffer buf, int offset, int len, int flags) {
        int turned = hostFlags(flags, Const.MSG_DONTWAIT, Const.MSG_NOSIGNAL);
        return turned < 0 ? refused(Const.EINVAL) : answer(host.send(fd, buf, offset, len, turned));
    }

    @Override
    public int shutdown(int fd, int how) {
        Optional<Const> which = named(how, Const.SHUT_RD, Const.SHUT_WR, Const.SHUT_RDWR);
        return which.isEmpty() ? refused(Const.EINVAL) : answer(host.shutdown(fd, hostAbi.number(which.get())));
    }

    @Override
    public int fcntl(int fd, int cmd, int arg) {
        Const command = named(cmd, Const.F_GETFD, Const.F_SETFD, Const.F_GETFL, Const.F_SETFL)
                .orElse(null);
        if (command == null) {
            return refused(Const.EINVAL);
        }
        int argument = switch (command) {
            case F_SETFD -> hostFlags(arg, Const.FD_CLOEXEC);
            case F_SETFL -> hostFlags(arg & ~ACCESS_MODE, Const.O_NONBLOCK);
            default -> 0;
        };
        if (argument < 0) {
            return refused(Const.EINVAL);
        }
        int result = host.fcntl(fd, hostAbi.number(command), argument);
        if (result < 0) {
            return answer(result);
        }
        return switch (command) {
            case F_GETFD -> (result & hostAbi.number(Const.FD_CLOEXEC)) == 0 ? 0 : darwin(Const.FD_CLOEXEC);
            case F_GETFL ->
                result & ACCESS_MODE
                        | ((result & hostAbi.number(Const.O_NONBLOCK)) == 0 ? 0 : darwin(Const.O_NONBLOCK));
            default -> result;
        };
    }

    /** The events have one number everywhere. */
    @Override
    public int ioctl(int fd, int request, NativeBuffer arg) {
        return request == abi().terminalSizeRequest()
                ? answer(host.ioctl(fd, hostAbi.terminalSizeRequest(), arg))
                : refused(Const.EINVAL);
    }

    @Override
    public int poll(NativeBuffer fds, int nfds, int timeoutMillis) {
        return answer(host.poll(fds, nfds, timeoutMillis));
    }

    @Override
    public int pipe(NativeBuffer fds) {
        return answer(host.pipe(fds));
    }

    @Override
    public int read(int fd, NativeBuffer buf, int len) {
        return answer(host.read(fd, buf, len));
    }

    @Override
    public int write(int fd, NativeBuffer buf, int len) {
        return answer(host.write(fd, buf, len));
    }

    @Override
    public int seteuid(int euid) {
        return answer(host.seteuid(euid));
    }

    @Override
    public int sendmsg(int fd, NativeBuffer msg, int flags) {
        // The members up to msg_iovlen are Linux's, and all that a pointer leads to is in the same memory.
        ByteBuffer bytes = msg.bytes().order(ByteOrder.nativeOrder());
        int namelen = bytes.getInt(Long.BYTES);
        NativeBuffer name = host.allocate(namelen);
        for (int i = 0; i < namelen; i++) {
            name.bytes().put(i, bytes.get((int) (bytes.getLong(0) - msg.address()) + i));
        }
        NativeBuffer address = hostAddress(name, namelen);
        int turned = hostFlags(flags, Const.MSG_DONTWAIT, Const.MSG_NOSIGNAL);
        if (address == null || turned < 0) {
            return refused(address == null ? Const.EAFNOSUPPORT : Const.EINVAL);
        }
        bytes.putLong(0, address.address());
        int result = host.sendmsg(fd, msg, turned);
        Reference.reachabilityFence(address);
        return answer(result);
    }

    @Override
    public int recvmsg(int fd, NativeBuffer msg, int flags) {
        int turned = hostFlags(flags, Const.MSG_DONTWAIT, Const.MSG_PEEK);
        if (turned < 0) {
            return refused(Const.EINVAL);
        }
        int result = host.recvmsg(fd, msg, turned);
        ByteBuffer bytes = msg.bytes().order(ByteOrder.nativeOrder());
        int name = (int) (bytes.getLong(0) - msg.address());
        if (result >= 0) {
            int family = hostAbi.sockaddrHasLength() ? bytes.get(name + 1) & 0xff : bytes.getShort(name);
            bytes.put(name, (byte) bytes.getInt(Long.BYTES)).put(name + 1, (byte)
                    darwin(family == hostAbi.number(Const.AF_INET) ? Const.AF_INET : Const.AF_INET6));
        }
        return answer(result);
    }

    @Override
    public int dup(int fd) {
        return answer(host.dup(fd));
    }

    @Override
    public int close(int fd) {
        lingerTicks.remove(fd);
        kept.keySet().removeIf(each -> each.fd() == fd);
        return answer(host.close(fd));
    }

    @Override
    public int pidfd_open(int pid, int flags) {
        return -abi().number(Const.ENOSYS);
    }

    @Override
    public int pidfd_getfd(int pidfd, int targetfd, int flags) {
        return -abi().number(Const.ENOSYS);
    }

    @Override
    public int setns(int fd, int nstype) {
        return -abi().number(Const.ENOSYS);
    }
}
