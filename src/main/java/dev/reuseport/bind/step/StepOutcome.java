package dev.reuseport.bind.step;

import dev.reuseport.option.SockOpt;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a step ended, on a kernel or by the rules. What did not come about is empty.
 *
 * @param bind of a step that opens a socket: the first of socket, setsockopt and bind that failed, or ok
 * @param listen of a step that listens
 * @param result of any other step
 * @param port the port that the socket has now
 * @param acceptor who accepted a connection
 * @param note why nothing was done
 * @param refused of a step that opens a socket: the option whose setsockopt was what failed
 * @param lacking whether nothing was done because this system, or the JDK, has no such thing
 */
public record StepOutcome(
        Optional<Outcome> bind,
        Optional<Outcome> listen,
        Optional<Outcome> result,
        OptionalInt port,
        OptionalInt acceptor,
        Optional<String> note,
        Optional<SockOpt<?>> refused,
        boolean lacking) {

    private static StepOutcome of(
            Outcome bind, Outcome listen, Outcome result, int port, int acceptor, String note, SockOpt<?> refused) {
        return new StepOutcome(
                Optional.ofNullable(bind),
                Optional.ofNullable(listen),
                Optional.ofNullable(result),
                port == 0 ? OptionalInt.empty() : OptionalInt.of(port),
                acceptor == 0 ? OptionalInt.empty() : OptionalInt.of(acceptor),
                Optional.ofNullable(note),
                Optional.ofNullable(refused),
                false);
    }

    /** A call of a step that opens a socket failed: socket, or bind. */
    public static StepOutcome failed(Outcome bind) {
        return of(bind, null, null, 0, 0, null, null);
    }

    /** The setsockopt of a step that opens a socket failed. */
    public static StepOutcome refused(Outcome setsockopt, SockOpt<?> option) {
        return of(setsockopt, null, null, 0, 0, null, option);
    }

    /** A socket was bound; what the rules do not say is empty, and so is listen if it was not asked for. */
    public static StepOutcome bound(Optional<Outcome> bind, Optional<Outcome> listen, int port) {
        return of(bind.orElse(null), listen.orElse(null), null, port, 0, null, null);
    }

    /** An earlier socket listens, or does not; port 0 is none. */
    public static StepOutcome listened(Optional<Outcome> listen, int port) {
        return of(null, listen.orElse(null), null, port, 0, null, null);
    }

    /** A call that neither binds nor listens ended; empty if the rules do not say how. */
    public static StepOutcome ended(Optional<Outcome> result) {
        return of(null, null, result.orElse(null), 0, 0, null, null);
    }

    /** As above. */
    public static StepOutcome ended(Outcome result) {
        return of(null, null, result, 0, 0, null, null);
    }

    /** A connection was accepted by a socket. */
    public static StepOutcome accepted(int acceptor) {
        return of(null, null, Outcome.OK, 0, acceptor, null, null);
    }

    /** Nothing was done. */
    public static StepOutcome not(String why) {
        return of(null, null, null, 0, 0, why, null);
    }

    /** Nothing was done, for this system or the JDK has no such thing. */
    public static StepOutcome lacking(String why) {
        StepOutcome not = not(why);
        return new StepOutcome(not.bind, not.listen, not.result, not.port, not.acceptor, not.note, not.refused, true);
    }

    /** Nothing was done, for the socket whose port was asked for has none. */
    public static StepOutcome noPort(Step.Port port) {
        return not("socket " + ((Step.Port.Of) port).socket() + " got no port");
    }

    /** Nothing was done, for an earlier socket is not open. */
    public static StepOutcome notOpen(int socket) {
        return not("socket " + socket + " is not open");
    }

    /** Nothing was done, for there is no connection whose side that is still open. */
    public static StepOutcome noConnection(int socket) {
        return not("socket " + socket + " has no such connection");
    }

    /** Tells whether another answer to the same step says otherwise; what is empty on either side says nothing. */
    public boolean contradicts(StepOutcome other) {
        return differ(bind, other.bind) || differ(listen, other.listen) || differ(result, other.result);
    }

    /** Returns what failed, else ok; empty if nothing was done. */
    public Optional<Outcome> overall() {
        return bind.filter(outcome -> !outcome.ok())
                .or(() -> listen)
                .or(() -> bind)
                .or(() -> result);
    }

    private static boolean differ(Optional<Outcome> mine, Optional<Outcome> theirs) {
        return mine.isPresent() && theirs.isPresent() && !mine.equals(theirs);
    }

    /** {@code ok, listen EADDRINUSE}. */
    @Override
    public String toString() {
        if (note.isPresent()) {
            return note.get();
        }
        String text = bind.map(Outcome::name).orElse("");
        if (listen.isPresent()) {
            text += (text.isEmpty() ? "listen " : ", listen ") + listen.get();
        }
        return text + result.map(Outcome::name).orElse("");
    }
}
