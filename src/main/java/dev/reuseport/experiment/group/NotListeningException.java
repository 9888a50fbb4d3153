package dev.reuseport.experiment.group;

import java.io.IOException;

/** A receiver ended before it listened, while others do: what it said last is the message. */
public final class NotListeningException extends IOException {
    private static final long serialVersionUID = 1L;

    NotListeningException(String message) {
        super(message);
    }
}
