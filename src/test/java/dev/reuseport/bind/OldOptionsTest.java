package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.explain.Explain;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.LinuxRules;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.run.NativeCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.option.Setting;
import dev.reuseport.print.TryAnswer;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.OldLinux;
import dev.reuseport.sys.Syscalls;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that came with a later release than the kernel's. */
@EnabledOnOs(OS.LINUX)
final class OldOptionsTest {
    private static final int ROOT = 0;

    private static LinuxRules rules(String release) {
        return new LinuxRules(LinuxRelease.parse(release).orElseThrow());
    }

    private static Case read(String... steps) throws Exception {
        return StepReader.read(List.of(steps)).get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4.14   | tcp [::1]:0 IPV6_FREEBIND          | ENOPROTOOPT | TOO_OLD",
                "4.15   | tcp [::1]:0 IPV6_FREEBIND          | ok          | PORT_CHOSEN",
                "5.0    | tcp 127.0.0.1:0 SO_BINDTOIFINDEX=1 | ENOPROTOOPT | TOO_OLD",
                "5.4    | tcp 127.0.0.1:0 SO_BINDTOIFINDEX=1 | ok          | PORT_CHOSEN",
                "5.10   | tcp 127.0.0.1:0 TCP_RTO_MAX_MS=1   | ENOPROTOOPT | TOO_OLD",
                "5.10   | udp 127.0.0.1:0 TCP_RTO_MAX_MS=1   | ENOPROTOOPT | OTHER_PROTOCOL",
                "5.10   | tcp 127.0.0.1:0 IPV6_FREEBIND      | ENOPROTOOPT | OTHER_FAMILY",
                "5.10   | tcp 127.0.0.1:0 IP_LOCAL_PORT_RANGE=0-0 | ENOPROTOOPT | TOO_OLD",
                "6.1    | tcp 127.0.0.1:0 IP_LOCAL_PORT_RANGE=0-0 | ok     | PORT_CHOSEN",
                "6.1.31 | tcp 127.0.0.1:0 IP_LOCAL_PORT_RANGE=0-0 | ENOPROTOOPT | TOO_OLD",
                "6.8    | tcp 127.0.0.1:0 SO_INQ             | ENOPROTOOPT | TOO_OLD"
            })
    void theRulesOfAReleaseLackWhatCameLater(String release, String step, String outcome, DecidingRule rule)
            throws Exception {
        Predicted predicted = Predictor.predict(rules(release), Host.loopback(), ROOT, read(step))
                .get(0);
        assertEquals(outcome, predicted.ran().bind().orElseThrow().name(), predicted::toString);
        assertEquals(rule, predicted.rule());
    }

    private static Trial tried(Syscalls syscalls, String release, String... steps) throws Exception {
        try (NativeCaseSockets sockets = new NativeCaseSockets(syscalls);
                Runner runner = new Runner(syscalls, sockets, uid -> null)) {
            return Trial.run(
                    read(steps), runner, Mode.NATIVE, Optional.of(rules(release)), Host.loopback(), syscalls.geteuid());
        }
    }

    @Test
    void anOldKernelDoesAsItsRulesSayAndPeopleHearWhy() throws Exception {
        Trial trial = tried(
                OldLinux.of(new JnrSyscalls(), "5.0"),
                "5.0",
                "tcp 127.0.0.1:0 SO_BINDTOIFINDEX=0",
                "tcp 127.0.0.1:0",
                "set 2 IP_LOCAL_PORT_RANGE=0-0",
                "set 2 SO_INQ=1",
                "read 2 SO_BINDTOIFINDEX");
        assertFalse(trial.differs(), trial::toString);
        StringWriter text = new StringWriter();
        new TryAnswer(Optional.of(Ruleset.LINUX), List.of(trial), true, false).print(new PrintWriter(text, true));
        assertTrue(text.toString().contains("ENOPROTOOPT"), text::toString);
        assertTrue(
                text.toString().contains("because there is SO_INQ since Linux 6.17, and this kernel is older"),
                text::toString);
        assertEquals(2, text.toString().split("SO_BINDTOIFINDEX since Linux 5.1").length - 1, text::toString);
    }

    @Test
    void anOlderKernelThatHasAnOptionAllTheSameIsBelieved() throws Exception {
        Trial trial = tried(
                new JnrSyscalls(),
                "2.6.32",
                "tcp 127.0.0.1:0 SO_REUSEPORT",
                "tcp 127.0.0.1:@1 SO_REUSEPORT",
                "tcp 127.0.0.1:0",
                "set 3 SO_REUSEPORT=1",
                "read 3 SO_REUSEPORT");
        assertFalse(trial.differs(), trial::toString);
        assertTrue(trial.steps().stream()
                .allMatch(row -> row.ran().orElseThrow().overall().orElseThrow().ok()));
    }

    @Test
    void aBindThatFailsForItIsExplainedByIt() throws Exception {
        Explanation explanation = Explain.run(
                OldLinux.of(new JnrSyscalls(), "5.0"),
                Proc.ofHost(),
                rules("5.0"),
                List.of(),
                new Explain.Request(
                        Protocol.TCP,
                        Sockaddr.resolve("127.0.0.1", 0),
                        List.of(Setting.parse("SO_REUSEADDR"), Setting.parse("SO_BINDTOIFINDEX=0")),
                        OptionalInt.empty(),
                        false));
        assertTrue(explanation.agrees());
        assertEquals("ENOPROTOOPT", explanation.verdict().name());
        assertEquals("setsockopt SO_BINDTOIFINDEX", explanation.call());
        assertEquals("there is SO_BINDTOIFINDEX since Linux 5.1, and this kernel is older", explanation.reason());
    }
}
