package dev.reuseport.bind.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.host.Fact;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddresses;
import dev.reuseport.bind.host.Sysctls;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reasons: which rule, which socket, and a state that was made of sockets found. */
final class SystemRulesTest {
    private static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 60001, 0, 0);
    private static final Sockaddr ANY6 = new Sockaddr.Inet6(0, 0, 60001, 0, 0);
    private static final Sockaddr LOOPBACK4 = new Sockaddr.Inet(0x7f000001, 60001);
    private static final Sockaddr MAPPED4 = new Sockaddr.Inet6(0, 0xffff7f000001L, 60001, 0, 0);
    private static final Sockaddr ANY4 = new Sockaddr.Inet(0, 60001);
    private static final Flags PORT = Flags.NONE.withReusePort(true);
    private static final Flags ADDR = Flags.NONE.withReuseAddr(true);

    private static Predicted last(String... steps) {
        List<Predicted> predicted =
                Predictor.predict(Ruleset.LINUX.rules(), Host.loopback(), 0, RandomCases.read(List.of(steps)));
        return predicted.get(predicted.size() - 1);
    }

    private static ModelSocket owner(Sockaddr address, Flags flags, int uid, Phase phase) {
        return ModelSocket.observed(7, "pid 191 (python3, uid " + uid + ")", Protocol.TCP, address, flags, uid, phase);
    }

    private static Verdict bind(ModelSocket owner, Sockaddr address, Flags flags, int uid) {
        BindState state = BindState.observed(Host.loopback(), List.of(owner));
        return Ruleset.LINUX.rules().bind(state, ModelSocket.newcomer(1, Protocol.TCP, address, flags, uid), 0);
    }

    private static void assertRefused(DecidingRule rule, Overlap overlap, Verdict verdict, String... says) {
        assertEquals(Optional.of(SystemRules.EADDRINUSE), verdict.outcome());
        assertEquals(rule, verdict.rule());
        assertEquals(Optional.of(overlap), verdict.overlap());
        assertEquals(List.of(7), verdict.inTheWay());
        for (String word : says) {
            assertTrue(verdict.reason().contains(word), verdict.reason());
        }
    }

    @Test
    void anOwnerWithoutReusePortIsNamed() {
        Verdict verdict = bind(owner(LOOPBACK6, Flags.NONE, 0, Phase.LISTENING), LOOPBACK6, PORT, 0);
        assertRefused(
                DecidingRule.OWNER_LACKS_REUSE_PORT,
                Overlap.SAME,
                verdict,
                "pid 191 (python3, uid 0) listens on [::1]:60001 without SO_REUSEPORT");
    }

    @Test
    void aNewcomerWithoutReusePortIsTold() {
        Verdict verdict = bind(owner(LOOPBACK6, PORT, 0, Phase.LISTENING), LOOPBACK6, Flags.NONE, 0);
        assertRefused(DecidingRule.NEWCOMER_LACKS_REUSE_PORT, Overlap.SAME, verdict, "the newcomer has not set it");
    }

    @Test
    void anotherUserIsNamedAndRootIsNoException() {
        Verdict verdict = bind(owner(LOOPBACK6, PORT, 1000, Phase.LISTENING), LOOPBACK6, PORT, 0);
        assertRefused(DecidingRule.OTHER_UID, Overlap.SAME, verdict, "user 1000, not 0", "root is no exception");
    }

    @Test
    void aDualStackWildcardIsInTheWayOfIpv4() {
        Verdict verdict = bind(owner(ANY6, Flags.NONE, 0, Phase.LISTENING), LOOPBACK4, Flags.NONE, 0);
        assertRefused(DecidingRule.NOTHING_SHARED, Overlap.OWNER_DUAL_STACK, verdict, "IPV6_V6ONLY");
        assertTrue(bind(owner(ANY6, Flags.NONE.withV6only(true), 0, Phase.LISTENING), LOOPBACK4, Flags.NONE, 0)
                .ok());
    }

    @Test
    void aDualStackNewcomerMeetsIpv4() {
        Verdict verdict = bind(owner(LOOPBACK4, Flags.NONE, 0, Phase.LISTENING), ANY6, Flags.NONE, 0);
        assertRefused(DecidingRule.NOTHING_SHARED, Overlap.NEWCOMER_DUAL_STACK, verdict, "the newcomer's ::");
    }

    @Test
    void aMappedAddressIsTheSame() {
        Verdict verdict = bind(owner(MAPPED4, Flags.NONE, 0, Phase.LISTENING), LOOPBACK4, Flags.NONE, 0);
        assertRefused(DecidingRule.NOTHING_SHARED, Overlap.SAME, verdict, "::ffff:127.0.0.1");
    }

    @Test
    void wildcardsMeetSpecificAddressesBothWays() {
        assertRefused(
                DecidingRule.NOTHING_SHARED,
                Overlap.OWNER_WILDCARD,
                bind(owner(ANY4, Flags.NONE, 0, Phase.LISTENING), LOOPBACK4, Flags.NONE, 0),
                "its wildcard takes every address");
        assertRefused(
                DecidingRule.NOTHING_SHARED,
                Overlap.NEWCOMER_WILDCARD,
                bind(owner(LOOPBACK4, Flags.NONE, 0, Phase.LISTENING), ANY4, Flags.NONE, 0),
                "the newcomer's wildcard");
    }

    @Test
    void aListenerUndoesReuseAddr() {
        Verdict verdict = bind(owner(LOOPBACK4, ADDR, 0, Phase.LISTENING), LOOPBACK4, ADDR, 0);
        assertRefused(DecidingRule.OWNER_LISTENS, Overlap.SAME, verdict, "only while none listens");
    }

    @Test
    void timeWaitAndConnectionsAreNamedAsSuch() {
        assertRefused(
                DecidingRule.TIME_WAIT,
                Overlap.SAME,
                bind(owner(LOOPBACK4, Flags.NONE, 0, Phase.TIME_WAIT), LOOPBACK4, ADDR, 0),
                "TIME_WAIT",
                "SO_REUSEADDR on both");
        assertRefused(
                DecidingRule.CONNECTION,
                Overlap.SAME,
                bind(owner(LOOPBACK4, Flags.NONE, 0, Phase.CONNECTED), LOOPBACK4, ADDR, 0),
                "the old listener and the newcomer");
    }

    @Test
    void boundWithoutListeningIsNotTheSecondListensChance() {
        Predicted predicted = last("tcp [::1]:0 SO_REUSEADDR listen", "tcp [::1]:@1 SO_REUSEADDR");
        assertEquals(DecidingRule.OWNER_LISTENS, predicted.rule());
        Predicted second = last("tcp [::1]:0 SO_REUSEADDR", "tcp [::1]:@1 SO_REUSEADDR", "listen 1", "listen 2");
        assertEquals(Optional.of(SystemRules.EADDRINUSE), second.ran().listen());
        assertEquals(DecidingRule.OWNER_LISTENS, second.rule());
        assertEquals(List.of(1), second.inTheWay());
        assertTrue(second.reason().startsWith("listen checks the port again"), second.reason());
    }

    @Test
    void aGroupThatIsRememberedNeedsNoFlag() {
        ModelSocket cleared = owner(LOOPBACK6, Flags.NONE, 0, Phase.LISTENING);
        assertEquals(
                DecidingRule.OWNER_LACKS_REUSE_PORT,
                bind(cleared, LOOPBACK6, PORT, 0).rule());
        BindState state = BindState.observed(Host.loopback(), List.of(cleared)).remembering(7);
        Verdict verdict =
                Ruleset.LINUX.rules().bind(state, ModelSocket.newcomer(1, Protocol.TCP, LOOPBACK6, PORT, 0), 0);
        assertTrue(verdict.ok());
        assertEquals(DecidingRule.REMEMBERED, verdict.rule());
        assertTrue(verdict.reason().contains("remembers"), verdict.reason());
    }

    @Test
    void unreadFlagsAreSaidToBeUnread() {
        ModelSocket unread =
                new ModelSocket(7, "pid 191", Protocol.TCP, LOOPBACK6, Flags.NONE, false, 5, Phase.LISTENING, false, 0);
        Verdict verdict = bind(unread, LOOPBACK6, Flags.NONE, 0);
        assertTrue(verdict.reason().contains("could not be read"), verdict.reason());
    }

    @Test
    void everySocketInTheWayIsCounted() {
        ModelSocket other = ModelSocket.observed(
                8, "pid 192 (nginx, uid 0)", Protocol.TCP, LOOPBACK4, Flags.NONE, 0, Phase.LISTENING);
        BindState state =
                BindState.observed(Host.loopback(), List.of(owner(LOOPBACK6, Flags.NONE, 0, Phase.LISTENING), other));
        Verdict verdict =
                Ruleset.LINUX.rules().bind(state, ModelSocket.newcomer(1, Protocol.TCP, ANY6, Flags.NONE, 0), 0);
        assertEquals(List.of(7, 8), verdict.inTheWay().stream().sorted().toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp 127.0.0.1:80 uid=1             | EACCES        | privileged-port | CAP_NET_BIND_SERVICE",
                "tcp 192.0.2.1:0                    | EADDRNOTAVAIL | not-local       | 192.0.2.1",
                "tcp [::1]:0 SO_BINDTODEVICE=nope0  | ENODEV        | no-device       | nope0",
                "tcp [::ffff:127.0.0.1]:0 IPV6_V6ONLY=1 | EINVAL    | mapped-refused  | IPV6_V6ONLY",
                "tcp 127.0.0.1:0 IPV6_V6ONLY=1      | ENOPROTOOPT   | other-family    | IPv6",
                "tcp [ff02::1]:0                    | EINVAL        | multicast       | multicast",
                "tcp [fe80::1]:0                    | EINVAL        | no-scope        | interface"
            })
    void whatHasNothingToDoWithOthersIsSaidFirst(String step, String errno, String rule, String says) {
        Predicted predicted = last(step);
        assertEquals(Optional.of(new Outcome(errno)), predicted.ran().bind());
        assertEquals(rule, predicted.rule().toString());
        assertEquals(List.of(), predicted.inTheWay());
        assertTrue(predicted.reason().contains(says), predicted.reason());
    }

    @Test
    void otherDevicesAreApart() {
        Host host = Host.loopback().with(List.of(new Device("lo", 1), new Device("v0", 2)));
        List<Predicted> predicted = Predictor.predict(
                Ruleset.LINUX.rules(),
                host,
                0,
                RandomCases.read(List.of(
                        "tcp 0.0.0.0:0 SO_BINDTODEVICE=lo listen",
                        "tcp 0.0.0.0:@1 SO_BINDTODEVICE=v0 listen",
                        "tcp 0.0.0.0:@1 listen")));
        assertEquals(DecidingRule.APART, predicted.get(1).rule());
        assertTrue(
                predicted.get(1).reason().contains("devices"), predicted.get(1).reason());
        assertEquals(Optional.of(SystemRules.EADDRINUSE), predicted.get(2).ran().bind());
    }

    private static List<String> outcomesFor(Host.Self self, String... steps) {
        Host host = Host.loopback().with(self);
        return Predictor.predict(Ruleset.LINUX.rules(), host, self.uid(), RandomCases.read(List.of(steps))).stream()
                .map(predicted -> predicted.ran().overall().orElseThrow().name())
                .toList();
    }

    @Test
    void capabilitiesCountAndNotTheUser() {
        String[] steps = {
            "tcp 127.0.0.1:80", "tcp 127.0.0.1:81 uid=2", "udp 127.0.0.1:82 uid=0", "udp 192.0.2.1:0 IP_TRANSPARENT"
        };
        Host.Self bindsLow = new Host.Self(1, 1L << LinuxBits.CAP_NET_BIND_SERVICE);
        assertEquals(List.of("ok", "EACCES", "ok", "EPERM"), outcomesFor(bindsLow, steps));
        Host.Self transparent = new Host.Self(1, 1L << LinuxBits.CAP_NET_ADMIN);
        assertEquals(List.of("EACCES", "EACCES", "ok", "ok"), outcomesFor(transparent, steps));
        Host.Self strippedRoot = new Host.Self(0, 0);
        assertEquals(List.of("EACCES", "EACCES", "EACCES", "EPERM"), outcomesFor(strippedRoot, steps));
    }

    @Test
    void eachOptionThatFreesTheAddressCountsByItself() {
        assertEquals(
                List.of("ok", "EADDRNOTAVAIL", "EADDRNOTAVAIL", "ok", "EADDRNOTAVAIL"),
                outcomesFor(
                        new Host.Self(0, -1),
                        "tcp 192.0.2.1:0 IP_FREEBIND IP_TRANSPARENT=off",
                        "tcp 192.0.2.1:0 IP_FREEBIND IP_FREEBIND=off",
                        "tcp [2001:db8::1]:0 IP_FREEBIND IPV6_FREEBIND=off",
                        "tcp [2001:db8::1]:0 IPV6_FREEBIND IP_TRANSPARENT=off",
                        "tcp 192.0.2.1:0 IP_TRANSPARENT=off"));
    }

    @Test
    void nothingIsSaidOfAClientToWhereTcpConnectsToNobody() {
        Host host = new Host(
                List.of(),
                List.of(new Device("lo", 1)),
                Sysctls.DEFAULT,
                Optional.empty(),
                Optional.of(new LocalAddresses(
                        false,
                        List.of(
                                new LocalAddresses.Route(0x7f000000, 8, "LOCAL"),
                                new LocalAddresses.Route(0x7fffffff, 32, "BROADCAST")),
                        List.of())));
        for (String address : List.of("127.255.255.255", "255.255.255.255", "224.0.0.1", "[::ffff:127.255.255.255]")) {
            List<Predicted> predicted = Predictor.predict(
                    Ruleset.LINUX.rules(),
                    host,
                    0,
                    RandomCases.read(List.of("tcp " + address + ":0 listen", "connect 1")));
            assertEquals(Optional.of(Outcome.OK), predicted.get(0).ran().listen(), address);
            assertEquals(Optional.empty(), predicted.get(1).ran().overall(), address);
        }
    }

    @Test
    void decidingChangesNoState() {
        BindState before = BindState.observed(Host.loopback(), List.of(owner(LOOPBACK6, PORT, 0, Phase.LISTENING)));
        ModelSocket newcomer = ModelSocket.newcomer(1, Protocol.TCP, LOOPBACK6, PORT, 0);
        Verdict first = Ruleset.LINUX.rules().bind(before, newcomer, 0);
        Verdict second = Ruleset.LINUX.rules().bind(before, newcomer, 0);
        assertEquals(first.reason(), second.reason());
        assertEquals(first.after().sockets(), second.after().sockets());
        assertEquals(1, before.sockets().size());
        assertEquals(2, first.after().sockets().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "macos   | tcp 0.0.0.0:0              | tcp 127.0.0.1:@1               | wildcard-counts",
                "freebsd | tcp 0.0.0.0:0              | tcp 127.0.0.1:@1 SO_REUSEADDR  | only-exact",
                "openbsd | tcp 0.0.0.0:0 SO_REUSEADDR | tcp 0.0.0.0:@1 SO_REUSEADDR    | same-address",
                "macos   | tcp 0.0.0.0:0              | tcp 0.0.0.0:@1 SO_REUSEPORT    | owner-lacks-reuse-port",
                "freebsd | tcp 0.0.0.0:0 SO_REUSEPORT | tcp 0.0.0.0:@1                 | newcomer-lacks-reuse-port",
                "openbsd | tcp 0.0.0.0:0 SO_REUSEPORT | tcp 0.0.0.0:@1 SO_REUSEPORT    | same-group",
                "macos   | tcp 0.0.0.0:0              | tcp [::]:@1                    | apart",
                "freebsd | tcp 127.0.0.1:0 SO_REUSEPORT uid=1 | tcp 127.0.0.1:@1 SO_REUSEPORT uid=2 | other-uid",
                "openbsd | tcp 127.0.0.1:0            | tcp [::1]:@1                   | apart"
            })
    void theRulesOfTheOthersHaveNamesToo(String kernel, String first, String second, String rule) {
        List<Predicted> predicted = Predictor.predict(
                Ruleset.named(kernel, Optional.empty()).orElseThrow().rules(),
                Host.loopback(),
                0,
                RandomCases.read(List.of(first, second)));
        assertEquals(rule, predicted.get(1).rule().toString(), predicted.get(1).reason());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "40000 40000 | 0     | the one port that the kernel may choose, 40000, is taken at this address",
                "40000 40000 | 40000 | the one port that the kernel may choose, 40000, is reserved",
                "40000 40001 | 40001 | of the 2 ports that the kernel may choose, 40000 to 40001, 1 is taken at this address and 1 reserved",
                "40000 40001 | 0     | of the 2 ports that the kernel may choose, 40000 to 40001, 2 are taken at this address and 0 reserved"
            })
    void portsThatAreUsedUpAreCounted(String range, String reserved, String reason) {
        Host host = Fact.with(
                Fact.with(Host.loopback(), "sysctl net.ipv4.ip_local_port_range=" + range),
                "sysctl net.ipv4.ip_local_reserved_ports=" + reserved);
        List<Predicted> predicted = Predictor.predict(
                Ruleset.named("linux-6.12", Optional.empty()).orElseThrow().rules(),
                host,
                0,
                RandomCases.read(List.of("tcp 127.0.0.1:0", "tcp 127.0.0.1:0", "tcp 127.0.0.1:0")));
        assertEquals(reason, predicted.get(2).reason());
    }

    @Test
    void thatPortsAreUsedUpIsRememberedForTheSameSocketAlone() {
        Host one = Fact.with(Host.loopback(), "sysctl net.ipv4.ip_local_port_range=40000 40000");
        List<String> outcomes = Predictor.predict(
                        Ruleset.LINUX.rules(),
                        one,
                        0,
                        RandomCases.read(
                                List.of("tcp [::]:0", "tcp 127.0.0.2:0", "tcp6 127.0.0.2:0", "tcp 127.0.0.2:0")))
                .stream()
                .map(said -> said.ran().toString())
                .toList();
        assertEquals(List.of("ok", "EADDRINUSE", "EINVAL", "EADDRINUSE"), outcomes);
    }

    /** What the second, or the last, of some binds comes to by the rules of releases on both sides of each boundary. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5.10 6.1 6.7.9 | 6.8.0 6.8 6.12 | tcp 127.0.0.1:0 SO_REUSEPORT ; set 1 SO_REUSEPORT=0 ; tcp 0.0.0.0:@1 SO_REUSEPORT",
                "5.4 6.1.20 6.6 | 6.8 7.3 | tcp 0.0.0.0:0 SO_REUSEADDR ; set 1 SO_REUSEADDR=0 ; tcp 0.0.0.0:@1 SO_REUSEADDR",
                "5.10 6.7 6.8.5 6.8 6.9 | 6.8.0 6.8.4 | tcp [::]:0 IPV6_V6ONLY=1 listen ; tcp [::ffff:127.0.0.1]:@1 listen",
                "6.1.84 6.6.25 6.7 6.8.4 | 6.0 6.1.85 6.1 6.6.26 6.6 6.8.5 6.9 | tcp 0.0.0.0:0 listen ; tcp [::]:@1 IPV6_V6ONLY=1 listen ; tcp 127.0.0.1:@1 listen",
                "6.1.168 6.1.176 6.1 | 5.10 6.1.167 6.2 6.8 6.12 | tcp [::ffff:0.0.0.0]:0 ; tcp [::ffff:127.0.0.1]:@1",
                "5.7 5.10 6.1 | 4.18 5.4 5.6.19 | tcp 127.0.0.1:0 SO_BINDTODEVICE=lo uid=1",
                "6.1.0 6.1.4 | 6.0 6.1.5 6.1 6.2 6.12 | tcp 127.0.0.1:0 listen ; connect 1 ; server-close 1 ; close 1 ; tcp 127.0.0.1:@1",
                "6.1.20 6.2.7 | 6.0 6.1.21 6.1 6.2.8 6.2 6.3 | tcp [::]:0 listen ; tcp 127.0.0.1:@1",
                "6.1.53 6.3 6.5.3 | 6.0 6.1.54 6.1 6.5.4 6.6 | tcp [::ffff:0.0.0.0]:0 ; tcp 127.0.0.1:@1",
                "6.1.53 6.4 | 6.0 6.1.54 6.6 | tcp [::ffff:127.0.0.1]:0 ; tcp 127.0.0.1:@1",
            })
    void releasesOfLinuxDifferWhereTheyDo(String taking, String refusing, String steps) {
        List<String> lines = Stream.of(steps.split(";")).map(String::strip).toList();
        for (String release : (taking + " " + refusing).strip().split(" +")) {
            List<Predicted> predicted = Predictor.predict(
                    Ruleset.named("linux-" + release, Optional.empty())
                            .orElseThrow()
                            .rules(),
                    Host.loopback(),
                    0,
                    RandomCases.read(lines));
            assertEquals(
                    List.of(taking.strip().split(" +")).contains(release),
                    predicted
                            .get(lines.size() - 1)
                            .ran()
                            .overall()
                            .orElseThrow()
                            .ok(),
                    () -> release + ": " + predicted);
        }
    }

    @Test
    void aReleaseWithoutItsThirdNumberSaysWhereItsBranchIsDivided() {
        List<Predicted> predicted = Predictor.predict(
                Ruleset.named("linux-6.8", Optional.empty()).orElseThrow().rules(),
                Host.loopback(),
                0,
                RandomCases.read(List.of("tcp [::]:0 IPV6_V6ONLY listen", "tcp [::ffff:127.0.0.1]:@1")));
        assertTrue(predicted.get(1).reason().contains("; before 6.8.5 EADDRINUSE: "), predicted::toString);
    }
}
