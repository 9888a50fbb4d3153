package dev.reuseport.sys;

import java.io.IOException;

/** What was asked for cannot be done on this system, or not without a privilege that this process lacks. */
public final class NotPossibleException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Says what cannot be done, and what would help. */
    public NotPossibleException(String message) {
        super(message);
    }

    /** Says what cannot be done, and what would help. */
    public NotPossibleException(String message, Throwable cause) {
        super(message, cause);
    }
}
