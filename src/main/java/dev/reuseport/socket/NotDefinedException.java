package dev.reuseport.socket;

import dev.reuseport.abi.Abi;
import dev.reuseport.option.SockOpt;
import java.io.IOException;

/** An option was to be set that this system, or the JDK, has no name for. */
public final class NotDefinedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotDefinedException(SockOpt<?> option, Abi abi) {
        super(option + " is not defined on " + abi.platform().id());
    }

    NotDefinedException(SockOpt<?> option, String jdkClass) {
        super("the JDK's " + jdkClass + " has no name for " + option);
    }
}
