package dev.reuseport.bind.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.bind.RandomCases;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.step.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", cell by cell, and what the page leaves open. */
final class WindowsRulesTest {
    private static final String[] SECOND = {"", " SO_REUSEADDR", " SO_EXCLUSIVEADDRUSE"};

    private static List<Predicted> predict(String... steps) {
        return Predictor.predict(Ruleset.WINDOWS.rules(), Host.loopback(), 0, RandomCases.read(List.of(steps)));
    }

    private static Predicted last(String... steps) {
        List<Predicted> predicted = predict(steps);
        return predicted.get(predicted.size() - 1);
    }

    private static String row(String first, String user) {
        List<String> cells = new ArrayList<>();
        for (String options : SECOND) {
            for (String address : List.of("0.0.0.0", "127.0.0.1")) {
                String second = "tcp " + address + ":@1" + options + user;
                cells.add(
                        switch (last(first, second).ran().bind().orElseThrow().name()) {
                            case "ok" -> "Success";
                            case "EADDRINUSE" -> "INUSE";
                            case "EACCES" -> "ACCESS";
                            default -> "?";
                        });
            }
        }
        return String.join(" ", cells);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp 0.0.0.0:0 uid=1                       | INUSE Success ACCESS Success INUSE Success",
                "tcp 127.0.0.1:0 uid=1                     | Success INUSE Success ACCESS INUSE INUSE",
                "tcp 0.0.0.0:0 SO_REUSEADDR uid=1          | INUSE Success Success Success INUSE Success",
                "tcp 127.0.0.1:0 SO_REUSEADDR uid=1        | Success INUSE Success Success INUSE INUSE",
                "tcp 0.0.0.0:0 SO_EXCLUSIVEADDRUSE uid=1   | INUSE ACCESS ACCESS ACCESS INUSE ACCESS",
                "tcp 127.0.0.1:0 SO_EXCLUSIVEADDRUSE uid=1 | Success INUSE Success ACCESS INUSE INUSE"
            })
    void oneUserHasTheFirstTable(String first, String cells) {
        assertEquals(cells, row(first, " uid=1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp 0.0.0.0:0 uid=1                       | INUSE ACCESS ACCESS ACCESS INUSE ACCESS",
                "tcp 127.0.0.1:0 uid=1                     | Success INUSE Success ACCESS INUSE INUSE",
                "tcp 0.0.0.0:0 SO_REUSEADDR uid=1          | INUSE ACCESS Success Success INUSE ACCESS",
                "tcp 127.0.0.1:0 SO_REUSEADDR uid=1        | Success INUSE Success Success INUSE INUSE",
                "tcp 0.0.0.0:0 SO_EXCLUSIVEADDRUSE uid=1   | INUSE ACCESS ACCESS ACCESS INUSE ACCESS",
                "tcp 127.0.0.1:0 SO_EXCLUSIVEADDRUSE uid=1 | Success INUSE Success ACCESS INUSE INUSE"
            })
    void twoUsersHaveTheSecond(String first, String cells) {
        assertEquals(cells, row(first, " uid=2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp 0.0.0.0:0 SO_EXCLUSIVEADDRUSE | tcp 0.0.0.0:@1 SO_REUSEADDR        | owner-exclusive",
                "tcp 0.0.0.0:0                     | tcp 0.0.0.0:@1 SO_EXCLUSIVEADDRUSE | newcomer-exclusive",
                "tcp 0.0.0.0:0                     | tcp 127.0.0.1:@1 uid=5             | other-uid",
                "tcp 127.0.0.1:0                   | tcp 127.0.0.1:@1 SO_REUSEADDR      | nothing-shared",
                "tcp 127.0.0.1:0 SO_REUSEADDR      | tcp 127.0.0.1:@1 SO_REUSEADDR      | both-reuse-addr",
                "tcp 127.0.0.1:0                   | tcp [::1]:@1                       | apart",
                "tcp 127.0.0.1:0                   | udp 127.0.0.1:@1                   | port-free",
                "tcp [::]:0 IPV6_V6ONLY=0          | tcp 0.0.0.0:@1                     | nothing-shared"
            })
    void aRuleIsNamed(String first, String second, String rule) {
        Predicted predicted = last(first, second);
        assertEquals(rule, predicted.rule().toString(), predicted.reason());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp 127.0.0.1:0; tcp 127.0.0.1:@1 SO_REUSEPORT",
                "tcp 127.0.0.1:0; tcp 127.0.0.1:@1 SO_REUSEADDR SO_EXCLUSIVEADDRUSE",
                "tcp 0.0.0.0:0; tcp 127.0.0.1:@1; tcp 127.0.0.1:@1 SO_REUSEADDR",
                "tcp 127.0.0.1:0; set 1 SO_REUSEADDR=1",
                "tcp 192.0.2.1:0",
                "tcp 224.0.0.1:0",
                "tcp [::ffff:127.0.0.1]:0 IPV6_V6ONLY=0",
                "tcp 127.0.0.1:0; tcp [::]:@1 IPV6_V6ONLY=0 SO_EXCLUSIVEADDRUSE",
                "tcp 127.0.0.1:0 listen; shutdown 1",
                "tcp 127.0.0.1:0 listen; connect 1",
                "udp 127.0.0.1:0; listen 1"
            })
    void whatThePageDoesNotStateIsNotSaid(String steps) {
        Predicted predicted = last(steps.split("; "));
        assertEquals(Optional.empty(), predicted.ran().overall(), predicted.reason());
        assertTrue(predicted.reason().contains("the page"), predicted.reason());
    }

    @Test
    void anOptionThatNoBindLooksAtChangesNothing() {
        assertEquals(
                Optional.of(Outcome.OK),
                last("tcp 127.0.0.1:0 SO_KEEPALIVE", "tcp 0.0.0.0:@1").ran().bind());
    }
}
