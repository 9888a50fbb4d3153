package dev.reuseport.abi;

import java.util.Optional;

/**
 * The state of a socket as Linux keeps it, for UDP too: ESTABLISHED is a connected UDP socket, CLOSE every other one.
 * Source: net/tcp_states.h.
 */
public enum SocketState {
    ESTABLISHED(Const.TCP_ESTABLISHED),
    SYN_SENT(Const.TCP_SYN_SENT),
    SYN_RECV(Const.TCP_SYN_RECV),
    FIN_WAIT1(Const.TCP_FIN_WAIT1),
    FIN_WAIT2(Const.TCP_FIN_WAIT2),
    TIME_WAIT(Const.TCP_TIME_WAIT),
    /** Neither connected nor listening: fresh, or bound and no more. */
    CLOSE(Const.TCP_CLOSE),
    CLOSE_WAIT(Const.TCP_CLOSE_WAIT),
    LAST_ACK(Const.TCP_LAST_ACK),
    LISTEN(Const.TCP_LISTEN),
    CLOSING(Const.TCP_CLOSING),
    /** A connection whose handshake is not over; shown as SYN_RECV by /proc/net. */
    NEW_SYN_RECV(Const.TCP_NEW_SYN_RECV);

    /** {@code values()} copies it, for each of a hundred thousand connections. */
    private static final SocketState[] ALL = values();

    private final Const number;

    SocketState(Const number) {
        this.number = number;
    }

    /** Tells whether a socket in this state has another end. */
    public boolean hasPeer() {
        return this != CLOSE && this != LISTEN;
    }

    int number(Abi abi) {
        return abi.number(number);
    }

    /** Returns the state with that number; empty if there is none. */
    public static Optional<SocketState> of(Abi abi, long number) {
        for (SocketState state : ALL) {
            if (abi.defines(state.number) && abi.number(state.number) == number) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
