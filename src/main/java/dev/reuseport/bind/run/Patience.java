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

    /** Asks again and again; fails if it does not come within five seconds. */
    static void await(String what, Condition condition) throws IOException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IOException(what + " did not come within " + LONGEST.toSeconds() + " seconds");
            }
            Thread.yield();
        }
    }
}
