package dev.reuseport.option;

import java.time.Duration;

/**
 * The value of SO_LINGER.
 *
 * @param on whether close waits, or with a time of 0 resets the connection
 * @param time how long it waits
 */
public record LingerTime(boolean on, Duration time) {
    /** What a fresh socket has. */
    public static final LingerTime OFF = new LingerTime(false, Duration.ZERO);
}
