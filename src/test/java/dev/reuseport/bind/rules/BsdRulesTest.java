package dev.reuseport.bind.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddress;
import dev.reuseport.bind.host.Sysctls;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the rules of macOS and the BSDs say beside the cases of the note, and what is true of every random port. */
final class BsdRulesTest {
    private static final int TRIES = 20_000;
    private static final int PORT = 40001;
    private static final Host HOST = new Host(
            List.of(
                    new LocalAddress(new Sockaddr.Inet(0x7f000001, 0), 32, "lo0"),
                    new LocalAddress(new Sockaddr.Inet(0x7f000002, 0), 32, "lo0"),
                    new LocalAddress(new Sockaddr.Inet6(0, 1, 0, 0, 0), 128, "lo0"),
                    new LocalAddress(new Sockaddr.Inet6(0xfe80_0000_0000_0000L, 1, 0, 0, 1), 128, "lo0")),
            List.of(new Device("lo0", 1), new Device("em0", 2)));
    private static final List<Sockaddr> ADDRESSES = List.of(
            new Sockaddr.Inet(0, PORT),
            new Sockaddr.Inet(0x7f000001, PORT),
            new Sockaddr.Inet(0x7f000002, PORT),
            new Sockaddr.Inet(0xe00000fe, PORT),
            new Sockaddr.Inet6(0, 0, PORT, 0, 0),
            new Sockaddr.Inet6(0, 1, PORT, 0, 0),
            new Sockaddr.Inet6(0, 0xffff_0000_0000L, PORT, 0, 0),
            new Sockaddr.Inet6(0, 0xffff_7f00_0001L, PORT, 0, 0));

    static Stream<Ruleset> systems() {
        return Ruleset.all().stream().filter(system -> system.rules() instanceof BsdRules);
    }

    private static Predicted last(Ruleset system, Host host, String... steps) {
        List<Predicted> predicted = Predictor.predict(system.rules(), host, 0, RandomCases.read(List.of(steps)));
        return predicted.get(predicted.size() - 1);
    }

    /** A port with some sockets on it, as their binds left it. */
    private static final class RandomPort {
        private final Random random;
        private final SystemRules rules;
        private BindState state = BindState.empty(HOST);
        private int number;

        RandomPort(SystemRules rules, Random random) {
            this.rules = rules;
            this.random = random;
            for (int i = random.nextInt(5); i > 0; i--) {
                state = rules.bind(state, newcomer(), 0).after();
            }
        }

        ModelSocket newcomer() {
            Sockaddr address = ADDRESSES.get(random.nextInt(ADDRESSES.size()));
            ModelSocket newcomer = ModelSocket.newcomer(
                    ++number,
                    random.nextInt(3) == 0 ? Protocol.TCP : Protocol.UDP,
                    address,
                    Flags.NONE.withV6only(address instanceof Sockaddr.Inet6 && rules.startsV6only(HOST)),
                    random.nextInt(3));
            for (String option :
                    List.of("SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEPORT_LB", "SO_REUSESHAREUID", "IPV6_V6ONLY=0")) {
                Setting<?> setting = Setting.parse(option);
                if (random.nextBoolean()
                        && rules.prepare(state, newcomer, setting, false).ok()) {
                    newcomer = newcomer.withFlags(newcomer.flags().with(setting, HOST));
                }
            }
            return newcomer;
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void whatAUserMayBindRootMayBindToo(Ruleset system) {
        Random random = new Random(1);
        for (int i = 0; i < TRIES; i++) {
            RandomPort port = new RandomPort(system.rules(), random);
            ModelSocket user = port.newcomer();
            ModelSocket root = ModelSocket.newcomer(user.number(), user.protocol(), user.address(), user.flags(), 0);
            if (system.rules().bind(port.state, user, 0).ok()) {
                Verdict verdict = system.rules().bind(port.state, root, 0);
                assertTrue(verdict.ok(), () -> user + " on " + port.state.sockets() + ": " + verdict.reason());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void whoIsInTheWayIsOnThePortAndOverlaps(Ruleset system) {
        Random random = new Random(2);
        for (int i = 0; i < TRIES; i++) {
            RandomPort port = new RandomPort(system.rules(), random);
            ModelSocket newcomer = port.newcomer();
            Verdict verdict = system.rules().bind(port.state, newcomer, 0);
            if (verdict.inTheWay().isEmpty()) {
                continue;
            }
            ModelSocket owner = port.state.socket(verdict.inTheWay().get(0)).orElseThrow();
            assertEquals(newcomer.protocol(), owner.protocol());
            assertTrue(
                    BsdRules.wild(newcomer)
                            || BsdRules.wild(owner)
                            || newcomer.address()
                                    .host()
                                    .replace("::ffff:", "")
                                    .equals(owner.address().host().replace("::ffff:", "")),
                    () -> newcomer + " on " + port.state.sockets() + ": " + verdict.reason());
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void withoutFlagsNobodyTakesTheVeryAddressOfAnother(Ruleset system) {
        Random random = new Random(3);
        for (int i = 0; i < TRIES; i++) {
            RandomPort port = new RandomPort(system.rules(), random);
            for (ModelSocket owner : port.state.sockets()) {
                Flags none = Flags.NONE.withV6only(owner.flags().v6only());
                ModelSocket twin = ModelSocket.newcomer(99, owner.protocol(), owner.address(), none, owner.uid());
                Verdict verdict = system.rules().bind(port.state, twin, 0);
                // Two IPv6 sockets with 0.0.0.0 are not held against each other.
                boolean mapped = owner.mapped() && owner.any4();
                assertTrue(
                        mapped || !verdict.ok(), () -> twin + " on " + port.state.sockets() + ": " + verdict.reason());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void decidingTwiceSaysTheSame(Ruleset system) {
        Random random = new Random(4);
        for (int i = 0; i < TRIES; i++) {
            RandomPort port = new RandomPort(system.rules(), random);
            ModelSocket newcomer = port.newcomer();
            Verdict first = system.rules().bind(port.state, newcomer, 0);
            Verdict second = system.rules().bind(port.state, newcomer, 0);
            assertEquals(first.outcome(), second.outcome());
            assertEquals(first.reason(), second.reason());
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void settingsOfLinuxDecideNothing(Ruleset system) {
        Sysctls all = new Sysctls(0, Sysctls.DEFAULT.localPorts(), List.of(), true, true, true, true);
        for (String step : List.of("tcp 127.0.0.1:80 uid=1", "tcp 192.0.2.1:0", "tcp [2001:db8::1]:0")) {
            assertFalse(
                    last(system, HOST.with(all), step)
                            .ran()
                            .bind()
                            .orElseThrow()
                            .ok(),
                    step);
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void aLinkLocalAddressIsThereWithItsInterface(Ruleset system) {
        List<String> outcomes = new ArrayList<>();
        for (String step : List.of("tcp [fe80::1%lo0]:0", "tcp [fe80::1%em0]:0", "tcp [fe80::1]:0")) {
            outcomes.add(last(system, HOST, step).ran().bind().orElseThrow().name());
        }
        assertEquals(List.of("ok", "EADDRNOTAVAIL", "EADDRNOTAVAIL"), outcomes);
    }

    @Test
    void aConnectionOnFreebsdHasNoneOfTheFlags() {
        assertEquals(
                "the accepted socket has the listener's port and user, and none of its flags",
                last(Ruleset.FREEBSD, HOST, "tcp 127.0.0.1:0 SO_REUSEPORT listen", "connect 1")
                        .reason());
    }

    @Test
    void aClosedConnectionOnFreebsdLeavesNothingAndSaysWhen() {
        String[] steps = {"tcp 127.0.0.1:0 listen", "connect 1", "server-close 1"};
        String reason = last(Ruleset.FREEBSD, HOST, steps).reason();
        assertTrue(reason.contains("net.inet.tcp.nolocaltimewait"), reason);
        assertTrue(reason.contains("another host"), reason);
    }

    @Test
    void whatAnotherHostLeftInTimeWaitIsInTheWayOnFreebsd() {
        ModelSocket left = ModelSocket.observed(
                7, "a connection", Protocol.TCP, new Sockaddr.Inet(0x7f000001, PORT), Flags.NONE, 0, Phase.TIME_WAIT);
        BindState state = BindState.observed(HOST, List.of(left));
        ModelSocket newcomer =
                ModelSocket.newcomer(1, Protocol.TCP, new Sockaddr.Inet(0x7f000001, PORT), Flags.NONE, 0);
        Verdict verdict = Ruleset.FREEBSD.rules().bind(state, newcomer, 0);
        assertEquals(Optional.of(SystemRules.EADDRINUSE), verdict.outcome());
        assertEquals(DecidingRule.TIME_WAIT, verdict.rule());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "freebsd | tcp 224.0.0.254:0          | EAFNOSUPPORT | multicast       | whoever has the port",
                "macos   | tcp 127.0.0.1:55555        | EADDRINUSE   | privileged-port | nobody has it",
                "openbsd | udp 127.0.0.1:2049 uid=1   | EACCES       | privileged-port | so does 2049",
                "freebsd | tcp 127.0.0.1:0 IP_BINDANY=0 uid=1 | EPERM | unprivileged    | to clear it too",
                "openbsd | tcp 127.0.0.1:0 SO_BINDANY uid=1   | EPERM | unprivileged    | needs root",
                "freebsd | tcp 127.0.0.1:0 IPV6_V6ONLY=1      | EINVAL | other-family   | the other family"
            })
    void theReasonSaysWhatDecides(String name, String step, String errno, String rule, String says) {
        Ruleset system = Ruleset.named(name, Optional.empty()).orElseThrow();
        Predicted predicted = last(system, HOST, step);
        assertEquals(Optional.of(new Outcome(errno)), predicted.ran().bind());
        assertEquals(rule, predicted.rule().toString());
        assertTrue(predicted.reason().contains(says), predicted.reason());
    }
}
