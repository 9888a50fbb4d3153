package dev.reuseport.sys;

import java.io.IOException;

/** A {@link Binding} was asked for that this Java, or this build, does not have. The message is one sentence. */
public final class MissingBindingException extends IOException {
    private static final long serialVersionUID = 1L;

    MissingBindingException(String message, Throwable cause) {
        super(message, cause);
    }
}
