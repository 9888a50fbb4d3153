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

    /** Calls were made; nobody accepted, and no setsockopt was what failed. */
    public static StepOutcome of(
            Optional<Outcome> bind, Optional<Outcome> listen, Optional<Outcome> result, OptionalInt port) {
        return new StepOutcome(
                bind, listen, result, port, OptionalInt.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** By rules a socket was bound, or not. */
    public static StepOutcome bound(Optional<Outcome> bind, Optional<Outcome> listen, int port) {
        return of(bind, listen, Optional.empty(), portOf(port));
    }

    /** A socket was opened; or not, and {@code refused} names the option whose setsockopt failed. */
    public static StepOutcome opened(Outcome bind, Optional<Outcome> listen, int port, Optional<SockOpt<?>> refused) {
        return new StepOutcome(
                Optional.of(bind),
                listen,
                Optional.empty(),
                portOf(port),
                OptionalInt.empty(),
                Optional.empty(),
                refused,
                false);
    }

    /** An earlier socket listens, or does not; port 0 is none. */
    public static StepOutcome listened(Outcome listen, int port) {
        return of(Optional.empty(), Optional.of(listen), Optional.empty(), portOf(port));
    }

    /** A call that neither binds nor listens ended. */
    public static StepOutcome ended(Outcome result) {
        return of(Optional.empty(), Optional.empty(), Optional.of(result), OptionalInt.empty());
    }

    /** A connection was accepted by a socket. */
    public static StepOutcome accepted(int acceptor) {
        return new StepOutcome(
                Optional.empty(),
                Optional.empty(),
                Optional.of(Outcome.OK),
                OptionalInt.empty(),
                OptionalInt.of(acceptor),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Nothing was done, for this system or the JDK has no such thing. */
    public static StepOutcome lacking(String why) {
        return not(why, true);
    }

    /** Nothing was done. */
    public static StepOutcome not(String why) {
        return not(why, false);
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

    private static StepOutcome not(String why, boolean lacking) {
        return new StepOutcome(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.of(why),
                Optional.empty(),
                lacking);
    }

    private static OptionalInt portOf(int port) {
        return port == 0 ? OptionalInt.empty() : OptionalInt.of(port);
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
