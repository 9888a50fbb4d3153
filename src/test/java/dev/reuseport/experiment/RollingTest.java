package dev.reuseport.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Listeners;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import dev.reuseport.sys.Watched;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Simulated: a kernel that stalls, or has no descriptor left, at a certain call. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RollingTest {
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final int RATE = 1000;

    private final Syscalls host = new JnrSyscalls();

    @BeforeAll
    static void onLinux() {
        Assumptions.assumeTrue(Abi.host().platform().linux(), "Linux: a member steers before it leaves");
    }

    /** Asks {@code instead} with the number of each call whose name begins so; 0 lets the host answer. */
    private Syscalls changed(String call, IntUnaryOperator instead) {
        AtomicInteger calls = new AtomicInteger();
        return Watched.of(host, (name, arguments) -> {
            int result = name.startsWith(call) ? instead.applyAsInt(calls.incrementAndGet()) : 0;
            return result == 0 ? OptionalInt.empty() : OptionalInt.of(result);
        });
    }

    private static RestartCount run(Syscalls syscalls, Duration timeout) throws Exception {
        RestartPlan.Stream stream = new RestartPlan.Stream(Duration.ofSeconds(1), RATE);
        RestartPlan plan =
                new RestartPlan(Mode.NATIVE, LOOPBACK, 2, 1, Strategy.STEER_DRAIN, Optional.of(stream), timeout);
        return new Rolling(plan, new Listeners(syscalls, Proc.ofHost(), Mode.NATIVE, false)).run();
    }

    private static String shown(RestartCount result) {
        return result.answered() + " of " + result.queued() + " answered, " + result.failures() + ", "
                + result.endedEarly();
    }

    private int errno(Const name) {
        return -host.abi().number(name);
    }

    @Test
    void whatWasDueDuringAStallCountsFromThenOn() throws Exception {
        Syscalls stalling = changed("connect", call -> {
            if (call == 10) {
                try {
                    Thread.sleep(300);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return 0;
        });
        RestartCount result = run(stalling, Duration.ofSeconds(10));
        long late = result.rolling().orElseThrow().latency().getCountBetweenValues(100_000, 100_000_000);
        assertTrue(late >= 150, () -> late + " connections began 100 ms late or more");
    }

    @Test
    void aStallThatNeverEndsIsTheWorst() throws Exception {
        RestartCount result = run(changed("accept", call -> errno(Const.EAGAIN)), Duration.ofMillis(400));
        assertEquals(0, result.answered());
        assertEquals(result.queued(), result.lost());
        assertTrue(result.failures().containsKey("ETIMEDOUT"), result.failures()::toString);
        Duration worst = result.rolling().orElseThrow().worstStall();
        assertTrue(worst.compareTo(Duration.ofMillis(400)) >= 0, worst::toString);
    }

    @Test
    void withoutADescriptorForAClientItEndsWithWhatItMeasured() throws Exception {
        RestartCount result =
                run(changed("socket", call -> call > 50 ? errno(Const.EMFILE) : 0), Duration.ofSeconds(10));
        assertTrue(result.endedEarly().orElseThrow().contains("EMFILE"), () -> shown(result));
        assertTrue(result.failures().containsKey("EMFILE"), () -> shown(result));
        assertTrue(result.queued() > 0 && result.queued() < 50, () -> shown(result));
        assertEquals(0, result.lost(), () -> shown(result));
    }

    @Test
    void withoutADescriptorForAMemberItEndsWithWhatItMeasured() throws Exception {
        Syscalls lacking = changed("accept", call -> call > 5 && call <= 15 ? errno(Const.EMFILE) : 0);
        RestartCount result = run(lacking, Duration.ofSeconds(10));
        assertTrue(result.endedEarly().orElseThrow().contains("accept: EMFILE"), () -> shown(result));
        assertTrue(result.queued() > 0 && result.queued() < RATE, () -> shown(result));
        assertTrue(result.answered() > 0, () -> shown(result));
    }
}
