package dev.reuseport.bind.rules;

/** Where a socket of the model stands. A closed one is not in the model. */
public enum Phase {
    /** It has no port. */
    UNBOUND,
    /** It has a port and does not listen; a UDP socket that is bound. */
    BOUND,
    LISTENING,
    /** An accepted connection, whoever of the two still holds it open. */
    CONNECTED,
    /** What is left of a connection that this side closed first. */
    TIME_WAIT
}
