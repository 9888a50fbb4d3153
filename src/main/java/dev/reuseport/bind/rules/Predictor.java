package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.Setting;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Follows a case by the rules of one system, step by step. Where a kernel ran the step too, what only it can choose is
 * taken from there: the port for 0, and who of several listeners gets a connection.
 */
public final class Predictor {
    private static final int FIRST_CHOSEN_PORT = 49152;
    private static final int LAST_PORT = 0xffff;

    private final SystemRules rules;
    private final int ownUid;
    private final Map<Integer, Integer> ports = new HashMap<>();
    private final BitSet taken = new BitSet();
    private final Set<Integer> clientClosed = new HashSet<>();

    /** The connections to each socket that are not closed on its side. They are numbered from -1 downwards. */
    private final Map<Integer, List<Integer>> connections = new HashMap<>();

    private int connected;

    private BindState state;
    private int opened;
    private int nextPort = FIRST_CHOSEN_PORT;

    /**
     * Begins a case.
     *
     * @param uid the effective user of steps that name none
     */
    public Predictor(SystemRules rules, Host host, int uid) {
        this.rules = rules;
        this.ownUid = uid;
        this.state = BindState.empty(host);
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
        if (step instanceof Step.Open open) {
            return open(open, ran);
        }
        int number = ((Step.OnSocket) step).socket();
        if (step instanceof Step.ClientClose) {
            return clientClose(number);
        }
        if (step instanceof Step.ServerClose) {
            return serverClose(number);
        }
        if (state.socket(number).isEmpty()) {
            return not(StepOutcome.notOpen(number));
        }
        if (step instanceof Step.Listen) {
            Verdict verdict = decide(new Act.Listen(number, chosen(ran)));
            return Predicted.of(
                    StepOutcome.of(Optional.empty(), verdict.outcome(), Optional.empty(), remember(number)), verdict);
        }
        if (step instanceof Step.Set set) {
            return ended(decide(new Act.Set(number, set.setting())));
        }
        if (step instanceof Step.Shutdown) {
            return ended(decide(new Act.Shutdown(number)));
        }
        if (step instanceof Step.Connect) {
            return connect(number, ran);
        }
        return ended(decide(new Act.Close(number)));
    }

    private Predicted open(Step.Open step, Optional<StepOutcome> ran) {
        int number = ++opened;
        int port;
        if (step.port() instanceof Step.Port.Of of) {
            if (!ports.containsKey(of.socket())) {
                return not(StepOutcome.not("socket " + of.socket() + " got no port"));
            }
            port = ports.get(of.socket());
        } else {
            port = ((Step.Port.Number) step.port()).number();
        }
        Sockaddr address = step.at(port);
        boolean ipv6 = address instanceof Sockaddr.Inet6;
        ModelSocket newcomer = ModelSocket.newcomer(
                number,
                step.protocol(),
                address,
                Flags.NONE.withV6only(ipv6 && rules.startsV6only()),
                step.uid().orElse(ownUid));
        for (Setting<?> setting : step.settings()) {
            Verdict verdict = rules.decide(state, new Act.Prepare(newcomer, setting));
            boolean refused = ran.flatMap(StepOutcome::refused)
                    .filter(setting.option()::equals)
                    .isPresent();
            if (!verdict.ok() && (verdict.rule() != DecidingRule.NOT_LOOKED_AT || refused)) {
                return Predicted.of(StepOutcome.bound(verdict.outcome(), Optional.empty(), 0), verdict);
            }
            newcomer = newcomer.withFlags(newcomer.flags().with(setting));
        }
        int chosen = chosen(ran);
        if (newcomer.portChosen() && chosen > LAST_PORT) {
            return not(StepOutcome.not("every port was given to an earlier socket"));
        }
        Verdict bind = decide(new Act.Bind(newcomer, chosen));
        if (!bind.ok()) {
            return Predicted.of(StepOutcome.bound(bind.outcome(), Optional.empty(), 0), bind);
        }
        int bound = remember(number).orElse(0);
        if (!step.listen()) {
            return Predicted.of(StepOutcome.bound(bind.outcome(), Optional.empty(), bound), bind);
        }
        Verdict listen = decide(new Act.Listen(number, 0));
        boolean told = listen.ok() && listen.inTheWay().isEmpty() && bind.rule() != DecidingRule.PORT_FREE;
        return Predicted.of(StepOutcome.bound(bind.outcome(), listen.outcome(), bound), told ? bind : listen);
    }

    private Verdict decide(Act act) {
        Verdict verdict = rules.decide(state, act);
        state = verdict.after();
        return verdict;
    }

    private int chosen(Optional<StepOutcome> ran) {
        if (ran.isPresent() && ran.get().port().isPresent()) {
            return ran.get().port().getAsInt();
        }
        nextPort = taken.nextClearBit(nextPort);
        if (nextPort > LAST_PORT) {
            nextPort = taken.nextClearBit(state.host().unprivilegedPorts());
        }
        return nextPort;
    }

    private OptionalInt remember(int number) {
        int port = state.socket(number).map(ModelSocket::port).orElse(0);
        if (port == 0) {
            return OptionalInt.empty();
        }
        ports.put(number, port);
        taken.set(port);
        return OptionalInt.of(port);
    }

    private Predicted connect(int number, Optional<StepOutcome> ran) {
        Sockaddr address = state.socket(number).orElseThrow().address().withPort(ports.get(number));
        int acceptor =
                ran.map(StepOutcome::acceptor).orElse(OptionalInt.empty()).orElse(ran.isPresent() ? 0 : number);
        int connection = -1 - connected;
        Verdict verdict = decide(new Act.Connect(address, acceptor, connection));
        if (state.socket(connection).isEmpty()) {
            return ended(verdict);
        }
        connected++;
        connections.computeIfAbsent(number, target -> new ArrayList<>()).add(connection);
        ModelSocket accepted = state.socket(connection).orElseThrow();
        return Predicted.of(StepOutcome.accepted(accepted.acceptor()), verdict);
    }

    private Predicted clientClose(int number) {
        List<Integer> open = connections.getOrDefault(number, List.of());
        for (int i = open.size() - 1; i >= 0; i--) {
            if (clientClosed.add(open.get(i))) {
                return Predicted.of(
                        StepOutcome.ended(Outcome.OK),
                        Verdict.ok(DecidingRule.ALLOWED, "the socket's side of the connection is still there", state));
            }
        }
        return not(StepOutcome.noConnection(number));
    }

    private Predicted serverClose(int number) {
        List<Integer> open = connections.getOrDefault(number, List.of());
        if (open.isEmpty()) {
            return not(StepOutcome.noConnection(number));
        }
        int latest = open.remove(open.size() - 1);
        return ended(decide(new Act.CloseConnection(latest, !clientClosed.contains(latest))));
    }

    private static Predicted ended(Verdict verdict) {
        return Predicted.of(
                StepOutcome.of(Optional.empty(), Optional.empty(), verdict.outcome(), OptionalInt.empty()), verdict);
    }

    private Predicted not(StepOutcome outcome) {
        return Predicted.of(outcome, Verdict.unknown(DecidingRule.UNKNOWN, outcome.toString(), state));
    }
}
