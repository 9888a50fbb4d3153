package dev.reuseport.bind.run;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.SockOpts;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;

/**
 * Runs cases on the kernel. Each step ends with what the kernel said; all sockets are closed when a case ends, whatever
 * happened. One thread, one case at a time.
 */
public final class Runner implements Closeable {
    /** How long a client waits on Linux; connect then fails with EINPROGRESS. */
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(1);

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

    private final Map<Integer, CaseSockets> sockets = new HashMap<>();
    private final Map<Integer, Sockaddr> addresses = new HashMap<>();
    /** The connections to each socket that are not closed on its side, in the order in which they were made. */
    private final Map<Integer, List<Connection>> connections = new HashMap<>();

    private int latestConnection;
    private int opened;

    private static final class Connection {
        final int number;
        final CaseSockets host;
        final NativeSocket client;
        boolean clientOpen = true;

        Connection(int number, CaseSockets host, NativeSocket client) {
            this.number = number;
            this.host = host;
            this.client = client;
        }
    }

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
            for (Step step : sequence.steps()) {
                StepOutcome ran;
                try {
                    ran = run(step);
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

    private StepOutcome run(Step step) throws IOException {
        if (step instanceof Step.Open open) {
            return open(open);
        }
        Step.OnSocket act = (Step.OnSocket) step;
        int number = act.socket();
        if (act instanceof Step.ClientClose) {
            return clientClose(number);
        }
        if (act instanceof Step.ServerClose) {
            return serverClose(number);
        }
        CaseSockets host = sockets.get(number);
        if (host == null) {
            return StepOutcome.notOpen(number);
        }
        if (act instanceof Step.Listen) {
            Outcome outcome = host.listen(number);
            int port = outcome.ok() ? host.port(number) : 0;
            if (port != 0) {
                addresses.put(number, addresses.get(number).withPort(port));
            }
            return StepOutcome.listened(outcome, port);
        }
        if (act instanceof Step.Set set) {
            return StepOutcome.ended(host.set(number, set.setting()));
        }
        if (act instanceof Step.Shutdown) {
            return StepOutcome.ended(host.shutdown(number));
        }
        if (act instanceof Step.Connect) {
            return connect(number);
        }
        sockets.remove(number);
        return StepOutcome.ended(host.close(number));
    }

    private StepOutcome open(Step.Open step) throws IOException {
        int number = ++opened;
        int port;
        if (step.port() instanceof Step.Port.Of of) {
            if (!addresses.containsKey(of.socket())) {
                return StepOutcome.not("socket " + of.socket() + " got no port");
            }
            port = addresses.get(of.socket()).port();
        } else {
            port = ((Step.Port.Number) step.port()).number();
        }
        CaseSockets host = host(step.uid());
        CaseSockets.Opened result = host.open(number, step, port);
        if (result.bind().ok()) {
            sockets.put(number, host);
            addresses.put(number, step.at(result.port()));
        }
        return StepOutcome.opened(result.bind(), result.listen(), result.port(), result.refused());
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

    private StepOutcome connect(int number) throws IOException {
        Sockaddr destination = SystemRules.destination(addresses.get(number));
        NativeSocket client = NativeSocket.open(syscalls, destination.family(), Const.SOCK_STREAM);
        boolean connected = false;
        try {
            client.set(SockOpts.SO_SNDTIMEO, LONGEST_CONNECT);
            client.connect(destination);
            connected = true;
        } catch (ErrnoException e) {
            return StepOutcome.ended(new Outcome(e.errno().name()));
        } finally {
            if (!connected) {
                client.close();
            }
        }
        int connection = ++latestConnection;
        int[] acceptor = {0};
        CaseSockets[] acceptedBy = {own};
        IOException[] failure = {null};
        Farewell.await("the connection to socket " + number, () -> {
            try {
                acceptor[0] = own.accept(connection, number);
                for (CaseSockets other : others.values()) {
                    if (acceptor[0] == 0) {
                        acceptedBy[0] = other;
                        acceptor[0] = other.accept(connection, number);
                    }
                }
            } catch (IOException e) {
                failure[0] = e;
            }
            return acceptor[0] != 0 || failure[0] != null;
        });
        if (failure[0] != null) {
            client.close();
            throw failure[0];
        }
        connections
                .computeIfAbsent(number, target -> new ArrayList<>())
                .add(new Connection(connection, acceptedBy[0], client));
        return StepOutcome.accepted(acceptor[0]);
    }

    private StepOutcome clientClose(int number) throws IOException {
        List<Connection> open = connections.getOrDefault(number, List.of());
        for (int i = open.size() - 1; i >= 0; i--) {
            Connection connection = open.get(i);
            if (connection.clientOpen) {
                connection.clientOpen = false;
                connection.client.close();
                return StepOutcome.ended(Outcome.OK);
            }
        }
        return StepOutcome.noConnection(number);
    }

    private StepOutcome serverClose(int number) throws IOException {
        List<Connection> open = connections.getOrDefault(number, List.of());
        if (open.isEmpty()) {
            return StepOutcome.noConnection(number);
        }
        Connection latest = open.remove(open.size() - 1);
        try {
            latest.host.closeConnection(latest.number, latest.clientOpen);
            if (latest.clientOpen) {
                Farewell.follow(latest.client, scratch);
            }
        } catch (IOException e) {
            latest.client.close();
            throw e;
        }
        return StepOutcome.ended(Outcome.OK);
    }

    private void endCase() throws IOException {
        own.reset();
        for (CaseSockets other : others.values()) {
            other.reset();
        }
        for (List<Connection> open : connections.values()) {
            for (Connection connection : open) {
                if (connection.clientOpen) {
                    Farewell.abort(connection.client);
                }
            }
        }
        connections.clear();
        latestConnection = 0;
        sockets.clear();
        addresses.clear();
        opened = 0;
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
