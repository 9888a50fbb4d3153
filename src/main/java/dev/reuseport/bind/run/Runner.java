package dev.reuseport.bind.run;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.UnixAddress;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Ledger;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Devices;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Runs cases on the kernel. Each step ends with what the kernel said; all sockets are closed when a case ends, whatever
 * happened. One thread, one case at a time.
 */
public final class Runner implements Closeable {
    /** How long what need not come is waited for. */
    private static final Duration SHORTEST = Duration.ofMillis(30);

    private static final Duration LATEST_COPY = Duration.ofMillis(1);

    /** Opens the place where the sockets of a user are. */
    public interface Users {
        CaseSockets of(int uid) throws IOException;
    }

    private final Syscalls syscalls;
    private final Users users;
    private final CaseSockets own;
    private final Map<Integer, CaseSockets> others = new HashMap<>();
    private final NativeBuffer scratch;
    private final int ownUid;

    /** Where each open socket of the case is. */
    private final Map<Integer, CaseSockets> sockets = new HashMap<>();

    /** Which sockets are of TCP, duplicates aside. */
    private final BitSet streams = new BitSet();

    /** Of those of AF_UNIX, duplicates aside, what they are bound to. */
    private final Map<Integer, UnixAddress> names = new HashMap<>();

    /** Which numbers are those of processes that hold a duplicate. */
    private final BitSet held = new BitSet();

    private Ledger<Connection> ledger = new Ledger<>();
    private int latestConnection;
    private long latestDatagram = System.nanoTime();

    /**
     * A connection that a listener here accepted.
     *
     * @param number what {@code host} calls the accepted side
     * @param client its client, unless that is a socket of the case
     */
    private record Connection(int number, CaseSockets host, Optional<NativeSocket> client) {}

    /** Makes one; {@code users} opens the places of other users when they are first asked for. */
    public Runner(Syscalls syscalls, CaseSockets own, Users users) {
        this.syscalls = syscalls;
        this.own = own;
        this.users = users;
        this.scratch = syscalls.allocate(64);
        this.ownUid = syscalls.geteuid();
    }

    /**
     * Makes a runner.
     *
     * @param mode by which way this user's sockets are opened
     * @param asUser the command that, with a user's number behind it, starts {@link #serve} as that user
     * @throws NotPossibleException if this Java does not have the mode
     */
    public static Runner open(Mode mode, List<String> asUser) throws NotPossibleException {
        Syscalls syscalls = mode.binding().load();
        CaseSockets own = mode == Mode.JDK ? new JdkCaseSockets(syscalls) : new NativeCaseSockets(syscalls);
        return new Runner(syscalls, own, uid -> new OtherUserCaseSockets(asUser, uid));
    }

    /** Is the other user's process: becomes that user, and answers on stdout what comes on stdin. */
    public static void serve(int uid, BufferedReader in, Writer out) throws IOException {
        Syscalls syscalls = Binding.JNR.load();
        try (NativeCaseSockets sockets = new NativeCaseSockets(syscalls)) {
            new OtherUserCaseSockets.Serving(syscalls, sockets, become(syscalls, uid)).serve(in, out);
        }
    }

    /** Returns why that is not possible; root may lack what it takes, as in a container. */
    private static Optional<String> become(Syscalls syscalls, int uid) {
        int result = syscalls.seteuid(uid);
        if (result >= 0) {
            return Optional.empty();
        }
        Errno errno = Errno.of(syscalls, result);
        String why = errno.is(Const.EPERM)
                ? "that takes CAP_SETUID, which this root does not have (setpriv, docker run --cap-drop)"
                : errno.is(Const.EINVAL)
                        ? "this user namespace has no such user (/proc/self/uid_map, user_namespaces(7))"
                        : errno.message();
        return Optional.of(
                "binding as uid " + Integer.toUnsignedString(uid) + ": seteuid: " + errno.name() + ": " + why);
    }

    /** Runs a case; {@code onStep} hears of each step as it ends. */
    public void run(Case sequence, BiConsumer<Step, StepOutcome> onStep) throws IOException {
        try {
            Calls calls = new Calls();
            for (Step step : sequence.steps()) {
                StepOutcome ran;
                try {
                    ran = step.putTo(calls);
                } catch (NotPossibleException e) {
                    ran = StepOutcome.lacking(e.getMessage());
                } catch (IOException e) {
                    throw new IOException("'" + step + "': " + e.getMessage(), e);
                }
                onStep.accept(step, ran);
            }
        } finally {
            endCase();
        }
    }

    /** Makes the calls of a step. */
    private final class Calls implements Step.Verbs<StepOutcome, IOException> {
        @Override
        public StepOutcome open(Step.Open step) throws IOException {
            int number = ledger.open();
            OptionalInt port = ledger.port(step.to().port());
            if (port.isEmpty()) {
                return StepOutcome.noPort(step.to().port());
            }
            Sockaddr address = address(step.to(), port.getAsInt());
            CaseSockets host = host(step.uid());
            StepOutcome opened = host.open(number, step, address);
            if (opened.bind().filter(Outcome::ok).isPresent()) {
                holds(number, host, step.protocol());
                ledger.bound(number, address.withPort(opened.port().orElse(0)));
            }
            return opened;
        }

        private Sockaddr address(Step.Endpoint to, int port) throws IOException {
            return to.at(port, name -> Devices.index(syscalls, name))
                    .orElseThrow(() -> new NotPossibleException("there is no interface " + to.scope()));
        }

        @Override
        public StepOutcome unbound(Step.Unbound step) throws IOException {
            int number = ledger.open();
            CaseSockets host = host(step.socket().uid());
            StepOutcome opened = host.unbound(number, step.socket());
            if (opened.result().filter(Outcome::ok).isPresent()) {
                holds(number, host, step.socket().protocol());
                boolean ipv4 = step.socket().family() == Const.AF_INET;
                ledger.bound(number, ipv4 ? new Sockaddr.Inet(0, 0) : new Sockaddr.Inet6(0, 0, 0, 0, 0));
            }
            return opened;
        }

        @Override
        public StepOutcome unix(Step.Unix step) throws IOException {
            int number = ledger.open();
            CaseSockets host = host(step.uid());
            StepOutcome opened = host.unix(number, step);
            if (opened.bind().filter(Outcome::ok).isPresent()) {
                sockets.put(number, host);
                ledger.holds(number);
                names.put(number, new UnixAddress(step.name()));
            }
            return opened;
        }

        @Override
        public StepOutcome bind(int socket, Step.Endpoint to) throws IOException {
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            OptionalInt port = ledger.port(to.port());
            if (port.isEmpty()) {
                return StepOutcome.noPort(to.port());
            }
            Sockaddr address = address(to, port.getAsInt());
            Outcome outcome = host.bind(socket, address);
            int bound = outcome.ok() ? host.local(socket).port() : 0;
            if (outcome.ok()) {
                ledger.bound(socket, address.withPort(bound));
            }
            return StepOutcome.bound(Optional.of(outcome), Optional.empty(), bound);
        }

        @Override
        public StepOutcome listen(int socket) throws IOException {
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            Outcome outcome = host.listen(socket);
            if (!outcome.ok() || names.containsKey(ledger.original(socket))) {
                return StepOutcome.listened(Optional.of(outcome), 0);
            }
            Sockaddr local = host.local(socket);
            Sockaddr known = ledger.address(socket);
            // The scope that getsockname tells is the device of now, and the address may be a connect's that failed.
            ledger.bound(socket, local.host().equals(known.host()) ? known.withPort(local.port()) : local);
            return StepOutcome.listened(Optional.of(outcome), local.port());
        }

        @Override
        public StepOutcome close(int socket) throws IOException {
            CaseSockets host = sockets.remove(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            Outcome outcome = host.close(socket);
            List<Integer> others = ledger.closes(socket);
            if (others.isEmpty()) {
                ledger.socketEnds(socket);
            }
            return StepOutcome.closed(Optional.of(outcome), others);
        }

        @Override
        public StepOutcome shutdown(int socket) throws IOException {
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            Outcome outcome = host.shutdown(socket);
            if (outcome.ok()) {
                ledger.socketEnds(socket);
            }
            return StepOutcome.ended(outcome);
        }

        @Override
        public StepOutcome set(int socket, Setting<?> setting) throws IOException {
            CaseSockets host = sockets.get(socket);
            return host == null ? StepOutcome.notOpen(socket) : StepOutcome.ended(host.set(socket, setting));
        }

        @Override
        public StepOutcome read(int socket, SockOpt<?> option) throws IOException {
            CaseSockets host = sockets.get(socket);
            return host == null ? StepOutcome.notOpen(socket) : host.read(socket, option);
        }

        @Override
        public StepOutcome suppose(String fact) throws NotPossibleException {
            throw new NotPossibleException("this host is as it is; --no-run supposes another");
        }

        @Override
        public StepOutcome dup(int socket) throws IOException {
            int number = ledger.open();
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            Outcome outcome = host.dup(number, socket);
            if (outcome.ok()) {
                sockets.put(number, host);
                ledger.holds(number, socket);
            }
            return StepOutcome.ended(outcome);
        }

        @Override
        public StepOutcome fork(int socket) throws IOException {
            int number = ledger.open();
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            int pid = host.fork(number, socket);
            sockets.put(number, host);
            held.set(number);
            ledger.holds(number, socket);
            return StepOutcome.forked(pid);
        }

        @Override
        public StepOutcome connect(int socket) throws IOException {
            if (!sockets.containsKey(socket)) {
                return StepOutcome.notOpen(socket);
            }
            UnixAddress name = names.get(ledger.original(socket));
            Sockaddr destination = name == null ? SystemRules.destination(ledger.address(socket)) : null;
            Const family = name == null ? destination.family() : Const.AF_UNIX;
            NativeSocket client = NativeSocket.open(syscalls, family, Const.SOCK_STREAM);
            Optional<Connection> accepted = Optional.empty();
            try {
                client.set(SockOpts.SO_SNDTIMEO, CaseSockets.LONGEST_CONNECT);
                if (name == null) {
                    client.connect(destination);
                } else {
                    client.connect(name);
                }
                Accepting accepting = new Accepting(++latestConnection, socket);
                if (!accepting.ends("the connection to socket " + socket, name == null ? destination.port() : 0)) {
                    return StepOutcome.ended(Outcome.OK);
                }
                accepted = Optional.of(new Connection(accepting.connection, accepting.by, Optional.of(client)));
                ledger.connected(socket, accepted.get());
                return StepOutcome.accepted(ledger.holders(accepting.acceptor).get(0));
            } catch (ErrnoException e) {
                if (!e.call().equals("connect")) {
                    throw e;
                }
                return StepOutcome.ended(new Outcome(e.errno().name()));
            } finally {
                if (accepted.isEmpty()) {
                    client.close();
                }
            }
        }

        @Override
        public StepOutcome connect(int socket, Step.Endpoint to) throws IOException {
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            OptionalInt port = ledger.port(to.port());
            return port.isEmpty()
                    ? StepOutcome.noPort(to.port())
                    : connect(host, 0, address(to, port.getAsInt()), socket);
        }

        @Override
        public StepOutcome connect(int socket, Optional<Step.Endpoint> to, int client) throws IOException {
            CaseSockets host = sockets.get(client);
            if (host == null || !sockets.containsKey(socket)) {
                return StepOutcome.notOpen(sockets.containsKey(socket) ? client : socket);
            }
            if (to.isEmpty()) {
                Sockaddr own = host.local(client);
                return connect(host, socket, SystemRules.destination(ledger.address(socket), own), client);
            }
            OptionalInt port = ledger.port(to.get().port());
            return port.isEmpty()
                    ? StepOutcome.noPort(to.get().port())
                    : connect(host, socket, address(to.get(), port.getAsInt()), client);
        }

        /**
         * Connects a socket of the case.
         *
         * @param target the socket that it means, 0 for whoever is there
         */
        private StepOutcome connect(CaseSockets host, int target, Sockaddr to, int client) throws IOException {
            Outcome outcome = host.connect(client, to);
            boolean tcp = streams.get(ledger.original(client));
            boolean underWay = outcome.equals(Outcome.of(Const.EINPROGRESS));
            if (tcp && !outcome.ok() && !underWay) {
                // What getsockname says now need not be true: the port of a connection that failed stays in it.
                return StepOutcome.ended(outcome);
            }
            Sockaddr local = host.local(client);
            ledger.bound(client, local);
            if (!tcp || underWay || !listensHere(to.port()) || host.peer(client).equals(local)) {
                return StepOutcome.connected(Optional.of(outcome), Optional.of(local), 0);
            }
            Accepting accepting = new Accepting(++latestConnection, target);
            if (!accepting.ends("the connection of socket " + client, to.port())) {
                return StepOutcome.connected(Optional.of(outcome), Optional.of(local), 0);
            }
            Connection connection = new Connection(accepting.connection, accepting.by, Optional.empty());
            ledger.connected(target == 0 ? accepting.acceptor : target, connection, client);
            return StepOutcome.connected(
                    Optional.of(outcome),
                    Optional.of(local),
                    ledger.holders(accepting.acceptor).get(0));
        }

        @Override
        public StepOutcome send(int socket, Step.Endpoint to) throws IOException {
            CaseSockets host = sockets.get(socket);
            if (host == null) {
                return StepOutcome.notOpen(socket);
            }
            OptionalInt port = ledger.port(to.port());
            if (port.isEmpty()) {
                return StepOutcome.noPort(to.port());
            }
            long datagram = ++latestDatagram;
            Outcome outcome = host.send(socket, address(to, port.getAsInt()), datagram);
            Sockaddr local = host.local(socket);
            ledger.bound(socket, local);
            Optional<List<Integer>> receivers = outcome.ok() ? Optional.of(receivers(datagram)) : Optional.empty();
            return StepOutcome.sent(Optional.of(outcome), Optional.of(local), receivers);
        }

        /** A datagram that nobody has within this time is taken to have reached nobody. */
        private List<Integer> receivers(long datagram) throws IOException {
            SortedSet<Integer> all = new TreeSet<>();
            Patience.waits(SHORTEST, () -> received(datagram, all));
            // Those that get copies have them all at once, but for a moment.
            Patience.waits(LATEST_COPY, () -> {
                received(datagram, all);
                return all.isEmpty();
            });
            return List.copyOf(all);
        }

        private boolean received(long datagram, SortedSet<Integer> all) throws IOException {
            List<Integer> now = new ArrayList<>(own.received(datagram));
            for (CaseSockets other : others.values()) {
                now.addAll(other.received(datagram));
            }
            now.forEach(number -> all.add(ledger.holders(number).get(0)));
            return !all.isEmpty();
        }

        @Override
        public StepOutcome clientClose(int socket) throws IOException {
            Optional<Ledger.Held<Connection>> held = ledger.heldByClient(socket);
            if (held.isEmpty()) {
                return StepOutcome.noConnection(socket);
            }
            if (held.get().client() != 0) {
                return close(ledger.holders(held.get().client()).get(0));
            }
            Connection connection = held.get().connection();
            ledger.clientEnds(connection);
            connection.client.orElseThrow().close();
            return StepOutcome.ended(Outcome.OK);
        }

        @Override
        public StepOutcome serverClose(int socket) throws IOException {
            Optional<Ledger.Held<Connection>> latest = ledger.serverCloses(socket);
            if (latest.isEmpty()) {
                return StepOutcome.noConnection(socket);
            }
            Connection connection = latest.get().connection();
            boolean first = latest.get().clientHolds();
            try {
                connection.host.closeConnection(connection.number, first);
                if (first && connection.client.isPresent()) {
                    Farewell.follow(connection.client.get(), scratch);
                } else if (first) {
                    follow(latest.get().client());
                }
            } catch (IOException e) {
                if (connection.client.isPresent()) {
                    connection.client.get().close();
                }
                throw e;
            }
            return StepOutcome.ended(Outcome.OK);
        }

        /** Has a socket of the case end its connection after its peer. */
        private void follow(int client) throws IOException {
            OptionalInt here = descriptorHere(client);
            if (here.isEmpty()) {
                return;
            }
            int descriptor = here.getAsInt();
            sockets.remove(descriptor).follow(descriptor);
            ledger.closes(descriptor);
            ledger.socketEnds(client);
        }
    }

    /** Finds a descriptor of a socket that another process does not only hold. */
    private OptionalInt descriptorHere(int socket) {
        return ledger.holders(socket).stream()
                .mapToInt(Integer::intValue)
                .filter(number -> !held.get(number))
                .findFirst();
    }

    /** Tells whether a socket of the case has a port, so that a connection to it is to be accepted. */
    private boolean listensHere(int port) {
        return sockets.keySet().stream()
                .filter(number -> streams.get(ledger.original(number)))
                .map(ledger::address)
                .anyMatch(address -> address != null && address.port() == port);
    }

    /** Waits until any listener has accepted a connection. */
    private final class Accepting implements Patience.Condition {
        private final int connection;
        private final int likely;
        private CaseSockets by = own;
        private int acceptor;

        Accepting(int connection, int likely) {
            this.connection = connection;
            this.likely = likely;
        }

        /** Waits for it; returns false if it is in the queue of a listener that only another process has. */
        boolean ends(String what, int port) throws IOException {
            boolean elsewhere = sockets.keySet().stream()
                    .map(ledger::original)
                    .filter(number -> descriptorHere(number).isEmpty())
                    .map(ledger::address)
                    .anyMatch(address -> address != null && address.port() == port);
            if (elsewhere) {
                return Patience.waits(SHORTEST, this);
            }
            Patience.await(what, this);
            return true;
        }

        @Override
        public boolean holds() throws IOException {
            by = own;
            acceptor = own.accept(connection, likely);
            for (CaseSockets other : others.values()) {
                if (acceptor == 0) {
                    by = other;
                    acceptor = other.accept(connection, likely);
                }
            }
            return acceptor != 0;
        }
    }

    private void holds(int number, CaseSockets host, Protocol protocol) {
        streams.set(number, protocol == Protocol.TCP);
        sockets.put(number, host);
        ledger.holds(number);
    }

    private CaseSockets host(OptionalInt uid) throws IOException {
        if (uid.isEmpty() || uid.getAsInt() == ownUid) {
            return own;
        }
        CaseSockets host = others.get(uid.getAsInt());
        if (host == null) {
            host = users.of(uid.getAsInt());
            others.put(uid.getAsInt(), host);
        }
        return host;
    }

    private void endCase() throws IOException {
        own.reset();
        for (CaseSockets other : others.values()) {
            other.reset();
        }
        for (Connection connection : ledger.ofClients()) {
            Farewell.abort(connection.client.orElseThrow());
        }
        ledger = new Ledger<>();
        sockets.clear();
        held.clear();
        names.clear();
        latestConnection = 0;
    }

    /** Ends the processes of other users. */
    @Override
    public void close() throws IOException {
        own.close();
        for (CaseSockets other : others.values()) {
            other.close();
        }
    }
}
