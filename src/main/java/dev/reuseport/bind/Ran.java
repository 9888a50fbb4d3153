package dev.reuseport.bind;

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
public record Ran(
        Optional<Outcome> bind,
        Optional<Outcome> listen,
        Optional<Outcome> result,
        OptionalInt port,
        OptionalInt acceptor,
        Optional<String> note,
        Optional<SockOpt<?>> refused,
        boolean lacking) {

    /** Calls were made; nobody accepted, and no setsockopt was what failed. */
    static Ran of(Optional<Outcome> bind, Optional<Outcome> listen, Optional<Outcome> result, OptionalInt port) {
        return new Ran(bind, listen, result, port, OptionalInt.empty(), Optional.empty(), Optional.empty(), false);
    }

    static Ran bound(Optional<Outcome> bind, Optional<Outcome> listen, int port) {
        return of(bind, listen, Optional.empty(), portOf(port));
    }

    /** How a socket was opened. */
    static Ran opened(SocketHost.Opened opened) {
        return new Ran(
                Optional.of(opened.bind()),
                opened.listen(),
                Optional.empty(),
                portOf(opened.port()),
                OptionalInt.empty(),
                Optional.empty(),
                opened.refused(),
                false);
    }

    static Ran listened(Outcome listen, int port) {
        return of(Optional.empty(), Optional.of(listen), Optional.empty(), portOf(port));
    }

    static Ran ended(Outcome result) {
        return of(Optional.empty(), Optional.empty(), Optional.of(result), OptionalInt.empty());
    }

    static Ran accepted(int acceptor) {
        return new Ran(
                Optional.empty(),
                Optional.empty(),
                Optional.of(Outcome.OK),
                OptionalInt.empty(),
                OptionalInt.of(acceptor),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    static Ran lacking(String why) {
        return not(why, true);
    }

    static Ran not(String why) {
        return not(why, false);
    }

    private static Ran not(String why, boolean lacking) {
        return new Ran(
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
    public boolean contradicts(Ran other) {
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
