package dev.reuseport.bind;

/**
 * What rules say of a step.
 *
 * @param ran how it would end
 * @param verdict what decided last: listen if that came about, else bind
 */
public record Predicted(Ran ran, Verdict verdict) {
    /** Returns the sentence that names the rule. */
    public String reason() {
        return verdict.reason();
    }
}
