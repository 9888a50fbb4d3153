package dev.reuseport.bind.predict;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Fact;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.rules.Arrival;
import dev.reuseport.bind.rules.BindState;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.rules.Verdict;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Ledger;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Follows a case by the rules of one system, step by step. Where a kernel ran the step too, what only it can choose is
 * taken from there: the port for 0, and who of several listeners gets a connection.
 */
public final class Predictor {
    private final SystemRules rules;
    private final int ownUid;

    /** Ports that some socket has or had, counted from the first that can be chosen. */
    private BitSet taken = new BitSet();

    /** Connections are numbered from -1 downwards. */
    private final Ledger<Integer> ledger = new Ledger<>();

    /** Which numbers are those of processes that hold a duplicate. */
    private final BitSet elsewhere = new BitSet();

    /** By their listeners. */
    private final Map<Integer, List<Queued>> queued = new HashMap<>();

    private final UnixNames names;
    private int connected;
    private BindState state;

    /** Of sockets that found no port to choose, and why: looking through all ports once is enough, until one is left. */
    private final Map<List<Object>, Verdict> withoutPort = new HashMap<>();

    private PortRange range;
    private int nextPort;

    /**
     * Begins a case.
     *
     * @param uid the effective user of steps that name none
     */
    public Predictor(SystemRules rules, Host host, int uid) {
        this.rules = rules;
        this.ownUid = uid;
        this.state = BindState.empty(host);
        this.names = new UnixNames(rules, uid);
        this.range = rules.localPorts(host);
        this.nextPort = range.lower();
    }

    /** Predicts a whole case that nobody runs. */
    public static List<Predicted> predict(SystemRules rules, Host host, int uid, Case sequence) {
        Predictor predictor = new Predictor(rules, host, uid);
        return sequence.steps().stream()
                .map(step -> predictor.step(step, Optional.empty()))
                .toList();
    }

    /** Returns the state after the steps so far. */
    public BindState state() {
        return state;
    }

    /**
     * Predicts the next step.
     *
     * @param ran what a kernel made of it
     */
    public Predicted step(Step step, Optional<StepOutcome> ran) {
        return step.putTo(new Prediction(ran));
    }

    /**
     * A socket with the options of its step.
     *
     * @param refusal of the option that was refused
     */
    private record Prepared(ModelSocket socket, Optional<Verdict> refusal) {}

    /** Predicts one step. */
    private final class Prediction implements Step.Verbs<Predicted, RuntimeException> {
        private final Optional<StepOutcome> ran;

        Prediction(Optional<StepOutcome> ran) {
            this.ran = ran;
        }

        @Override
        public Predicted open(Step.Open step) {
            int number = ledger.open();
            Optional<Predicted> nowhere = nowhere(step.to());
            if (nowhere.isPresent()) {
                return nowhere.get();
            }
            Prepared prepared = prepared(number, step.socket());
            if (prepared.refusal.isPresent()) {
                Verdict verdict = prepared.refusal.get();
                return Predicted.of(StepOutcome.bound(verdict.outcome(), Optional.empty(), 0), verdict);
            }
            Verdict bind = bound(prepared.socket, address(step.to()), ran);
            state = bind.after();
            if (!bind.ok()) {
                return Predicted.of(StepOutcome.bound(bind.outcome(), Optional.empty(), 0), bind);
            }
            ledger.holds(number);
            int bound = remember(number).port();
            if (bound != 0 && ran.isPresent() && ran.get().port().orElse(bound) != bound) {
                return not(StepOutcome.not(
                        "by the rules it is not port " + ran.get().port().getAsInt()));
            }
            if (!step.listen()) {
                return Predicted.of(StepOutcome.bound(bind.outcome(), Optional.empty(), bound), bind);
            }
            Verdict listen = rules.listen(state, number, bound == 0 ? chosen(ran) : 0);
            state = listen.after();
            bound = listen.ok() ? remember(number).port() : bound;
            boolean told = listen.ok() && listen.inTheWay().isEmpty() && bind.rule() != DecidingRule.PORT_FREE;
            return Predicted.of(StepOutcome.bound(bind.outcome(), listen.outcome(), bound), told ? bind : listen);
        }

        /** What stands in the way of a step's address; empty if it has come to one. */
        private Optional<Predicted> nowhere(Step.Endpoint to) {
            OptionalInt port = ledger.port(to.port());
            if (port.isEmpty()) {
                return Optional.of(not(StepOutcome.noPort(to.port())));
            }
            return to.at(port.getAsInt(), state.host()::index).isPresent()
                    ? Optional.empty()
                    : Optional.of(not(StepOutcome.lacking("there is no interface " + to.scope())));
        }

        private Sockaddr address(Step.Endpoint to) {
            return to.at(ledger.port(to.port()).orElseThrow(), state.host()::index)
                    .orElseThrow();
        }

        private Prepared prepared(int number, Step.Socket asked) {
            boolean v6only = asked.family() == Const.AF_INET6 && rules.startsV6only(state.host());
            ModelSocket socket = ModelSocket.unbound(
                    number,
                    asked.protocol(),
                    asked.family(),
                    Flags.NONE.withV6only(v6only),
                    asked.uid().orElse(ownUid));
            for (Setting<?> setting : asked.settings()) {
                boolean refused = ran.flatMap(StepOutcome::refused)
                        .filter(setting.option()::equals)
                        .isPresent();
                Verdict verdict = rules.prepare(state, socket, setting, ran.isPresent() && !refused || there());
                if (!verdict.ok() && (verdict.rule() != DecidingRule.NOT_LOOKED_AT || refused)) {
                    return new Prepared(socket, Optional.of(verdict));
                }
                socket = socket.withFlags(socket.flags().with(setting, state.host()));
            }
            return new Prepared(socket, Optional.empty());
        }

        @Override
        public Predicted unbound(Step.Unbound step) {
            int number = ledger.open();
            Prepared prepared = prepared(number, step.socket());
            if (prepared.refusal.isPresent()) {
                return ended(prepared.refusal.get());
            }
            ledger.holds(number);
            Verdict opened = after(rules.open(state, prepared.socket));
            remember(number);
            return ended(opened);
        }

        @Override
        public Predicted unix(Step.Unix step) {
            int number = ledger.open();
            for (Setting<?> setting : step.settings()) {
                Optional<Verdict> refusal = names.refuse(state, setting.option());
                boolean refused = ran.flatMap(StepOutcome::refused)
                        .filter(setting.option()::equals)
                        .isPresent();
                if (refusal.isPresent() && (refusal.get().rule() != DecidingRule.NOT_LOOKED_AT || refused)) {
                    return Predicted.of(StepOutcome.bound(refusal.get().outcome(), Optional.empty(), 0), refusal.get());
                }
            }
            Verdict bind = names.bind(state, number, step, ran);
            if (!bind.ok()) {
                return Predicted.of(StepOutcome.bound(bind.outcome(), Optional.empty(), 0), bind);
            }
            ledger.holds(number);
            Optional<Verdict> listen = step.listen() ? Optional.of(names.listen(state, number)) : Optional.empty();
            return Predicted.of(
                    StepOutcome.bound(bind.outcome(), listen.flatMap(Verdict::outcome), 0),
                    listen.filter(verdict -> !verdict.ok()).orElse(bind));
        }

        private boolean unix(int socket) {
            return names.has(ledger.original(socket));
        }

        @Override
        public Predicted bind(int socket, Step.Endpoint to) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            Optional<Predicted> nowhere = nowhere(to);
            if (nowhere.isPresent()) {
                return nowhere.get();
            }
            Verdict verdict = after(bound(known(socket), address(to), ran));
            int port = verdict.ok() ? remember(socket).port() : 0;
            return Predicted.of(StepOutcome.bound(verdict.outcome(), Optional.empty(), port), verdict);
        }

        @Override
        public Predicted listen(int socket) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            if (unix(socket)) {
                Verdict verdict = names.listen(state, ledger.original(socket));
                return Predicted.of(StepOutcome.listened(verdict.outcome(), 0), verdict);
            }
            Verdict verdict = after(rules.listen(state, ledger.original(socket), chosen(ran)));
            return Predicted.of(
                    StepOutcome.listened(
                            verdict.outcome(), verdict.ok() ? remember(socket).port() : 0),
                    verdict);
        }

        @Override
        public Predicted close(int socket) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            List<Integer> others = ledger.closes(socket);
            if (unix(socket)) {
                if (others.isEmpty()) {
                    names.close(ledger.original(socket));
                }
                return Predicted.of(
                        StepOutcome.closed(Optional.of(Outcome.OK), others),
                        Verdict.ok(DecidingRule.ALLOWED, "a socket can always be closed", state));
            }
            if (others.isEmpty()) {
                ledger.socketEnds(socket);
            }
            Verdict verdict = after(rules.close(state, ledger.original(socket), others));
            if (others.isEmpty()) {
                List<Queued> lost = queued.getOrDefault(ledger.original(socket), List.of());
                lost.forEach(each -> state = rules.reset(state, each.connection, each.client));
            }
            return Predicted.of(StepOutcome.closed(verdict.outcome(), others), verdict);
        }

        @Override
        public Predicted shutdown(int socket) {
            return closed(socket) ? not(StepOutcome.notOpen(socket)) : shut(socket);
        }

        /** Whether the kernel has the option of this step: it says otherwise of one that it lacks. */
        private boolean there() {
            return ran.isPresent() && !ran.get().overall().equals(Optional.of(Outcome.of(Const.ENOPROTOOPT)));
        }

        @Override
        public Predicted set(int socket, Setting<?> setting) {
            if (!closed(socket) && unix(socket)) {
                return ended(names.refuse(state, setting.option())
                        .orElseGet(() -> Verdict.ok(DecidingRule.ALLOWED, "no bind of AF_UNIX looks at it", state)));
            }
            return closed(socket)
                    ? not(StepOutcome.notOpen(socket))
                    : ended(rules.set(state, ledger.original(socket), setting, there()));
        }

        @Override
        public Predicted read(int socket, SockOpt<?> option) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            if (unix(socket)) {
                return ended(names.read(state, option));
            }
            Verdict verdict = rules.read(state, ledger.original(socket), option, there());
            return verdict.ok()
                    ? Predicted.of(StepOutcome.read(known(socket).flags().text(option, state.host())), verdict)
                    : ended(verdict);
        }

        @Override
        public Predicted suppose(String fact) {
            state = state.on(Fact.with(state.host(), fact));
            chooseFrom(rules.localPorts(state.host()));
            return ended(Verdict.ok(DecidingRule.ALLOWED, "supposed of the host from here on", state));
        }

        @Override
        public Predicted dup(int socket) {
            int number = ledger.open();
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            ledger.holds(number, socket);
            return ended(Verdict.ok(
                    DecidingRule.ALLOWED, "a second descriptor of the same socket, which has one port", state));
        }

        @Override
        public Predicted fork(int socket) {
            int number = ledger.open();
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            ledger.holds(number, socket);
            elsewhere.set(number);
            return ended(Verdict.ok(
                    DecidingRule.STILL_HELD,
                    "the port is free when both processes have closed the socket, or have ended",
                    state));
        }

        private Predicted shut(int socket) {
            if (unix(socket)) {
                return ended(names.shutdown(state, ledger.original(socket)));
            }
            int spare = -1 - connected;
            Verdict verdict = after(rules.shutdown(state, ledger.original(socket), spare));
            connected += state.socket(spare).isPresent() ? 1 : 0;
            if (verdict.ok()) {
                ledger.socketEnds(socket);
            }
            return ended(verdict);
        }

        /** Who accepted a connection, as far as that is known: nobody looked, or it was the one that was meant. */
        private int acceptor(int meant) {
            int seen =
                    ran.map(StepOutcome::acceptor).orElse(OptionalInt.empty()).orElse(ran.isPresent() ? 0 : meant);
            return ledger.original(seen);
        }

        @Override
        public Predicted connect(int socket) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            int connection = -1 - connected;
            if (unix(socket)) {
                Verdict verdict = names.connect(state, ledger.original(socket));
                if (!verdict.ok()) {
                    return ended(verdict);
                }
                connected++;
                ledger.connected(socket, connection);
                return Predicted.of(StepOutcome.accepted(descriptor(ledger.original(socket))), verdict);
            }
            Verdict verdict = after(rules.connect(state, ledger.address(socket), acceptor(socket), connection));
            Optional<ModelSocket> accepted = state.socket(connection);
            if (accepted.isEmpty()) {
                return ended(verdict);
            }
            connected++;
            noted(socket, accepted.get(), 0);
            return Predicted.of(StepOutcome.accepted(descriptor(accepted.get().acceptor())), verdict);
        }

        @Override
        public Predicted connect(int socket, Step.Endpoint to) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            return nowhere(to).orElseGet(() -> connected(0, address(to), socket));
        }

        @Override
        public Predicted connect(int socket, Optional<Step.Endpoint> to, int client) {
            if (closed(socket) || closed(client)) {
                return not(StepOutcome.notOpen(closed(socket) ? socket : client));
            }
            Optional<Predicted> nowhere = to.flatMap(this::nowhere);
            return nowhere.orElseGet(() -> connected(
                    socket,
                    to.map(this::address)
                            .orElseGet(() -> SystemRules.destination(
                                    ledger.address(socket), known(client).address())),
                    client));
        }

        /**
         * Connects a socket of the case.
         *
         * @param target the socket that it means, 0 for whoever is there
         */
        private Predicted connected(int target, Sockaddr to, int client) {
            int connection = -1 - connected;
            int number = ledger.original(client);
            Verdict verdict =
                    rules.connect(state, number, to, new Arrival.Seen(chosen(ran), acceptor(target), connection));
            if (verdict.outcome().isEmpty() && ran.flatMap(StepOutcome::result).isPresent()) {
                verdict = verdict.in(rules.asSeen(
                        verdict.after(),
                        number,
                        to,
                        ran.get().result().get(),
                        ran.get().local()));
            }
            after(verdict);
            boolean seen = verdict.outcome().isEmpty()
                    && ran.flatMap(StepOutcome::local).isPresent();
            boolean known = known(client).protocol() == Protocol.UDP || verdict.ok() || seen;
            Optional<Sockaddr> local = known ? Optional.of(remember(client)) : Optional.empty();
            Optional<ModelSocket> accepted = state.socket(connection);
            connected += accepted.isPresent() ? 1 : 0;
            if (accepted.isEmpty() || !verdict.ok()) {
                return Predicted.of(StepOutcome.connected(verdict.outcome(), local, 0), verdict);
            }
            int acceptor = accepted.get().acceptor();
            noted(target == 0 ? acceptor : target, accepted.get(), client);
            return Predicted.of(StepOutcome.connected(verdict.outcome(), local, descriptor(acceptor)), verdict);
        }

        @Override
        public Predicted send(int socket, Step.Endpoint to) {
            if (closed(socket)) {
                return not(StepOutcome.notOpen(socket));
            }
            Optional<Predicted> nowhere = nowhere(to);
            if (nowhere.isPresent()) {
                return nowhere.get();
            }
            int number = ledger.original(socket);
            Sockaddr there = address(to);
            SystemRules.Sent sent = rules.send(state, number, there, new Arrival.Seen(chosen(ran), 0, 0));
            Verdict verdict = sent.verdict();
            if (verdict.outcome().isEmpty() && ran.isPresent()) {
                verdict = verdict.in(
                        rules.asSeen(verdict.after(), number, ran.get().local()));
            }
            after(verdict);
            return Predicted.of(
                    StepOutcome.sent(verdict.outcome(), Optional.of(remember(socket)), receivers(sent)), verdict);
        }

        /** Whom the kernel chose, if the rules leave it the choice. */
        private Optional<List<Integer>> receivers(SystemRules.Sent sent) {
            Optional<List<Integer>> all = sent.receivers()
                    .map(sockets -> sockets.stream()
                            .map(each -> descriptor(each.number()))
                            .sorted()
                            .toList());
            if (sent.copies() || all.isEmpty() || all.get().isEmpty()) {
                return all;
            }
            Optional<List<Integer>> seen = ran.flatMap(StepOutcome::receivers);
            return seen.isPresent() && seen.get().size() == 1 && all.get().containsAll(seen.get())
                    ? seen
                    : sent.receivers()
                            .map(sockets -> List.of(descriptor(sockets.get(0).number())));
        }

        @Override
        public Predicted clientClose(int socket) {
            Optional<Ledger.Held<Integer>> held = ledger.heldByClient(socket);
            if (held.isEmpty()) {
                return not(StepOutcome.noConnection(socket));
            }
            if (held.get().client() != 0) {
                return close(descriptor(held.get().client()));
            }
            ledger.clientEnds(held.get().connection());
            return ended(Verdict.ok(DecidingRule.ALLOWED, "the socket's side of the connection is still there", state));
        }

        @Override
        public Predicted serverClose(int socket) {
            Optional<Ledger.Held<Integer>> held = ledger.serverCloses(socket);
            if (held.isPresent() && state.socket(held.get().connection()).isEmpty()) {
                return ended(Verdict.ok(DecidingRule.ALLOWED, "nothing is left of a connection of AF_UNIX", state));
            }
            return held.isEmpty()
                    ? not(StepOutcome.noConnection(socket))
                    : ended(
                            held.get().client() == 0
                                    ? rules.closeConnection(
                                            state,
                                            held.get().connection(),
                                            held.get().clientHolds())
                                    : serverClose(held.get()));
        }

        private Verdict serverClose(Ledger.Held<Integer> held) {
            int client = held.client();
            int spare = -1 - connected;
            List<Integer> descriptors = ledger.holders(client);
            SystemRules.Client how;
            if (!held.clientHolds()) {
                how = descriptors.isEmpty() ? SystemRules.Client.GONE : SystemRules.Client.ENDED_AND_STAYS;
            } else {
                OptionalInt here = descriptors.stream()
                        .mapToInt(Integer::intValue)
                        .filter(number -> !elsewhere.get(number))
                        .findFirst();
                how = follows(here);
                if (here.isPresent()) {
                    ledger.socketEnds(client);
                }
            }
            Verdict verdict = rules.closeConnection(state, held.connection(), client, how, spare);
            connected += verdict.after().socket(spare).isPresent() ? 1 : 0;
            return verdict;
        }
    }

    private SystemRules.Client follows(OptionalInt descriptor) {
        if (descriptor.isEmpty()) {
            return SystemRules.Client.STAYS;
        }
        return ledger.closes(descriptor.getAsInt()).isEmpty()
                ? SystemRules.Client.FOLLOWS
                : SystemRules.Client.FOLLOWS_AND_STAYS;
    }

    /** Notes a connection, be it in the queue of a listener that is not here to accept it, but in another process alone. */
    private void noted(int target, ModelSocket connection, int client) {
        int listener = connection.acceptor();
        if (ledger.holders(listener).stream().anyMatch(number -> !elsewhere.get(number))) {
            ledger.connected(target, connection.number(), client);
        } else {
            queued.computeIfAbsent(listener, none -> new ArrayList<>())
                    .add(new Queued(connection.number(), ledger.original(client)));
        }
    }

    /** A connection that nobody accepts, and its client. */
    private record Queued(int connection, int client) {}

    /** The descriptor by which a socket goes: the first that is open. */
    private int descriptor(int socket) {
        return ledger.holders(socket).get(0);
    }

    private boolean closed(int socket) {
        return !ledger.isOpen(socket);
    }

    /** The socket that a descriptor is of. */
    private ModelSocket known(int descriptor) {
        return state.socket(ledger.original(descriptor)).orElseThrow();
    }

    private Verdict after(Verdict verdict) {
        state = verdict.after();
        withoutPort.clear();
        return verdict;
    }

    private Predicted ended(Verdict verdict) {
        return Predicted.of(StepOutcome.ended(verdict.outcome()), after(verdict));
    }

    private Verdict bound(ModelSocket socket, Sockaddr to, Optional<StepOutcome> ran) {
        if (to.port() != 0 || state.socket(socket.number()).isPresent()) {
            return rules.bind(state, socket, to, to.port() == 0 ? chosen(ran) : 0);
        }
        List<Object> kind =
                List.of(socket.protocol(), socket.address(), socket.phase(), to, socket.flags(), socket.uid());
        Verdict known = withoutPort.get(kind);
        if (known != null) {
            return known.in(state);
        }
        Verdict verdict = rules.bind(state, socket, to, chosen(ran));
        if (verdict.rule() == DecidingRule.PORTS_USED_UP) {
            withoutPort.put(kind, verdict);
        }
        return verdict;
    }

    /** A port that no socket had yet, as long as there is one. */
    private int chosen(Optional<StepOutcome> ran) {
        if (ran.isPresent() && ran.get().port().isPresent()) {
            return ran.get().port().getAsInt();
        }
        int port = free(nextPort);
        if (port > range.upper()) {
            port = free(range.lower());
        }
        if (port > range.upper()) {
            port = nextPort;
        }
        nextPort = port == range.upper() ? range.lower() : port + 1;
        return port;
    }

    private int free(int from) {
        return range.lower() + taken.nextClearBit(from - range.lower());
    }

    /** Ports below the first come behind the last. */
    private int place(int port) {
        return (char) (port - range.lower());
    }

    private void chooseFrom(PortRange other) {
        int lower = range.lower();
        IntStream ports = taken.stream().map(place -> (char) (place + lower));
        range = other;
        BitSet places = new BitSet();
        ports.forEach(port -> places.set(place(port)));
        taken = places;
        nextPort = range.has(nextPort) ? nextPort : range.lower();
    }

    /** Returns the address that a socket has now, with port 0 for none. */
    private Sockaddr remember(int number) {
        Sockaddr address = known(number).address();
        ledger.bound(number, address);
        if (address.port() != 0) {
            taken.set(place(address.port()));
        }
        return address;
    }

    private Predicted not(StepOutcome outcome) {
        return Predicted.of(outcome, Verdict.unknown(DecidingRule.UNKNOWN, outcome.toString(), state));
    }
}
