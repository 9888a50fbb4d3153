package dev.reuseport.bind;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.run.RunnerTest;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Step;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast cases are predicted, and what running one costs beside its bare calls. Not a test: a figure of time is worth
 * something only on a quiet machine. {@link RunnerTest} holds the ratio.
 *
 * <p>{@code java -cp ... dev.reuseport.bind.BindSpeed} in {@code unshare -n}, with {@code lo} up.
 */
public final class BindSpeed {
    private static final int CASES = 300;
    private static final int ROUNDS = 20;

    /** A JVM that is busy with other tests compiles late; the best rounds come after that. */
    private static final int MOST_ROUNDS = 200;

    private static final double ENOUGH = 1.4;

    /** What a runner and the bare calls took for the same cases, in nanoseconds, the best of interleaved rounds. */
    public record Cost(long runner, long bare) {
        public double ratio() {
            return (double) runner / bare;
        }
    }

    private BindSpeed() {}

    /** Prints both figures. */
    public static void main(String[] arguments) throws IOException {
        List<Case> cases = drawn(200);
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 1000; round++) {
            long began = System.nanoTime();
            for (Case one : cases) {
                Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, one);
            }
            best = Math.min(best, System.nanoTime() - began);
        }
        System.out.printf("predicted: %.0f cases a second%n", cases.size() * 1e9 / best);
        Cost cost = cost();
        System.out.printf(
                "on the kernel: %.1f us a case, its bare calls %.1f us, ratio %.2f%n",
                cost.runner() / 1e3 / CASES, cost.bare() / 1e3 / CASES, cost.ratio());
    }

    private static List<Case> drawn(int count) {
        RandomCases random = new RandomCases(3, Terrain.plain());
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            cases.add(random.next());
        }
        return cases;
    }

    /** Measures a case of three listeners, two of which share a port, and one bind that fails. */
    public static Cost cost() throws IOException {
        Case sequence = RandomCases.read(List.of(
                "tcp 127.0.0.1:0 SO_REUSEADDR SO_REUSEPORT listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT listen",
                "tcp 127.0.0.2:@1 listen",
                "tcp 127.0.0.1:@1"));
        Syscalls syscalls = new JnrSyscalls();
        long runnerBest = Long.MAX_VALUE;
        long bareBest = Long.MAX_VALUE;
        try (Runner runner = new Runner(syscalls, new NativeCaseSockets(syscalls), uid -> {
            throw new IOException("no other users");
        })) {
            Bare bare = new Bare(syscalls, sequence);
            for (int round = 0; round < ROUNDS || (round < MOST_ROUNDS && runnerBest > ENOUGH * bareBest); round++) {
                long began = System.nanoTime();
                for (int i = 0; i < CASES; i++) {
                    runner.run(sequence, (step, ran) -> {});
                }
                long between = System.nanoTime();
                for (int i = 0; i < CASES; i++) {
                    bare.run();
                }
                runnerBest = Math.min(runnerBest, between - began);
                bareBest = Math.min(bareBest, System.nanoTime() - between);
            }
        }
        return new Cost(runnerBest, bareBest);
    }

    /** The same calls in the same order, with everything known beforehand but the port. */
    private static final class Bare {
        private final Syscalls syscalls;
        private final Abi abi;
        private final List<Step.Open> steps;
        private final NativeBuffer scratch;
        private final NativeBuffer length;
        private final int[] fds;

        Bare(Syscalls syscalls, Case sequence) {
            this.syscalls = syscalls;
            this.abi = syscalls.abi();
            this.steps = sequence.steps().stream().map(Step.Open.class::cast).toList();
            this.scratch = syscalls.allocate(512);
            this.length = syscalls.allocate(4);
            this.fds = new int[steps.size()];
        }

        void run() {
            int port = 0;
            int type = abi.number(Const.SOCK_STREAM) | abi.number(Const.SOCK_CLOEXEC);
            for (int i = 0; i < fds.length; i++) {
                Step.Open step = steps.get(i);
                fds[i] = syscalls.socket(abi.number(Const.AF_INET), type, 0);
                for (Setting<?> setting : step.settings()) {
                    set(fds[i], setting);
                }
                int result = syscalls.bind(
                        fds[i], scratch, step.to().address().withPort(port).encode(abi, scratch.bytes()));
                if (result < 0) {
                    syscalls.close(fds[i]);
                    fds[i] = -1;
                } else if (step.listen()) {
                    syscalls.listen(fds[i], 16);
                }
                if (port == 0) {
                    length.bytes().putInt(0, Sockaddr.MAX_SIZE);
                    syscalls.getsockname(fds[i], scratch, length);
                    port = Sockaddr.decode(abi, scratch.bytes(), length.bytes().getInt(0))
                            .port();
                }
            }
            for (int fd : fds) {
                if (fd >= 0) {
                    syscalls.close(fd);
                }
            }
        }

        private <T> void set(int fd, Setting<T> setting) {
            SockOpt<T> option = setting.option();
            int optlen = option.codec().encode(abi, setting.value(), scratch.bytes());
            syscalls.setsockopt(fd, abi.number(option.level()), abi.number(option.option()), scratch, optlen);
        }
    }
}
