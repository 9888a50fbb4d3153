package dev.reuseport.socket;

import java.time.Duration;

/**
 * How long a call on a listener or one of its connections may still wait, given that another thread can end all waiting.
 */
final class Waiting {
    /** A deadline that never comes. */
    static final long NEVER = Long.MAX_VALUE;

    private final long started = System.nanoTime();
    private volatile long stopAt = NEVER;

    /** Ends waiting {@code grace} from now; only the first call counts. */
    synchronized void stop(Duration grace) {
        if (stopAt == NEVER) {
            stopAt = now() + grace.toNanos();
        }
    }

    boolean stopped() {
        return stopAt != NEVER;
    }

    /** Tells whether nobody may wait any more: stopped, and the grace is over. */
    boolean over() {
        return stopped() && stopAt <= now();
    }

    /** Returns when a wait of {@code timeout} that begins now is over, in this object's time. */
    long deadline(Duration timeout) {
        return now() + timeout.toNanos();
    }

    /** Returns the milliseconds left, rounded up, 0 when it is over; as {@code poll(2)} takes them. */
    int millisUntil(long deadline) {
        long nanos = Math.min(deadline, stopAt) - now();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, (nanos + 999_999) / 1_000_000));
    }

    private long now() {
        return System.nanoTime() - started;
    }
}
