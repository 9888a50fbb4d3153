package dev.reuseport.bind.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Descriptors;
import dev.reuseport.Loopback;
import dev.reuseport.NeedsIpv6;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.bind.BindSpeed;
import dev.reuseport.bind.PrivateNetwork;
import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.Trial;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

public final class RunnerTest {
    @BeforeAll
    static void expectationsAreLinuxs() {
        assumeTrue(Abi.host().platform().linux(), "what is expected of the kernel here is Linux's");
    }

    private static List<StepOutcome> run(Runner runner, String... steps) throws IOException {
        List<StepOutcome> ran = new ArrayList<>();
        runner.run(RandomCases.read(Stream.of(steps).map(Loopback::here).toList()), (step, end) -> ran.add(end));
        return ran;
    }

    private static List<StepOutcome> run(Mode mode, String... steps) throws IOException {
        try (Runner runner = Runner.open(mode, List.of())) {
            return run(runner, steps);
        }
    }

    @Test
    void aCaseLeavesNoDescriptor() throws IOException {
        String[] steps = {
            "tcp [::1]:0 SO_REUSEPORT listen",
            "tcp [::1]:@1",
            "udp [::1]:@1",
            "connect 1",
            "connect 1",
            "client-close 1",
            "server-close 1",
            "server-close 1",
            "close 1",
            "connect 1",
            "tcp 192.0.2.1:0"
        };
        try (Runner runner = Runner.open(Mode.NATIVE, List.of())) {
            run(runner, steps);
            Descriptors.assertNoneLeftBy(() -> {
                for (int i = 0; i < 100; i++) {
                    run(runner, steps);
                }
                return null;
            });
        }
    }

    @Test
    void aCaseThatBreaksOffLeavesNoDescriptor() throws IOException {
        Case sequence = RandomCases.read(List.of("tcp [::1]:0 listen", "connect 1", "close 1"));
        try (Runner runner = Runner.open(Mode.NATIVE, List.of())) {
            runner.run(sequence, (step, ran) -> {});
            Descriptors.assertNoneLeftBy(() -> {
                for (int i = 0; i < 10; i++) {
                    AtomicInteger left = new AtomicInteger(1 + i % 3);
                    assertThrows(
                            IllegalStateException.class,
                            () -> runner.run(sequence, (step, ran) -> {
                                if (left.decrementAndGet() == 0) {
                                    throw new IllegalStateException();
                                }
                            }));
                }
                return null;
            });
        }
    }

    @Test
    void aConnectionThatNobodyAcceptsLeavesNoDescriptor() throws IOException {
        JnrSyscalls host = new JnrSyscalls();
        Syscalls nobodyAccepts = Watched.of(
                host,
                (call, arguments) -> call.startsWith("accept")
                        ? OptionalInt.of(-host.abi().number(Const.EAGAIN))
                        : OptionalInt.empty());
        try (Runner runner = new Runner(nobodyAccepts, new NativeCaseSockets(nobodyAccepts), uid -> null)) {
            Descriptors.assertNoneLeftBy(() -> {
                IOException late =
                        assertThrows(IOException.class, () -> run(runner, "tcp [::1]:0 listen", "connect 1"));
                assertTrue(late.getMessage().contains("did not come within"), late.getMessage());
                return null;
            });
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"NATIVE", "JDK"})
    void bothWaysSayTheSame(Mode mode) throws IOException {
        List<StepOutcome> ran = run(
                mode,
                "tcp [::1]:0 SO_REUSEADDR SO_REUSEPORT listen",
                "tcp [::1]:@1 SO_REUSEADDR SO_REUSEPORT listen",
                "tcp [::1]:@1 SO_REUSEADDR listen",
                "udp [::1]:@1",
                "udp [::1]:@1 SO_REUSEPORT",
                "tcp 192.0.2.1:0 SO_REUSEADDR listen",
                "connect 1",
                "server-close 1",
                "close 1",
                "close 2",
                "tcp [::1]:@1 SO_REUSEADDR listen");
        assertEquals(
                "ok ok EADDRINUSE ok EADDRINUSE EADDRNOTAVAIL ok ok ok ok ok",
                String.join(
                        " ",
                        ran.stream()
                                .map(one -> one.overall().orElseThrow().name())
                                .toList()));
    }

    @Test
    void aKernelWithoutIpv6LacksItAndContradictsNoRule() throws IOException {
        Abi abi = Abi.host();
        Syscalls without = Watched.of(
                new JnrSyscalls(),
                (call, arguments) -> call.equals("socket") && arguments[0].equals(abi.number(Const.AF_INET6))
                        ? OptionalInt.of(-abi.number(Const.EAFNOSUPPORT))
                        : OptionalInt.empty());
        try (Runner runner = new Runner(without, new NativeCaseSockets(without), uid -> null)) {
            Trial trial = Trial.run(
                    RandomCases.read(List.of("tcp [::1]:0 listen", "tcp 127.0.0.1:0 listen")),
                    runner,
                    Mode.NATIVE,
                    Optional.of(Ruleset.LINUX.rules()),
                    Host.loopback(),
                    new JnrSyscalls().geteuid());
            assertEquals(
                    Optional.of("this kernel has no AF_INET6"),
                    trial.steps().get(0).ran().orElseThrow().note());
            assertTrue(trial.lacks());
            assertFalse(trial.differs(), trial::toString);
            assertEquals(
                    Optional.of(Outcome.OK),
                    trial.steps().get(1).ran().orElseThrow().overall());
        }
    }

    /** Somebody else has the port in IPv4, in the first runs. */
    @ParameterizedTest
    @CsvSource({
        "false, 0, 1, false",
        "false, 1, 2, false",
        "false, 2, 3, false",
        "false, 10, 10, true",
        "true, 1, 1, true"
    })
    void whatDoesNotComeAgainOnAnotherPortIsNoDifference(boolean named, int taken, int runs, boolean differs)
            throws IOException {
        Abi abi = Abi.host();
        AtomicInteger binds = new AtomicInteger();
        Syscalls busy = Watched.of(
                new JnrSyscalls(),
                (call, arguments) -> call.equals("bind") && binds.incrementAndGet() % 2 == 0 && binds.get() <= 2 * taken
                        ? OptionalInt.of(-abi.number(Const.EADDRINUSE))
                        : OptionalInt.empty());
        int port = named ? Loopback.freePort() : 0;
        try (Runner runner = new Runner(busy, new NativeCaseSockets(busy), uid -> null)) {
            Trial trial = Trial.run(
                    RandomCases.read(List.of("tcp 127.0.0.1:" + port + " listen", "tcp 127.0.0.2:@1 listen")),
                    runner,
                    Mode.NATIVE,
                    Optional.of(Ruleset.LINUX.rules()),
                    Host.loopback(),
                    new JnrSyscalls().geteuid());
            assertEquals(differs, trial.differs(), trial::toString);
            assertEquals(2 * runs, binds.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp [::1]:0", "tcp [::1]:0 SO_BINDTODEVICE=lo listen", "udp [::1]:0 listen"})
    void whatTheJdkCannotDoIsSaid(String step) throws IOException {
        StepOutcome ran = run(Mode.JDK, step).get(0);
        assertEquals(Optional.empty(), ran.overall());
        assertFalse(ran.note().orElse("").isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp 127.0.0.1:0 IPV6_TCLASS=16 listen | no name for IPV6_TCLASS",
                "udp [::1]:0 IP_TOS=16                 | no name for IP_TOS",
                "udp 127.0.0.1:0 SO_RCVBUF=-1          | SO_RCVBUF"
            })
    void whatTheJdkDoesNotTakeIsNamed(String step, String says) throws IOException {
        Loopback.assumeIpv6(step.contains("[::1]"));
        StepOutcome ran = run(Mode.JDK, step).get(0);
        assertTrue(ran.lacking(), ran::toString);
        assertTrue(ran.note().orElse("").contains(says), ran::toString);
    }

    @Test
    @NeedsIpv6
    void theJdkTakesTheOptionOfTheFamily() throws IOException {
        List<StepOutcome> ran =
                run(Mode.JDK, "udp [::1]:0 IPV6_TCLASS=16", "udp 127.0.0.1:0 IP_TOS=16", "set 1 IPV6_TCLASS=8");
        assertTrue(ran.stream().allMatch(one -> one.overall().orElseThrow().ok()), ran::toString);
    }

    @Test
    void theJdkHasNoListenAndNoShutdown() throws IOException {
        List<StepOutcome> ran = run(Mode.JDK, "tcp [::1]:0 listen", "listen 1", "shutdown 1", "set 1 SO_REUSEPORT=1");
        assertTrue(ran.get(1).note().isPresent());
        assertTrue(ran.get(2).note().isPresent());
        assertEquals(Optional.of(Outcome.OK), ran.get(3).result());
    }

    private static Trial trial(Mode mode, String... steps) throws IOException {
        try (Runner runner = Runner.open(mode, List.of())) {
            return Trial.run(
                    RandomCases.read(List.of(steps)),
                    runner,
                    mode,
                    Optional.of(Ruleset.LINUX.rules()),
                    Host.loopback(),
                    new JnrSyscalls().geteuid());
        }
    }

    @Test
    void theJdkIsPredictedWithTheFlagThatItSets() throws IOException {
        Trial trial = trial(
                Mode.JDK,
                "tcp 127.0.0.1:0 listen",
                "connect 1",
                "server-close 1",
                "close 1",
                "tcp 127.0.0.1:@1 listen",
                "tcp 127.0.0.1:@1 listen");
        assertFalse(trial.differs(), () -> trial.toString());
        assertEquals(
                Optional.of(Outcome.OK),
                trial.steps().get(4).ran().orElseThrow().overall());
    }

    @Test
    void anOptionOfAnotherSystemIsNotTried() throws IOException {
        List<StepOutcome> ran = run(Mode.NATIVE, "tcp [::1]:0 SO_REUSEPORT_LB listen", "tcp [::1]:@1", "listen 1");
        assertEquals(Optional.of("linux has no SO_REUSEPORT_LB"), ran.get(0).note());
        assertTrue(ran.get(1).note().isPresent());
        assertTrue(ran.get(2).note().isPresent());
    }

    @Test
    @Timeout(60)
    void aProcessThatDoesNotAnswerIsNotWaitedForForEver() throws IOException {
        try (OtherUserCaseSockets silent = new OtherUserCaseSockets(List.of("sleep"), 65_534, Duration.ofMillis(200))) {
            IOException failure = assertThrows(IOException.class, () -> silent.local(1));
            assertEquals("the process of the other user did not answer in time: 'local 1'", failure.getMessage());
        }
    }

    private static String said(List<StepOutcome> ran) {
        return ran.stream().map(StepOutcome::toString).collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @MethodSource("places")
    void aSocketIsBoundLateAndOnce(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "unbound tcp SO_REUSEADDR",
                "read 1 SO_REUSEADDR",
                "bind 1 127.0.0.1:0",
                "bind 1 127.0.0.1:0",
                "unbound tcp",
                "bind 2 127.0.0.1:@1",
                "listen 2",
                "close 2",
                "bind 2 127.0.0.1:@1");
        assertEquals("ok; ok, on; ok; EINVAL; ok; EADDRINUSE; listen ok; ok; socket 2 is not open", said(ran));
        assertTrue(ran.get(6).port().isPresent());
    }

    @ParameterizedTest
    @MethodSource("places")
    void aPortIsFreeWhenItsLastDescriptorIsClosed(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "tcp 127.0.0.1:0 listen",
                "dup 1",
                "close 1",
                "connect 2",
                "tcp 127.0.0.1:@2",
                "server-close 2",
                "close 2",
                "dup 2",
                "udp 127.0.0.1:@3");
        assertEquals(List.of(2), ran.get(2).holders());
        assertEquals(2, ran.get(3).acceptor().orElseThrow());
        assertEquals("EADDRINUSE", ran.get(4).toString());
        assertEquals(List.of(), ran.get(6).holders());
        assertEquals("socket 2 is not open", ran.get(7).toString());
        assertEquals("socket 3 has no port", ran.get(8).toString());
    }

    @ParameterizedTest
    @MethodSource("places")
    void aPortIsFreeWhenItsLastProcessIsGone(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "tcp 127.0.0.1:0 listen",
                "fork 1",
                "close 1",
                "tcp 127.0.0.1:@1",
                "unbound tcp",
                "connect 4 127.0.0.1:@1",
                "close 2",
                "tcp 127.0.0.1:@1",
                "fork 5");
        assertEquals("ok, listen ok; ok; ok; EADDRINUSE; ok; ok; ok; ok; ok", said(ran));
        assertTrue(ran.get(5).acceptor().isEmpty());
        int held = ran.get(1).pid().orElseThrow();
        assertTrue(held != ran.get(8).pid().orElseThrow());
        assertEquals(List.of(2), ran.get(2).holders());
    }

    @ParameterizedTest
    @MethodSource("places")
    void aNameIsFreeWithItsSocketAndAPathIsNot(Place place, @TempDir Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path path = directory.resolve("a.sock");
        String name = "@" + path;
        List<StepOutcome> ran = run(
                place,
                "unix " + path + " listen",
                "connect 1",
                "server-close 1",
                "close 1",
                "unix " + path + " SO_REUSEADDR",
                "unix " + name + " listen",
                "unix " + name,
                "unix " + name + " dgram",
                "fork 3",
                "close 3",
                "unix " + name,
                "close 6",
                "unix " + name);
        assertEquals(
                "ok, listen ok; ok; ok; ok; EADDRINUSE; ok, listen ok; EADDRINUSE; ok; ok; ok; EADDRINUSE;" + " ok; ok",
                said(ran));
        assertFalse(Files.exists(path));
    }

    @Test
    void aFileThatWasThereBeforeStays(@TempDir Path directory) throws IOException {
        Path path = Files.createFile(directory.resolve("stale.sock"));
        assertEquals("EADDRINUSE", said(run(Mode.NATIVE, "unix " + path)));
        assertTrue(Files.exists(path));
    }

    @Test
    void theJdkBindsAPathAndListens(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("a.sock");
        List<StepOutcome> ran = run(
                Mode.JDK,
                "unix " + path + " listen",
                "connect 1",
                "close 1",
                "unix " + path + " listen",
                "unix @x listen",
                "unix " + path + " dgram");
        assertEquals("ok, listen ok; ok; ok; EADDRINUSE", said(ran.subList(0, 4)));
        assertTrue(ran.stream().skip(4).allMatch(StepOutcome::lacking), ran::toString);
        assertFalse(Files.exists(path));
    }

    @Test
    void noProcessIsLeftBehind() throws IOException {
        long own = ProcessHandle.current().children().count();
        run(Mode.NATIVE, "tcp 127.0.0.1:0", "fork 1", "fork 1", "close 2");
        assertEquals(own, ProcessHandle.current().children().count());
    }

    @ParameterizedTest
    @MethodSource("places")
    void aSocketOfTheCaseConnects(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "tcp 127.0.0.1:0 listen",
                "unbound tcp",
                "connect 2 127.0.0.1:@1",
                "connect 2 127.0.0.1:@1",
                "tcp 127.0.0.1:@2 SO_REUSEADDR",
                "tcp 127.0.0.1:0",
                "connect 1 from 4",
                "server-close 1",
                "close 4",
                "tcp 127.0.0.1:0",
                "connect 5 127.0.0.1:@5",
                "tcp 127.0.0.1:0",
                "connect 6 127.0.0.1:@4");
        assertEquals(
                "ok, listen ok; ok; ok; EISCONN; EADDRINUSE; ok; ok; ok; socket 4 is not open; ok; ok; ok; ECONNREFUSED",
                said(ran));
        assertEquals(1, ran.get(2).acceptor().orElseThrow());
        assertEquals("127.0.0.1", ran.get(2).local().orElseThrow().host());
        assertTrue(ran.get(10).acceptor().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("places")
    void aUdpSocketConnectsToNobody(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place, "udp 0.0.0.0:0", "connect 1 127.0.0.1:9", "udp 127.0.0.2:@1", "udp 127.0.0.1:@1", "shutdown 1");
        assertEquals("ok; ok; ok; EADDRINUSE; ok", said(ran));
    }

    @ParameterizedTest
    @MethodSource("places")
    void aDatagramIsFoundWhereItArrived(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "udp 0.0.0.0:0 SO_REUSEADDR",
                "udp 127.0.0.1:@1 SO_REUSEADDR",
                "unbound udp SO_BROADCAST",
                "send 3 127.0.0.1:@1",
                "send 3 127.0.0.2:@1",
                "dup 2",
                "close 2",
                "send 3 127.0.0.1:@1",
                "send 3 127.0.0.1:9",
                "send 3 127.0.0.1:0");
        List<Integer> nobody = List.of();
        assertEquals(Optional.of(List.of(2)), ran.get(3).receivers());
        assertEquals(Optional.of(List.of(1)), ran.get(4).receivers());
        assertEquals(Optional.of(List.of(4)), ran.get(7).receivers());
        assertEquals(Optional.of(nobody), ran.get(8).receivers());
        assertEquals("EINVAL", ran.get(9).toString());
        assertTrue(ran.get(3).port().isPresent());
    }

    @Test
    void everybodyHasACopyOfABroadcast() throws IOException {
        Trial trial = trial(
                Mode.NATIVE,
                "udp 0.0.0.0:0 SO_REUSEADDR SO_BROADCAST",
                "udp 0.0.0.0:@1 SO_REUSEADDR",
                "udp 127.0.0.1:@1 SO_REUSEADDR",
                "send 1 127.255.255.255:@1");
        assertEquals(
                Optional.of(List.of(1, 2)),
                trial.steps().get(3).ran().orElseThrow().receivers());
    }

    @Test
    void theJdkSendsAndReceivesDatagrams() throws IOException {
        List<StepOutcome> ran =
                run(Mode.JDK, "udp 127.0.0.1:0", "udp 127.0.0.1:0", "send 1 127.0.0.1:@2", "send 1 127.0.0.1:9");
        List<Integer> nobody = List.of();
        assertEquals(Optional.of(List.of(2)), ran.get(2).receivers());
        assertEquals(Optional.of(nobody), ran.get(3).receivers());
    }

    @Test
    void theJdkConnectsADatagramChannelAlone() throws IOException {
        List<StepOutcome> ran = run(
                Mode.JDK,
                "udp 127.0.0.1:0",
                "connect 1 127.0.0.1:9",
                "tcp 127.0.0.1:0 listen",
                "connect 2 127.0.0.1:@1");
        assertEquals("ok", ran.get(1).toString());
        assertTrue(ran.get(3).lacking(), ran::toString);
    }

    /** Where the sockets of a case may be, the JDK aside. */
    private enum Place {
        NATIVE,
        FFM,
        ANOTHER_PROCESS
    }

    private static Stream<Place> places() {
        return Stream.of(Place.values()).filter(place -> place != Place.FFM || ffm());
    }

    private static boolean ffm() {
        try {
            return Mode.FFM.binding().load() != null;
        } catch (NotPossibleException e) {
            return false;
        }
    }

    private static List<StepOutcome> run(Place place, String... steps) throws IOException {
        if (place != Place.ANOTHER_PROCESS) {
            return run(Mode.valueOf(place.name()), steps);
        }
        Syscalls syscalls = new JnrSyscalls();
        OtherUserCaseSockets there = new OtherUserCaseSockets(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.reuseport.cli.Main",
                        "bind-as"),
                syscalls.geteuid());
        try (Runner runner = new Runner(syscalls, there, uid -> null)) {
            return run(runner, steps);
        }
    }

    @Test
    void theJdkSaysWhatItHasNoCallFor() throws IOException {
        List<StepOutcome> ran = run(
                Mode.JDK,
                "udp 127.0.0.1:0 SO_REUSEADDR",
                "read 1 SO_REUSEADDR",
                "bind 1 127.0.0.1:0",
                "dup 1",
                "fork 1");
        assertEquals("ok, on", ran.get(1).toString());
        assertTrue(ran.stream().skip(2).allMatch(StepOutcome::lacking), ran::toString);
    }

    @Test
    void aPortThatASocketHasNotGotIsNamed() throws IOException {
        List<StepOutcome> ran = run(Mode.NATIVE, "tcp 127.0.0.1:0 IP_BIND_ADDRESS_NO_PORT", "tcp 127.0.0.1:@1");
        assertEquals("ok; socket 1 has no port", said(ran));
    }

    @ParameterizedTest
    @EnumSource(
            value = Place.class,
            names = {"NATIVE", "ANOTHER_PROCESS"})
    void optionsGoByNumbersAndBytesToo(Place place) throws IOException {
        List<StepOutcome> ran = run(
                place,
                "tcp 127.0.0.1:0 SOL_SOCKET:SO_REUSEPORT:01000000 listen",
                "tcp 127.0.0.1:@1 SOL_SOCKET:SO_REUSEPORT:01000000 SO_REUSEADDR=7 listen",
                "set 1 sol_socket:so_reuseport:00000000",
                "read 1 SO_REUSEPORT",
                "set 1 SOL_SOCKET:SO_REUSEPORT:",
                "tcp 127.0.0.1:0 SOL_SOCKET:4095:01000000",
                "tcp 127.0.0.1:0 TCP_CONGESTION=");
        assertEquals("ok, listen ok; ok, listen ok; ok; ok, off; EINVAL; ENOPROTOOPT; EINVAL", said(ran));
        assertEquals("SOL_SOCKET:4095", ran.get(5).refused().orElseThrow().name());
        assertEquals(Optional.of(SockOpts.TCP_CONGESTION), ran.get(6).refused());
    }

    @Test
    void theRulesReadNumbersAsTheOption() throws IOException {
        Trial trial = trial(
                Mode.NATIVE,
                "tcp 127.0.0.1:0 SOL_SOCKET:SO_REUSEPORT:01000000 listen",
                "tcp 127.0.0.1:@1 SO_REUSEPORT listen",
                "set 1 SOL_SOCKET:SO_REUSEPORT:00000000",
                "set 2 SO_REUSEPORT=-1",
                "tcp 127.0.0.1:@1 SOL_SOCKET:SO_REUSEADDR:01000000",
                "tcp 127.0.0.1:0 SOL_SOCKET:4095:01000000",
                "tcp 127.0.0.1:0 SOL_SOCKET:SO_REUSEADDR:01");
        assertFalse(trial.differs(), trial::toString);
        assertEquals(
                "[ok, listen ok, ok, listen ok, ok, ok, EADDRINUSE, , ]",
                trial.steps().stream()
                        .map(row -> row.predicted().orElseThrow().ran().toString())
                        .toList()
                        .toString());
    }

    @Test
    void theJdkTakesNoBytes() throws IOException {
        List<StepOutcome> ran = run(Mode.JDK, "udp 127.0.0.1:0 SOL_SOCKET:SO_REUSEPORT:01000000");
        assertTrue(ran.get(0).lacking(), ran::toString);
    }

    @Test
    void anOptionThatNoBindLooksAtContradictsNothing() throws IOException {
        Trial trial = trial(
                Mode.NATIVE,
                "tcp 127.0.0.1:0 TCP_MAXSEG=1 listen",
                "tcp 127.0.0.1:0 TCP_MAXSEG=1000 listen",
                "set 2 TCP_MAXSEG=1",
                "udp 127.0.0.1:0 TCP_NODELAY",
                "tcp 127.0.0.1:0 UDP_CORK");
        assertFalse(trial.differs(), () -> trial.toString());
        List<String> predicted = trial.steps().stream()
                .map(row -> row.predicted().orElseThrow().ran().toString())
                .toList();
        assertEquals(List.of("", "ok, listen ok", "", "ENOPROTOOPT", "ENOPROTOOPT"), predicted);
        StepOutcome refused = trial.steps().get(0).ran().orElseThrow();
        assertEquals(Optional.of(SockOpts.TCP_MAXSEG), refused.refused());
        assertEquals("EINVAL", refused.bind().orElseThrow().name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp 127.0.0.1:80 uid=1",
                "tcp 192.0.2.1:0",
                "tcp [::1]:0 SO_BINDTODEVICE=nope0",
                "tcp [::ffff:127.0.0.1]:0 IPV6_V6ONLY=1",
                "tcp 127.0.0.1:0 IPV6_V6ONLY=1",
                "tcp [ff02::1]:0",
                "tcp [fe80::1]:0"
            })
    void refusalsThatAskNoSocketAreTheKernels(String step) {
        PrivateNetwork.assumePossible();
        if (step.contains("[")) {
            Loopback.assumeSockets(Const.AF_INET6);
        }
        Case sequence = RandomCases.read(List.of(step));
        StepOutcome ran = PrivateNetwork.within(host -> {
            JnrSyscalls syscalls = new JnrSyscalls();
            List<StepOutcome> ends = new ArrayList<>();
            try (Runner runner = new Runner(
                    syscalls,
                    new NativeCaseSockets(syscalls),
                    uid -> PrivateNetwork.ofUser(new NativeCaseSockets(syscalls), uid))) {
                runner.run(sequence, (one, end) -> ends.add(end));
            }
            return ends.get(0);
        });
        StepOutcome predicted = Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, sequence)
                .get(0)
                .ran();
        assertEquals(predicted.bind(), ran.bind());
        assertFalse(ran.bind().orElseThrow().ok());
    }

    @Test
    void aCaseCostsLittleMoreThanItsCalls() {
        PrivateNetwork.assumePossible();
        BindSpeed.Cost cost = PrivateNetwork.within(host -> BindSpeed.cost());
        assertTrue(cost.ratio() <= 1.5, () -> "the runner takes " + cost.ratio() + " times what the bare calls take");
    }
}
