package dev.reuseport.bind;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Random cases, on this kernel and by the rules, in networks that nothing else is in. */
public final class Agreement {
    /** How many share a namespace, before what they left in TIME_WAIT is thrown away with it. */
    private static final int CASES_IN_ONE_NETWORK = 1000;

    private Agreement() {}

    /** Draws cases until kernel and rules disagree, and returns how; empty if they never do. */
    public static Optional<String> firstDisagreement(SystemRules rules, long seed, int cases) {
        int done = 0;
        for (long network = 0; done < cases; network++) {
            int count = Math.min(CASES_IN_ONE_NETWORK, cases - done);
            long own = seed + network;
            Optional<String> found = PrivateNetwork.within(host -> {
                boolean plain = own % 2 == 0;
                Terrain terrain = plain ? Terrain.plain(host) : Terrain.furnished(new Random(own), host);
                return compare(rules, terrain, own, count);
            });
            if (found.isPresent()) {
                return found;
            }
            done += count;
        }
        return Optional.empty();
    }

    /** The scope that getsockname tells is that of the device of now. */
    private static String withoutScope(Sockaddr address) {
        return address.host() + " " + address.port();
    }

    private static Optional<String> compare(SystemRules rules, Terrain terrain, long seed, int count)
            throws IOException {
        Host host = ThisHost.observe(Proc.ofHost(), new JnrSyscalls());
        RandomCases cases = new RandomCases(seed, terrain);
        Arena arena = new Arena(rules, host);
        for (int i = 0; i < count; i++) {
            Case drawn = cases.next();
            Optional<String> disagreement = arena.disagreement(drawn);
            // What does not come again was somebody else's doing: a socket that another thread of the kernel still
            // held.
            if (disagreement.isPresent() && arena.disagreement(drawn).isPresent()) {
                Case smallest = RandomCases.shrink(
                        drawn, candidate -> arena.disagreement(candidate).isPresent());
                return Optional.of("kernel and rules disagree (seed " + seed + ", case " + i + "):\n"
                        + arena.disagreement(smallest).orElse("(not once more)") + "\nas drawn:\n"
                        + disagreement.get());
            }
        }
        return Optional.empty();
    }

    /** A runner, and the ports that its former cases left in TIME_WAIT: on those a case does not begin with nothing. */
    private static final class Arena {
        private final SystemRules rules;
        private final Host host;
        private final Runner runner;
        private final Set<Integer> used = new HashSet<>();

        Arena(SystemRules rules, Host host) {
            this.rules = rules;
            this.host = host;
            JnrSyscalls syscalls = new JnrSyscalls();
            this.runner = new Runner(
                    syscalls,
                    new NativeCaseSockets(syscalls),
                    uid -> PrivateNetwork.ofUser(new NativeCaseSockets(syscalls), uid));
        }

        /** Whether what connects comes from another address. */
        private static boolean otherAddress(Step step, StepOutcome predicted, StepOutcome ran) {
            return (step instanceof Step.Connect || step instanceof Step.ConnectFrom || step instanceof Step.Send)
                    && predicted.result().isPresent()
                    && !predicted
                            .local()
                            .map(Agreement::withoutScope)
                            .equals(ran.local().map(Agreement::withoutScope));
        }

        /** Runs and predicts a case; says how they differ. */
        Optional<String> disagreement(Case sequence) {
            while (true) {
                Predictor predictor = new Predictor(rules, host, 0);
                List<String> lines = new ArrayList<>();
                boolean[] differ = {false};
                boolean[] dirty = {false};
                try {
                    runner.run(sequence, (step, ran) -> {
                        Predicted predicted = predictor.step(step, Optional.of(ran));
                        boolean contradiction = predicted.ran().contradicts(ran)
                                || otherAddress(step, predicted.ran(), ran)
                                || predicted.ran().note().isPresent()
                                        != ran.note().isPresent();
                        differ[0] |= contradiction;
                        dirty[0] |= ran.port().isPresent()
                                && used.contains(ran.port().getAsInt());
                        lines.add("    " + step + "  # " + ran
                                + (contradiction
                                        ? " BUT " + predicted.ran() + " by the rules: " + predicted.reason()
                                        : ""));
                    });
                } catch (IOException e) {
                    return Optional.of(String.join("\n", lines) + "\n" + e);
                }
                boolean clean = !dirty[0];
                for (ModelSocket left : predictor.state().sockets()) {
                    if (left.phase() == Phase.TIME_WAIT) {
                        used.add(left.port());
                    }
                }
                if (clean) {
                    return differ[0] ? Optional.of(String.join("\n", lines)) : Optional.empty();
                }
            }
        }
    }
}
