package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Const;
import dev.reuseport.bind.rules.Host;
import dev.reuseport.bind.rules.KnownSystem;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.Predicted;
import dev.reuseport.bind.rules.Predictor;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random cases, on this kernel and by the rules: {@code -Dbind.cases=100000 -Dbind.seed=7} to ask for others. */
final class LinuxAgreementTest {
    private static final int CASES = Integer.getInteger("bind.cases", 15_000);
    private static final long SEED = Long.getLong("bind.seed", 20_261_124L);

    /** How many share a namespace, before what they left in TIME_WAIT is thrown away with it. */
    private static final int CASES_IN_ONE_NETWORK = 1000;

    @BeforeAll
    static void needsANetworkOfItsOwn() {
        PrivateNetwork.assumePossible();
    }

    @Test
    void rulesSayWhatThisKernelDoes() {
        Loopback.assumeSockets(Const.AF_INET6);
        int done = 0;
        for (long network = 0; done < CASES; network++) {
            int count = Math.min(CASES_IN_ONE_NETWORK, CASES - done);
            long seed = SEED + network;
            int agreed = PrivateNetwork.within(host -> compare(host, seed, count));
            assertEquals(count, agreed);
            done += count;
        }
    }

    private static int compare(Host host, long seed, int count) {
        RandomCases cases = new RandomCases(seed, host.devices().contains("v0") ? List.of("lo", "v0") : List.of("lo"));
        Arena arena = new Arena(host);
        for (int i = 0; i < count; i++) {
            Case drawn = cases.next();
            Optional<String> disagreement = arena.disagreement(drawn);
            if (disagreement.isPresent()) {
                Case smallest = RandomCases.shrink(
                        drawn, candidate -> arena.disagreement(candidate).isPresent());
                fail("kernel and rules disagree (seed " + seed + ", case " + i + "):\n"
                        + arena.disagreement(smallest).orElse("(not once more)") + "\nas drawn:\n"
                        + disagreement.get());
            }
        }
        return count;
    }

    /** A runner, and the ports that its former cases left in TIME_WAIT: on those a case does not begin with nothing. */
    private static final class Arena {
        private final Host host;
        private final Runner runner;
        private final Set<Integer> used = new HashSet<>();

        Arena(Host host) {
            this.host = host;
            JnrSyscalls syscalls = new JnrSyscalls();
            this.runner = new Runner(
                    syscalls,
                    new NativeCaseSockets(syscalls),
                    uid -> PrivateNetwork.ofUser(new NativeCaseSockets(syscalls), uid));
        }

        /** Runs and predicts a case; says how they differ. */
        Optional<String> disagreement(Case sequence) {
            while (true) {
                Predictor predictor = new Predictor(KnownSystem.LINUX.rules(), host, 0);
                List<String> lines = new ArrayList<>();
                boolean[] differ = {false};
                boolean[] dirty = {false};
                try {
                    runner.run(sequence, (step, ran) -> {
                        Predicted predicted = predictor.step(step, Optional.of(ran));
                        boolean contradiction = predicted.ran().contradicts(ran)
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
