package dev.reuseport.bind.run;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Datagram;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.UnixAddress;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Holder;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sockets of this process, by bare calls: a case costs little more than the calls it makes, which {@link NativeSocket}
 * with its buffers for each socket and its exceptions would double.
 */
public final class NativeCaseSockets implements CaseSockets {
    private static final int SCRATCH_SIZE = 512;
    private static final int NONE = -1;
    private static final Optional<Outcome> BOUND = Optional.of(Outcome.OK);

    private final Syscalls syscalls;
    private final Abi abi;
    private final NativeBuffer scratch;
    private final NativeBuffer length;
    private final Map<Integer, Outcome> failures = new HashMap<>();
    private final Map<Integer, NativeSocket> connections = new HashMap<>();

    /** Of a duplicate, the number of the socket that it was made of first. */
    private final Map<Integer, Integer> originals = new HashMap<>();

    private final Set<Integer> listeners = new LinkedHashSet<>();

    /** All listeners in their order, for one call that finds who has a connection; null once they are others. */
    private PollFds polled;

    private final UnixFiles files = new UnixFiles();

    /** Other processes that hold a socket, by the number that this is in the case. */
    private final Map<Integer, Holder> holders = new HashMap<>();

    /** The sockets of UDP, duplicates too. */
    private final BitSet datagrams = new BitSet();

    /** For datagrams; null until one is sent. */
    private NativeBuffer message;

    private int highest = NONE;
    private final int cloexec;
    private int[] fds = new int[8];

    /** Has none yet. */
    public NativeCaseSockets(Syscalls syscalls) {
        this.syscalls = syscalls;
        this.abi = syscalls.abi();
        this.scratch = syscalls.allocate(SCRATCH_SIZE);
        this.length = syscalls.allocate(Integer.BYTES);
        this.cloexec = abi.defines(Const.SOCK_CLOEXEC) ? abi.number(Const.SOCK_CLOEXEC) : 0;
        Arrays.fill(fds, NONE);
    }

    @Override
    public StepOutcome open(int number, Step.Open step, Sockaddr address) throws IOException {
        int fd = socket(step.socket());
        if (fd < 0) {
            return StepOutcome.failed(outcome(fd));
        }
        for (Setting<?> setting : step.settings()) {
            int set = setsockopt(fd, setting);
            if (set < 0) {
                syscalls.close(fd);
                return StepOutcome.refused(outcome(set), setting.option());
            }
        }
        int addrlen = address.encode(abi, scratch.bytes());
        int result = syscalls.bind(fd, scratch, addrlen);
        if (result < 0) {
            syscalls.close(fd);
            return StepOutcome.failed(outcome(result));
        }
        keep(number, fd, step.protocol() == Protocol.UDP);
        Optional<Outcome> listen = step.listen() ? Optional.of(listen(number)) : Optional.empty();
        return StepOutcome.bound(
                BOUND, listen, address.port() == 0 ? local(number).port() : address.port());
    }

    /** Returns a descriptor, or {@code -errno} of a failure that says something of the step. */
    private int socket(Step.Socket asked) throws IOException {
        return socket(asked.family(), asked.protocol().type(), asked.settings());
    }

    private int socket(Const family, Const type, List<? extends Setting<?>> settings) throws IOException {
        for (Setting<?> setting : settings) {
            defined(setting.option());
        }
        int fd = syscalls.socket(abi.number(family), abi.number(type) | cloexec, 0);
        if (fd == -abi.number(Const.EAFNOSUPPORT)) {
            // No bind is asked for, so no rule says anything of it.
            throw new NotPossibleException("this kernel has no " + family);
        }
        if (fd < 0 && lacksMeans(fd)) {
            throw new ErrnoException("socket", Errno.of(syscalls, fd));
        }
        return fd;
    }

    @Override
    public StepOutcome unbound(int number, Step.Socket asked) throws IOException {
        int fd = socket(asked);
        if (fd < 0) {
            return StepOutcome.ended(outcome(fd));
        }
        for (Setting<?> setting : asked.settings()) {
            int set = setsockopt(fd, setting);
            if (set < 0) {
                syscalls.close(fd);
                return StepOutcome.refusedUnbound(outcome(set), setting.option());
            }
        }
        keep(number, fd, asked.protocol() == Protocol.UDP);
        return StepOutcome.ended(Outcome.OK);
    }

    @Override
    public StepOutcome unix(int number, Step.Unix step) throws IOException {
        UnixAddress address = new UnixAddress(step.name());
        if (step.isAbstract() && !abi.platform().linux()) {
            throw new NotPossibleException(abi.platform().id() + " has no abstract names");
        }
        int addrlen;
        try {
            addrlen = address.encode(abi, scratch.bytes());
        } catch (IOException e) {
            throw new NotPossibleException(e.getMessage(), e);
        }
        int fd = socket(Const.AF_UNIX, step.stream() ? Const.SOCK_STREAM : Const.SOCK_DGRAM, step.settings());
        if (fd < 0) {
            return StepOutcome.failed(outcome(fd));
        }
        for (Setting<?> setting : step.settings()) {
            int set = setsockopt(fd, setting);
            if (set < 0) {
                syscalls.close(fd);
                return StepOutcome.refused(outcome(set), setting.option());
            }
        }
        address.encode(abi, scratch.bytes());
        int result = syscalls.bind(fd, scratch, addrlen);
        if (result < 0) {
            syscalls.close(fd);
            return StepOutcome.failed(outcome(result));
        }
        keep(number, fd, false);
        files.bound(step.name());
        return StepOutcome.bound(BOUND, step.listen() ? Optional.of(listen(number)) : Optional.empty(), 0);
    }

    @Override
    public Outcome bind(int number, Sockaddr address) {
        int addrlen = address.encode(abi, scratch.bytes());
        return outcome(syscalls.bind(fds[number], scratch, addrlen));
    }

    private void keep(int number, int fd, boolean udp) {
        datagrams.set(number, udp);
        if (number >= fds.length) {
            int old = fds.length;
            fds = Arrays.copyOf(fds, Math.max(number + 1, old * 2));
            Arrays.fill(fds, old, fds.length, NONE);
        }
        fds[number] = fd;
        highest = Math.max(highest, number);
    }

    /** What this process has no more of says nothing about a bind. */
    private boolean lacksMeans(int result) {
        return Stream.of(Const.EMFILE, Const.ENFILE, Const.ENOBUFS, Const.ENOMEM)
                .anyMatch(errno -> result == -abi.number(errno));
    }

    private void defined(SockOpt<?> option) throws NotPossibleException {
        if (!option.definedOn(abi)) {
            throw new NotPossibleException(abi.platform().id() + " has no " + option.name());
        }
    }

    private int setsockopt(int fd, Setting<?> setting) {
        SockOpt<?> option = setting.option();
        int optlen = setting.encode(abi, scratch.bytes());
        return syscalls.setsockopt(fd, abi.number(option.level()), abi.number(option.option()), scratch, optlen);
    }

    @Override
    public Outcome listen(int number) {
        int result = syscalls.listen(fds[number], BACKLOG);
        if (result == 0) {
            polled = listeners.addAll(descriptors(number)) ? null : polled;
            return Outcome.OK;
        }
        return outcome(result);
    }

    @Override
    public Sockaddr local(int number) throws ErrnoException {
        length.bytes().putInt(0, Sockaddr.MAX_SIZE);
        ErrnoException.check(syscalls, "getsockname", syscalls.getsockname(fds[number], scratch, length));
        return Sockaddr.decode(abi, scratch.bytes(), length.bytes().getInt(0));
    }

    @Override
    public Sockaddr peer(int number) throws ErrnoException {
        return NativeSocket.borrow(syscalls, fds[number]).peerAddress();
    }

    @Override
    public Outcome connect(int number, Sockaddr to) throws IOException {
        NativeSocket socket = NativeSocket.borrow(syscalls, fds[number]);
        // It does not block if it listened before, and was asked for a connection.
        socket.blocking(true);
        Duration before = socket.get(SockOpts.SO_SNDTIMEO).toOptional().orElse(Duration.ZERO);
        socket.set(SockOpts.SO_SNDTIMEO, LONGEST_CONNECT);
        int addrlen = to.encode(abi, scratch.bytes());
        int result = syscalls.connect(fds[number], scratch, addrlen);
        socket.set(SockOpts.SO_SNDTIMEO, before);
        return outcome(result);
    }

    @Override
    public Outcome send(int number, Sockaddr to, long datagram) {
        Datagram form = new Datagram(abi);
        if (message == null) {
            message = syscalls.allocate(form.size(Long.BYTES));
        }
        byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(datagram).array();
        form.encode(message.bytes(), message.address(), to, payload);
        return outcome(syscalls.sendmsg(fds[number], message, 0));
    }

    @Override
    public List<Integer> received(long datagram) {
        List<Integer> by = new ArrayList<>();
        for (int number = datagrams.nextSetBit(0); number >= 0; number = datagrams.nextSetBit(number + 1)) {
            int count = receive(number);
            // What a peer that is not there said of an earlier datagram comes first.
            count = count < 0 ? receive(number) : count;
            for (; count > 0; count = receive(number)) {
                ByteBuffer bytes = scratch.bytes().duplicate().order(ByteOrder.BIG_ENDIAN);
                if (count == Long.BYTES && bytes.getLong(0) == datagram) {
                    by.add(number);
                }
            }
        }
        return by;
    }

    private int receive(int number) {
        return syscalls.recv(fds[number], scratch, 0, scratch.size(), abi.number(Const.MSG_DONTWAIT));
    }

    @Override
    public void follow(int number) throws IOException {
        NativeSocket socket = NativeSocket.own(syscalls, fds[number]);
        fds[number] = NONE;
        Farewell.follow(socket, scratch);
    }

    @Override
    public Outcome close(int number) throws IOException {
        Holder holder = holders.remove(number);
        if (holder != null) {
            holder.close();
            return Outcome.OK;
        }
        int fd = fds[number];
        fds[number] = NONE;
        datagrams.clear(number);
        polled = listeners.remove(number) ? null : polled;
        return outcome(syscalls.close(fd));
    }

    @Override
    public Outcome shutdown(int number) {
        polled = listeners.removeAll(descriptors(number)) ? null : polled;
        return outcome(syscalls.shutdown(fds[number], abi.number(Const.SHUT_RDWR)));
    }

    @Override
    public Outcome set(int number, Setting<?> setting) throws IOException {
        defined(setting.option());
        return outcome(setsockopt(fds[number], setting));
    }

    @Override
    public StepOutcome read(int number, SockOpt<?> option) throws IOException {
        defined(option);
        Reading reading =
                new Reading(option, NativeSocket.borrow(syscalls, fds[number]).get(option));
        if (reading.probe() instanceof Probe.Refused<?> refused) {
            return StepOutcome.ended(new Outcome(refused.errno().orElseThrow().name()));
        }
        return StepOutcome.read(Optional.of(
                reading.probe() instanceof Probe.Undecodable<?> bytes
                        ? bytes.raw().toString()
                        : reading.text()));
    }

    @Override
    public Outcome dup(int number, int of) throws IOException {
        int fd = syscalls.dup(fds[of]);
        if (fd < 0) {
            throw new ErrnoException("dup", Errno.of(syscalls, fd));
        }
        keep(number, fd, datagrams.get(of));
        NativeSocket.borrow(syscalls, fd).closeOnExec();
        originals.put(number, originals.getOrDefault(of, of));
        polled = listeners.contains(of) && listeners.add(number) ? null : polled;
        return Outcome.OK;
    }

    @Override
    public int fork(int number, int of) throws IOException {
        Holder holder = Holder.start(
                syscalls, fds[of], fd -> NativeSocket.borrow(syscalls, fd).closeOnExec());
        holders.put(number, holder);
        return holder.pid();
    }

    /** All descriptors of the socket that one is of. */
    private List<Integer> descriptors(int number) {
        if (originals.isEmpty()) {
            return List.of(number);
        }
        int original = originals.getOrDefault(number, number);
        return IntStream.rangeClosed(0, highest)
                .filter(other -> fds[other] != NONE && originals.getOrDefault(other, other) == original)
                .boxed()
                .toList();
    }

    @Override
    public int accept(int connection, int likely) throws IOException {
        if (listeners.contains(likely) && accepts(likely, connection)) {
            return likely;
        }
        if (polled == null) {
            polled = new PollFds(syscalls, Math.max(1, listeners.size()));
            listeners.forEach(number -> polled.add(fds[number], Const.POLLIN));
        }
        if (polled.poll(0) == 0) {
            return 0;
        }
        int place = 0;
        for (int number : listeners) {
            if (polled.ready(place++) && accepts(number, connection)) {
                return number;
            }
        }
        return 0;
    }

    private boolean accepts(int number, int connection) throws IOException {
        NativeSocket listener = NativeSocket.borrow(syscalls, fds[number]);
        listener.blocking(false);
        Optional<NativeSocket> accepted = listener.accept();
        accepted.ifPresent(socket -> connections.put(connection, socket));
        return accepted.isPresent();
    }

    @Override
    public void closeConnection(int connection, boolean first) throws IOException {
        NativeSocket socket = connections.remove(connection);
        if (first) {
            socket.close();
        } else {
            Farewell.follow(socket, scratch);
        }
    }

    @Override
    public void reset() throws IOException {
        if (!connections.isEmpty()) {
            for (NativeSocket connection : connections.values()) {
                Farewell.abort(connection);
            }
            connections.clear();
        }
        for (Holder holder : holders.values()) {
            holder.close();
        }
        holders.clear();
        files.remove();
        listeners.clear();
        originals.clear();
        datagrams.clear();
        polled = null;
        for (int number = 0; number <= highest; number++) {
            if (fds[number] != NONE) {
                syscalls.close(fds[number]);
                fds[number] = NONE;
            }
        }
        highest = NONE;
    }

    private Outcome outcome(int result) {
        return result >= 0
                ? Outcome.OK
                : failures.computeIfAbsent(
                        result,
                        negative -> new Outcome(Const.errno(abi.platform(), -negative)
                                .map(Const::name)
                                .orElse("errno " + -negative)));
    }

    @Override
    public void close() throws IOException {
        reset();
    }
}
