package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.socket.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * A restart that is to be tried.
 *
 * @param mode by which way the members listen
 * @param address a loopback address; port 0 lets the kernel choose
 * @param listeners how many members, two or more
 * @param queued how many connections wait when the first member leaves; without meaning in a rolling restart
 * @param rolling replace every member in turn under a stream of clients instead
 * @param timeout how long clients may wait for an answer
 */
public record RestartPlan(
        Mode mode,
        Sockaddr address,
        int listeners,
        int queued,
        Strategy strategy,
        Optional<Stream> rolling,
        Duration timeout) {

    /**
     * The clients of a rolling restart.
     *
     * @param duration how long they come
     * @param rate connections per second
     */
    public record Stream(Duration duration, int rate) {}
}
