package dev.reuseport.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.Launched;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.socket.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run that is disturbed while it runs. */
@Timeout(120)
final class SpreadIT {
    private static final int CONNECTIONS = 3000;

    private static SpreadPlan plan() {
        return new SpreadPlan(
                Mode.NATIVE,
                new Sockaddr.Inet(0x7f000001, 0),
                3,
                CONNECTIONS,
                true,
                0,
                Optional.empty(),
                false,
                Duration.ofSeconds(60),
                new OwnProgram(List.of(Launched.launcher().toString())));
    }

    @Test
    void aMemberThatDiesIsNamedAndTheOthersAreCounted() throws Exception {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: it spreads TCP over the rest");
        AtomicReference<ProcessHandle> killed = new AtomicReference<>();
        SpreadCount result = new Spread(plan(), made -> {
                    if (killed.get() == null) {
                        ProcessHandle victim =
                                ProcessHandle.current().children().findAny().orElseThrow();
                        victim.destroyForcibly();
                        killed.set(victim);
                    }
                })
                .run();
        List<Member> dead = result.members().stream()
                .filter(member -> member.died().isPresent())
                .toList();
        assertEquals(1, dead.size(), result::toString);
        assertEquals(killed.get().pid(), dead.get(0).pid().orElseThrow());
        assertEquals(Optional.of("exit status 137"), dead.get(0).died());
        assertEquals(Optional.empty(), result.endedEarly());
        assertEquals(CONNECTIONS, result.made());
        int answered = result.members().stream().mapToInt(Member::connections).sum();
        int failed =
                result.failures().values().stream().mapToInt(Integer::intValue).sum();
        assertTrue(answered + failed >= CONNECTIONS, result::toString);
        assertTrue(result.notes().toString().contains("pid " + killed.get().pid() + ") died"), result::toString);
    }
}
