package dev.reuseport.bind;

import java.io.IOException;

/** A step that cannot be run here, or not in this way; the rules may still say how it would end. */
final class NotPossibleException extends IOException {
    private static final long serialVersionUID = 1L;

    NotPossibleException(String message) {
        super(message);
    }
}
