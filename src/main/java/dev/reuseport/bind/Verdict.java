package dev.reuseport.bind;

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
 * @param after the state after the call
 */
public record Verdict(
        Optional<Outcome> outcome,
        Rule rule,
        List<Integer> inTheWay,
        Optional<Overlap> overlap,
        String reason,
        BindState after) {

    static Verdict ok(Rule rule, String reason, BindState after) {
        return new Verdict(Optional.of(Outcome.OK), rule, List.of(), Optional.empty(), reason, after);
    }

    static Verdict refused(Outcome outcome, Rule rule, String reason, BindState state) {
        return new Verdict(Optional.of(outcome), rule, List.of(), Optional.empty(), reason, state);
    }

    static Verdict unknown(Rule rule, String reason, BindState state) {
        return new Verdict(Optional.empty(), rule, List.of(), Optional.empty(), reason, state);
    }

    /** Tells whether the call succeeds. */
    public boolean ok() {
        return outcome.filter(Outcome::ok).isPresent();
    }
}
