package dev.reuseport.bind.run;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.socket.NioOptions;
import dev.reuseport.socket.NioTcpListener;
import dev.reuseport.socket.NotDefinedException;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sockets of the JDK: a ServerSocketChannel, whose bind is bind and listen at once, and a DatagramChannel. A failure
 * carries libc's words and no number, so that the errno is found by those.
 */
final class JdkCaseSockets implements CaseSockets {
    private static final List<Const> FAILURES = List.of(
            Const.EADDRINUSE,
            Const.EADDRNOTAVAIL,
            Const.EACCES,
            Const.EINVAL,
            Const.ENOPROTOOPT,
            Const.ENODEV,
            Const.EPERM);

    private final Syscalls syscalls;

    private record Open(NetworkChannel channel, Const family) {}

    private final UnixFiles files = new UnixFiles();
    private final Map<Integer, Open> open = new HashMap<>();
    private final Map<Integer, SocketChannel> connections = new HashMap<>();

    /** {@code syscalls} has the words of libc. */
    JdkCaseSockets(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    @Override
    public StepOutcome open(int number, Step.Open step, Sockaddr at) throws IOException {
        boolean tcp = step.protocol() == Protocol.TCP;
        if (tcp && !step.listen()) {
            throw new NotPossibleException("a ServerSocketChannel has no bind without listen");
        }
        if (!tcp && step.listen()) {
            throw new NotPossibleException("a DatagramChannel has no listen");
        }
        Const family = at.family();
        NetworkChannel channel = tcp
                ? NioTcpListener.opened(ServerSocketChannel::open, family)
                : NioTcpListener.opened(DatagramChannel::open, family);
        Open socket = new Open(channel, family);
        boolean bound = false;
        Optional<SockOpt<?>> asked = Optional.empty();
        try {
            for (Setting<?> setting : step.settings()) {
                asked = Optional.of(setting.option());
                set(socket, setting);
            }
            asked = Optional.empty();
            InetSocketAddress address = at.toInetSocketAddress();
            if (channel instanceof ServerSocketChannel listener) {
                listener.bind(address, BACKLOG);
                listener.configureBlocking(false);
            } else {
                channel.bind(address);
            }
            open.put(number, socket);
            bound = true;
            Optional<Outcome> ok = Optional.of(Outcome.OK);
            return StepOutcome.bound(
                    ok, tcp ? ok : Optional.empty(), local(number).port());
        } catch (NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            return asked.map(option -> StepOutcome.refused(outcome(e), option))
                    .orElseGet(() -> StepOutcome.failed(outcome(e)));
        } finally {
            if (!bound) {
                channel.close();
            }
        }
    }

    private static <T> void set(Open socket, Setting<T> setting) throws IOException {
        if (setting.typed().isPresent()) {
            throw new NotPossibleException("the JDK takes values of its own and no bytes: " + setting);
        }
        try {
            NioOptions.set(socket.channel, socket.family, setting.option(), setting.value());
        } catch (NotDefinedException e) {
            throw new NotPossibleException(e.getMessage(), e);
        } catch (IOException e) {
            // No word of the kernel's: the JDK has not asked it.
            if (e.getCause() instanceof IllegalArgumentException) {
                throw new NotPossibleException(e.getMessage(), e);
            }
            throw e;
        }
    }

    private Outcome outcome(IOException e) {
        Abi abi = syscalls.abi();
        String said = String.valueOf(e.getMessage());
        return FAILURES.stream()
                .filter(abi::defines)
                .filter(errno -> said.equals(syscalls.strerror(abi.number(errno))))
                .findFirst()
                .map(Outcome::of)
                .orElseGet(() -> new Outcome(e.getClass().getSimpleName()));
    }

    @Override
    public StepOutcome unbound(int number, Step.Socket socket) throws IOException {
        throw new NotPossibleException("the JDK binds what it opens");
    }

    @Override
    public StepOutcome unix(int number, Step.Unix step) throws IOException {
        if (!step.stream() || !step.listen() || step.isAbstract()) {
            throw new NotPossibleException("of AF_UNIX the JDK has stream sockets with a path, whose bind listens");
        }
        Open socket = new Open(ServerSocketChannel.open(StandardProtocolFamily.UNIX), Const.AF_UNIX);
        boolean bound = false;
        try {
            for (Setting<?> setting : step.settings()) {
                set(socket, setting);
            }
            ServerSocketChannel listener = (ServerSocketChannel) socket.channel;
            listener.bind(UnixDomainSocketAddress.of(step.name()), BACKLOG);
            listener.configureBlocking(false);
            files.bound(step.name());
            open.put(number, socket);
            bound = true;
            return StepOutcome.bound(Optional.of(Outcome.OK), Optional.of(Outcome.OK), 0);
        } catch (NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            return StepOutcome.failed(outcome(e));
        } finally {
            if (!bound) {
                socket.channel.close();
            }
        }
    }

    @Override
    public Outcome bind(int number, Sockaddr address) throws IOException {
        throw new NotPossibleException("the JDK does not ask the kernel to bind a channel again");
    }

    @Override
    public StepOutcome read(int number, SockOpt<?> option) throws IOException {
        Open socket = open.get(number);
        Reading reading = new Reading(option, NioOptions.get(socket.channel, socket.family, option));
        if (reading.probe() instanceof Probe.NotDefined<?> missing) {
            throw new NotPossibleException(missing.where() + " has no name for " + option);
        }
        if (reading.probe() instanceof Probe.Refused<?> refused) {
            throw new NotPossibleException(refused.message());
        }
        return StepOutcome.read(Optional.of(reading.text()));
    }

    @Override
    public Outcome dup(int number, int of) throws IOException {
        throw new NotPossibleException("the JDK has no dup");
    }

    @Override
    public int fork(int number, int of) throws IOException {
        throw new NotPossibleException("the JDK gives no child a socket, but the one that it inherits from inetd");
    }

    @Override
    public Outcome listen(int number) throws IOException {
        throw new NotPossibleException("a ServerSocketChannel listens from its bind on, and not again");
    }

    @Override
    public Sockaddr local(int number) throws IOException {
        return Sockaddr.of((InetSocketAddress) open.get(number).channel.getLocalAddress(), open.get(number).family);
    }

    @Override
    public Sockaddr peer(int number) throws IOException {
        Open socket = open.get(number);
        return Sockaddr.of((InetSocketAddress) ((DatagramChannel) socket.channel).getRemoteAddress(), socket.family);
    }

    @Override
    public Outcome connect(int number, Sockaddr to) throws IOException {
        if (!(open.get(number).channel instanceof DatagramChannel channel)) {
            throw new NotPossibleException("a ServerSocketChannel has no connect");
        }
        try {
            channel.connect(to.toInetSocketAddress());
            return Outcome.OK;
        } catch (IOException e) {
            return outcome(e);
        }
    }

    @Override
    public Outcome send(int number, Sockaddr to, long datagram) throws IOException {
        DatagramChannel channel = (DatagramChannel) open.get(number).channel;
        try {
            channel.send(ByteBuffer.allocate(Long.BYTES).putLong(0, datagram), to.toInetSocketAddress());
            return Outcome.OK;
        } catch (AlreadyConnectedException e) {
            throw new NotPossibleException("a DatagramChannel that is connected sends nowhere else", e);
        } catch (IOException e) {
            return outcome(e);
        }
    }

    @Override
    public List<Integer> received(long datagram) throws IOException {
        List<Integer> by = new ArrayList<>();
        for (Map.Entry<Integer, Open> each : open.entrySet()) {
            if (each.getValue().channel instanceof DatagramChannel channel && has(channel, datagram)) {
                by.add(each.getKey());
            }
        }
        return by;
    }

    private static boolean has(DatagramChannel channel, long datagram) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + 1);
        boolean found = false;
        channel.configureBlocking(false);
        try {
            while (channel.receive(bytes) != null) {
                found |= bytes.position() == Long.BYTES && bytes.getLong(0) == datagram;
                bytes.clear();
            }
        } catch (PortUnreachableException e) {
            // what a peer that is not there said of an earlier datagram
        }
        channel.configureBlocking(true);
        return found;
    }

    @Override
    public void follow(int number) throws IOException {
        throw new IllegalStateException("no socket of the JDK is a client of TCP here");
    }

    @Override
    public Outcome close(int number) throws IOException {
        open.remove(number).channel.close();
        return Outcome.OK;
    }

    @Override
    public Outcome shutdown(int number) throws IOException {
        throw new NotPossibleException("the JDK has no shutdown of a listener or an unconnected socket");
    }

    @Override
    public Outcome set(int number, Setting<?> setting) throws IOException {
        try {
            set(open.get(number), setting);
            return Outcome.OK;
        } catch (NotPossibleException e) {
            throw e;
        } catch (IOException e) {
            return outcome(e);
        }
    }

    @Override
    public int accept(int connection, int likely) throws IOException {
        if (open.containsKey(likely) && accepts(likely, connection)) {
            return likely;
        }
        for (int number : open.keySet()) {
            if (accepts(number, connection)) {
                return number;
            }
        }
        return 0;
    }

    private boolean accepts(int number, int connection) throws IOException {
        SocketChannel accepted =
                open.get(number).channel instanceof ServerSocketChannel listener ? listener.accept() : null;
        if (accepted == null) {
            return false;
        }
        connections.put(connection, accepted);
        return true;
    }

    @Override
    public void closeConnection(int connection, boolean first) throws IOException {
        try (SocketChannel channel = connections.remove(connection)) {
            ByteBuffer rest = ByteBuffer.allocate(1);
            while (!first && channel.read(rest) >= 0) {
                rest.clear();
            }
        }
    }

    @Override
    public void reset() throws IOException {
        for (SocketChannel connection : connections.values()) {
            connection.setOption(StandardSocketOptions.SO_LINGER, 0);
            connection.close();
        }
        connections.clear();
        for (Open socket : open.values()) {
            socket.channel.close();
        }
        open.clear();
        files.remove();
    }

    @Override
    public void close() throws IOException {
        reset();
    }
}
