package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.proc.Proc;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random cases, on this kernel and by the rules: {@code -Dbind.cases=100000 -Dbind.seed=7} to ask for others. */
final class LinuxAgreementTest {
    private static final int CASES = Integer.getInteger("bind.cases", 15_000);
    private static final long SEED = Long.getLong("bind.seed", 20_261_124L);

    @BeforeAll
    static void needsANetworkOfItsOwn() {
        PrivateNetwork.assumePossible();
    }

    @Test
    void rulesSayWhatThisKernelDoes() {
        Loopback.assumeSockets(Const.AF_INET6);
        assertEquals(
                "",
                Agreement.firstDisagreement(
                                Ruleset.of(Platform.LINUX, Proc.ofHost().release())
                                        .orElseThrow()
                                        .rules(),
                                SEED,
                                CASES)
                        .orElse(""));
    }
}
