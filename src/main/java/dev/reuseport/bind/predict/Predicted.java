package dev.reuseport.bind.predict;

import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Verdict;
import dev.reuseport.bind.step.StepOutcome;
import java.util.List;

/**
 * What rules say of a step.
 *
 * @param ran how it would end
 * @param rule what decided last: of listen if that came about, else of bind
 * @param reason the sentence that names the rule
 * @param inTheWay the numbers of the sockets that made it fail
 * @param divided whether earlier releases of the same branch end otherwise, which the reason tells
 */
public record Predicted(StepOutcome ran, DecidingRule rule, String reason, List<Integer> inTheWay, boolean divided) {
    /** Keeps no state: a row of a table needs none, and the states of a long case fill the memory. */
    static Predicted of(StepOutcome ran, Verdict verdict) {
        return new Predicted(ran, verdict.rule(), verdict.reason(), verdict.inTheWay(), verdict.divided());
    }
}
