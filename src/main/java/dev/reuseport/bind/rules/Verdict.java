package dev.reuseport.bind.rules;

import dev.reuseport.bind.step.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * What the rules say about one call.
 *
 * @param outcome how it ends; empty if the rules do not say
 * @param rule what decided
 * @param inTheWay the numbers of the sockets that made it fail
 * @param overlap how the address of the first of them meets the newcomer's
 * @param reason one sentence that names the rule
 * @param divided whether it ends otherwise in earlier releases of a kernel's branch, which the reason tells
 * @param after the state after the call
 */
public record Verdict(
        Optional<Outcome> outcome,
        DecidingRule rule,
        List<Integer> inTheWay,
        Optional<Overlap> overlap,
        String reason,
        boolean divided,
        BindState after) {

    /** The same for all that a set of rules is for. */
    Verdict(
            Optional<Outcome> outcome,
            DecidingRule rule,
            List<Integer> inTheWay,
            Optional<Overlap> overlap,
            String reason,
            BindState after) {
        this(outcome, rule, inTheWay, overlap, reason, false, after);
    }

    /** It succeeds. */
    public static Verdict ok(DecidingRule rule, String reason, BindState after) {
        return new Verdict(Optional.of(Outcome.OK), rule, List.of(), Optional.empty(), reason, after);
    }

    /** It fails, whoever has which port. */
    public static Verdict refused(Outcome outcome, DecidingRule rule, String reason, BindState state) {
        return new Verdict(Optional.of(outcome), rule, List.of(), Optional.empty(), reason, state);
    }

    /** The rules do not say how it ends. */
    public static Verdict unknown(DecidingRule rule, String reason, BindState state) {
        return new Verdict(Optional.empty(), rule, List.of(), Optional.empty(), reason, state);
    }

    /** Returns the same of a call that changes nothing in another state. */
    public Verdict in(BindState state) {
        return new Verdict(outcome, rule, inTheWay, overlap, reason, divided, state);
    }

    /** Tells whether the call succeeds. */
    public boolean ok() {
        return outcome.filter(Outcome::ok).isPresent();
    }
}
