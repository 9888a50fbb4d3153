package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.bind.step.StepSyntaxException;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of so many steps that whatever looks at all sockets in each step would not end. */
final class LongCaseTest {
    private static final int MANY = 30_000;

    /** Of a processor's time, for the rules of all systems: this machine may be busy with something else. */
    private static final double MOST_SECONDS = 20;

    private static Case of(Stream<String> steps) throws StepSyntaxException {
        return StepReader.read(steps.toList()).get(0);
    }

    private static Case group(int members) throws StepSyntaxException {
        return of(Stream.concat(
                Stream.of("tcp 127.0.0.1:0 SO_REUSEPORT listen"),
                IntStream.range(1, members).mapToObj(i -> "tcp 127.0.0.1:@1 SO_REUSEPORT listen")));
    }

    static Stream<Named<Case>> longCases() throws StepSyntaxException {
        return Stream.of(
                Named.of("a group", group(MANY)),
                Named.of("ports to choose", of(IntStream.range(0, 16_000).mapToObj(i -> "tcp 127.0.0.1:0 listen"))),
                Named.of(
                        "a port each",
                        of(IntStream.range(0, MANY).mapToObj(i -> "udp 127.0.0.1:" + (2000 + i) + " SO_REUSEADDR"))),
                Named.of(
                        "two addresses in turn",
                        of(IntStream.range(0, MANY)
                                .mapToObj(i -> "udp [::" + (i % 2 == 0 ? "" : "1") + "]:9 SO_REUSEPORT"))),
                Named.of(
                        "connections",
                        of(Stream.of("tcp 127.0.0.1:0 listen", "connect 1", "server-close 1")
                                .flatMap(step -> IntStream.range(0, step.startsWith("tcp") ? 1 : MANY / 2)
                                        .mapToObj(i -> step)))));
    }

    /** All whose rules know connections and groups. */
    static Stream<Ruleset> unix() {
        return Ruleset.all().stream().filter(rules -> rules != Ruleset.WINDOWS);
    }

    @ParameterizedTest
    @MethodSource("longCases")
    @Timeout(600)
    void everySystemsRulesFollowALongCase(Case sequence) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long began = threads.getCurrentThreadCpuTime();
        for (Ruleset kernel : unix().toList()) {
            List<Predicted> predicted = Predictor.predict(kernel.rules(), Host.loopback(), 0, sequence);
            Predicted last = predicted.get(predicted.size() - 1);
            assertEquals(Optional.of(Outcome.OK), last.ran().overall(), kernel + ": " + last);
        }
        double seconds = (threads.getCurrentThreadCpuTime() - began) / 1e9;
        assertTrue(seconds < MOST_SECONDS, () -> seconds + " seconds");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp %s:@1 SO_REUSEADDR",
                "udp %s:@1",
                "tcp %s:@1 SO_REUSEADDR",
                "tcp %s:@1 SO_REUSEPORT listen",
                "tcp %s:@1 listen; tcp %1$s:@1 SO_REUSEPORT; tcp [::ffff:%1$s]:@1",
                "tcp %s:@1 listen; connect %2$d; tcp %1$s:@1"
            })
    @Timeout(600)
    void linuxRulesFollowAsManyAddressesAsSockets(String steps) throws StepSyntaxException {
        List<String> lines = new ArrayList<>(List.of(steps.substring(0, 3) + " 127.0.0.1:0"));
        int opened = 1;
        for (int i = 2; lines.size() < MANY; i++) {
            String address = "127." + (i >> 16) + "." + (i >> 8 & 0xff) + "." + (i & 0xff);
            lines.addAll(List.of(String.format(steps, address, opened + 1).split("; ")));
            opened += (int) Stream.of(steps.split("; "))
                    .filter(step -> step.matches("(tcp|udp).*"))
                    .count();
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long began = threads.getCurrentThreadCpuTime();
        List<Predicted> predicted = Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, of(lines.stream()));
        double seconds = (threads.getCurrentThreadCpuTime() - began) / 1e9;
        assertTrue(
                predicted.get(1).ran().overall().orElseThrow().ok(),
                () -> predicted.get(1).reason());
        assertTrue(seconds < MOST_SECONDS, () -> seconds + " seconds");
    }

    @ParameterizedTest
    @MethodSource("unix")
    void aSocketAndAConnectionAreNeverTakenForEachOther(Ruleset kernel) throws StepSyntaxException {
        List<String> steps = new ArrayList<>(List.of("tcp 127.0.0.1:0 listen", "connect 1"));
        IntStream.range(1, 1100).forEach(i -> steps.add("tcp 127.0.0.1:0 listen"));
        steps.add("server-close 1");
        steps.add("connect 1000");
        List<Predicted> predicted = Predictor.predict(kernel.rules(), Host.loopback(), 0, of(steps.stream()));
        assertEquals(1000, predicted.get(steps.size() - 1).ran().acceptor().orElseThrow());
    }

    @Test
    void thereAreNoMorePortsThanThereAre() throws StepSyntaxException {
        Case sequence = of(IntStream.range(0, 66_000).mapToObj(i -> "udp 127.0.0.1:0"));
        List<Predicted> predicted = Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, sequence);
        // As many as net.ipv4.ip_local_port_range has from the start.
        for (int i = 0; i < predicted.size(); i++) {
            assertEquals(
                    i < 28_232 ? "ok" : "EADDRINUSE",
                    predicted.get(i).ran().bind().orElseThrow().name());
        }
    }

    @Test
    void noPortIsChosenTwiceWhereTheRangeChanges() throws StepSyntaxException {
        Random random = new Random(31);
        for (int round = 0; round < 200; round++) {
            List<String> steps = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int lower = 1 + random.nextInt(65_000);
                int upper = lower + 120 + random.nextInt(415);
                steps.add("host sysctl net.ipv4.ip_local_port_range=" + lower + " " + upper);
                IntStream.range(0, 20).forEach(each -> steps.add("udp 127.0.0.1:0"));
                IntStream.range(0, 3).forEach(each -> steps.add("udp 127.0.0.1:" + (lower + random.nextInt(120))));
            }
            Set<Integer> chosen = new HashSet<>();
            for (Predicted each : Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, of(steps.stream()))) {
                OptionalInt port = each.ran().port();
                assertTrue(port.isEmpty() || chosen.add(port.getAsInt()), () -> port + " again in " + steps);
            }
            assertTrue(chosen.size() >= 60, () -> chosen.size() + " ports in " + steps);
        }
    }

    @Test
    @Timeout(600)
    void theKernelAndTheRulesAgreeOnAGroupOfThousands() throws IOException, StepSyntaxException {
        assumeTrue(Abi.host().platform().linux(), "the number of descriptors is known on Linux");
        Case sequence = group(2000);
        try (Runner runner = Runner.open(Mode.NATIVE, List.of())) {
            Trial trial = Trial.run(
                    sequence,
                    runner,
                    Mode.NATIVE,
                    Optional.of(Ruleset.LINUX.rules()),
                    ThisHost.observe(Proc.ofHost(), new JnrSyscalls()),
                    new JnrSyscalls().geteuid());
            assertTrue(!trial.differs() && trial.steps().size() == 2000);
        }
    }

    /** A system that has no more descriptors says nothing about a bind. */
    @ParameterizedTest
    @EnumSource(
            value = Const.class,
            names = {"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
    void wantOfDescriptorsOrMemoryIsNoVerdict(Const errno) throws IOException, StepSyntaxException {
        Syscalls exhausted = Watched.of(
                new JnrSyscalls(),
                (name, arguments) ->
                        name.equals("socket") ? OptionalInt.of(-Abi.host().number(errno)) : OptionalInt.empty());
        try (Runner runner = new Runner(exhausted, new NativeCaseSockets(exhausted), uid -> null)) {
            IOException failure = assertThrows(
                    IOException.class, () -> runner.run(of(Stream.of("tcp 127.0.0.1:0")), (step, ran) -> {}));
            assertTrue(failure.getMessage().startsWith("'tcp 127.0.0.1:0': socket: " + errno), failure::getMessage);
        }
    }
}
