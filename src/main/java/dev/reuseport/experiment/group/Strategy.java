package dev.reuseport.experiment.group;

import java.util.Locale;

/** How a member leaves. */
public enum Strategy {
    /** It closes. */
    CLOSE,
    /** It accepts what is queued, then closes. */
    DRAIN,
    /** A program on the group sends new connections to the others; it accepts what is queued, then closes. */
    STEER_DRAIN,
    /** Its own socket drops new SYNs, which their clients repeat; it accepts what is queued, then closes. */
    FILTER_DRAIN;

    /** Tells whether it takes classic BPF, that is: Linux, and a listener opened natively. */
    public boolean attachesProgram() {
        return this == STEER_DRAIN || this == FILTER_DRAIN;
    }

    /** Returns the name as typed. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
