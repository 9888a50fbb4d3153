package dev.reuseport.bind.rules;

/** Where a socket of the model stands. One that is closed for good is not in the model. */
public enum Phase {
    /** It has no port. */
    UNBOUND,
    /** It has a port and does not listen; a UDP socket that is bound. */
    BOUND,
    LISTENING,
    /** A client whose connection nobody has answered. */
    CONNECTING,
    /** A connection, whoever of the two still holds it open; of a client that is a socket of the case, while both do. */
    CONNECTED,
    /** A client that has ended its side first, and its peer has not. */
    FIN_WAIT,
    /** A client whose peer has ended its side first. */
    CLOSE_WAIT,
    /** What is left of a connection that this side closed first. */
    TIME_WAIT,
    /** The same while the other side has not closed: Linux keeps both in one structure, which a bind cannot tell apart. */
    FIN_WAIT2,
    /** A client that is open and whose connection is over: it serves for nothing more. It may have kept its port. */
    ENDED;

    /** Tells whether it is what Linux keeps of a connection when nobody has its socket any more. */
    public boolean left() {
        return this == TIME_WAIT || this == FIN_WAIT2;
    }

    /** Tells whether there is a connection that one side at least has not ended. */
    public boolean connection() {
        return this == CONNECTED || this == FIN_WAIT || this == CLOSE_WAIT;
    }
}
