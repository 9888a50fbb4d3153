package dev.reuseport.bind.run;

import java.io.IOException;
import java.time.Duration;

/** Waits for what comes at once but not at the same moment: a case must not depend on how fast loopback delivers. */
final class Patience {
    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** What is waited for. */
    interface Condition {
        boolean holds() throws IOException;
    }

    private Patience() {}

    /** Asks again and again, and returns whether it came within a time. */
    static boolean waits(Duration time, Condition condition) throws IOException {
        long deadline = System.nanoTime() + time.toNanos();
        boolean holds = condition.holds();
        while (!holds && System.nanoTime() < deadline) {
            Thread.yield();
            holds = condition.holds();
        }
        return holds;
    }

    /** Asks again and again; fails if it does not come within five seconds. */
    static void await(String what, Condition condition) throws IOException {
        if (!waits(LONGEST, condition)) {
            throw new IOException(what + " did not come within " + LONGEST.toSeconds() + " seconds");
        }
    }
}
