package dev.reuseport.bind.step;

/** A text that is not in the language of {@link Step}. */
public final class StepSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    StepSyntaxException(int line, int column, String message) {
        super("line " + line + ", column " + column + ": " + message);
    }
}
