package dev.reuseport.experiment;

import dev.reuseport.proc.RunningProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.HdrHistogram.Histogram;

/**
 * What a command cost the clients of a server. All times are counted from the moment in which the command was started.
 *
 * @param exit the command's exit status; empty if it had not ended
 * @param took how long the command ran
 * @param phases what became of the connections that were due then
 * @param latency microseconds from when an answered connection was due to the first of its answer
 * @param stall the longest time in which somebody wanted an answer and nobody got one; empty if nobody wanted one
 * @param losses the first of the lost connections, by when they were due
 * @param failures how often which errno was behind a loss
 * @param course what became of the connections, by when they were due: in steps of {@link #STEP}
 * @param before who accepted at the address before the command; empty if that cannot be told
 * @param after who did so at the end
 * @param notes what could not be seen
 * @param endedEarly why there were fewer connections than asked for
 */
public record RestartOnCount(
        RestartOnPlan plan,
        Optional<Integer> exit,
        Duration took,
        Map<Phase, Outcomes> phases,
        Histogram latency,
        Optional<Stall> stall,
        List<Loss> losses,
        SortedMap<String, Integer> failures,
        SortedMap<Integer, Step> course,
        Optional<List<RunningProcess>> before,
        Optional<List<RunningProcess>> after,
        List<String> notes,
        Optional<String> endedEarly) {
    /** How finely the course is kept. */
    public static final Duration STEP = Duration.ofMillis(10);

    /** When a connection was due. */
    public enum Phase {
        BEFORE,
        DURING,
        AFTER
    }

    /** What became of a connection. */
    public enum Fate {
        ANSWERED("answered"),
        REFUSED("refused"),
        RESET("reset"),
        TIMED_OUT("timed out"),
        /** The server ended it in order and had said nothing, though something was sent. */
        UNANSWERED("closed without an answer"),
        /** Another errno, as ENETUNREACH. */
        FAILED("failed otherwise");

        private final String words;

        Fate(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /**
     * A lost connection.
     *
     * @param due when it was due
     * @param ended when its client knew
     * @param errno the C name of what its client was told; empty if it was told nothing
     */
    public record Loss(Duration due, Duration ended, Fate fate, Optional<String> errno) {}

    /**
     * A time without an answer, though somebody wanted one.
     *
     * @param length how long it was
     * @param began when the first who then got none was due
     */
    public record Stall(Duration length, Duration began) {}

    /**
     * How many connections had which fate.
     *
     * @param worst the longest time to an answer, in microseconds
     */
    public record Outcomes(Map<Fate, Integer> counts, long worst) {
        /** Returns how many had this one. */
        public int of(Fate fate) {
            return counts.getOrDefault(fate, 0);
        }

        /** Returns how many there were. */
        public int all() {
            return counts.values().stream().mapToInt(Integer::intValue).sum();
        }

        /** Returns how many were lost. */
        public int lost() {
            return all() - of(Fate.ANSWERED);
        }
    }

    /**
     * A step of the course.
     *
     * @param worst the longest time to an answer, in microseconds
     */
    public record Step(int answered, int lost, long worst) {
        /** Returns both together. */
        public Step and(Step other) {
            return new Step(answered + other.answered, lost + other.lost, Math.max(worst, other.worst));
        }
    }

    /** Returns how many connections of all phases had this fate. */
    public int of(Fate fate) {
        return phases.values().stream().mapToInt(phase -> phase.of(fate)).sum();
    }

    /** Returns how many connections there were. */
    public int connections() {
        return phases.values().stream().mapToInt(Outcomes::all).sum();
    }

    /** Returns how many connections got no answer. */
    public int lost() {
        return connections() - of(Fate.ANSWERED);
    }
}
