package dev.reuseport.bind.step;

import dev.reuseport.abi.Const;
import java.util.Locale;

/** TCP or UDP. */
public enum Protocol {
    TCP(Const.SOCK_STREAM),
    UDP(Const.SOCK_DGRAM);

    private final Const type;

    Protocol(Const type) {
        this.type = type;
    }

    /** Returns what {@code socket(2)} takes as its type. */
    public Const type() {
        return type;
    }

    /** {@code tcp} or {@code udp}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
