package dev.reuseport.bind.step;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpt;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a step ended, on a kernel or by the rules. What did not come about is empty.
 *
 * @param bind of a step that binds a socket: the first of socket, setsockopt and bind that failed, or ok
 * @param listen of a step that listens
 * @param result of any other step
 * @param port the port that the socket has now
 * @param local the address that a socket has now that connected
 * @param acceptor who accepted a connection
 * @param receivers who of the case's sockets received a datagram
 * @param value what getsockopt read
 * @param pid the process that holds a duplicate
 * @param holders of a step that closes one: the other descriptors of the same socket
 * @param note why nothing was done
 * @param refused of a step that opens a socket: the option whose setsockopt was what failed
 * @param lacking whether nothing was done because this system, or the JDK, has no such thing
 */
public record StepOutcome(
        Optional<Outcome> bind,
        Optional<Outcome> listen,
        Optional<Outcome> result,
        OptionalInt port,
        Optional<Sockaddr> local,
        OptionalInt acceptor,
        Optional<List<Integer>> receivers,
        Optional<String> value,
        OptionalInt pid,
        List<Integer> holders,
        Optional<String> note,
        Optional<SockOpt<?>> refused,
        boolean lacking) {

    /** What came about so far. */
    private static final class So {
        private Optional<Outcome> bind = Optional.empty();
        private Optional<Outcome> listen = Optional.empty();
        private Optional<Outcome> result = Optional.empty();
        private int port;
        private Optional<Sockaddr> local = Optional.empty();
        private int acceptor;
        private Optional<List<Integer>> receivers = Optional.empty();
        private Optional<String> value = Optional.empty();
        private int pid;
        private List<Integer> holders = List.of();
        private Optional<String> note = Optional.empty();
        private Optional<SockOpt<?>> refused = Optional.empty();
        private boolean lacking;

        StepOutcome far() {
            return new StepOutcome(
                    bind,
                    listen,
                    result,
                    unlessNone(port),
                    local,
                    unlessNone(acceptor),
                    receivers,
                    value,
                    unlessNone(pid),
                    holders,
                    note,
                    refused,
                    lacking);
        }

        private static OptionalInt unlessNone(int number) {
            return number == 0 ? OptionalInt.empty() : OptionalInt.of(number);
        }
    }

    /** A call of a step that binds a socket failed: socket, or bind. */
    public static StepOutcome failed(Outcome bind) {
        return bound(Optional.of(bind), Optional.empty(), 0);
    }

    /** The setsockopt of a step that opens a socket failed. */
    public static StepOutcome refused(Outcome setsockopt, SockOpt<?> option) {
        So so = new So();
        so.bind = Optional.of(setsockopt);
        so.refused = Optional.of(option);
        return so.far();
    }

    /** A socket was bound; what the rules do not say is empty, and so is listen if it was not asked for. */
    public static StepOutcome bound(Optional<Outcome> bind, Optional<Outcome> listen, int port) {
        So so = new So();
        so.bind = bind;
        so.listen = listen;
        so.port = port;
        return so.far();
    }

    /** The setsockopt of a step that opens a socket, and does not bind it, failed. */
    public static StepOutcome refusedUnbound(Outcome setsockopt, SockOpt<?> option) {
        So so = new So();
        so.result = Optional.of(setsockopt);
        so.refused = Optional.of(option);
        return so.far();
    }

    /** An earlier socket listens, or does not; port 0 is none. */
    public static StepOutcome listened(Optional<Outcome> listen, int port) {
        return bound(Optional.empty(), listen, port);
    }

    /** A call that neither binds nor listens ended; empty if the rules do not say how. */
    public static StepOutcome ended(Optional<Outcome> result) {
        So so = new So();
        so.result = result;
        return so.far();
    }

    /** As above. */
    public static StepOutcome ended(Outcome result) {
        return ended(Optional.of(result));
    }

    /** A connection was accepted by a socket. */
    public static StepOutcome accepted(int acceptor) {
        So so = new So();
        so.result = Optional.of(Outcome.OK);
        so.acceptor = acceptor;
        return so.far();
    }

    /**
     * A socket of the case connected, or not.
     *
     * @param local the address and port that it has now; empty if that is not known
     * @param acceptor who accepted it, 0 for nobody
     */
    public static StepOutcome connected(Optional<Outcome> result, Optional<Sockaddr> local, int acceptor) {
        So so = new So();
        so.result = result;
        so.port = local.map(Sockaddr::port).orElse(0);
        so.local = local;
        so.acceptor = acceptor;
        return so.far();
    }

    /**
     * A datagram was sent, or not.
     *
     * @param local the address and port that the socket has now
     * @param receivers who received it; empty if that is not known
     */
    public static StepOutcome sent(
            Optional<Outcome> result, Optional<Sockaddr> local, Optional<List<Integer>> receivers) {
        So so = new So();
        so.result = result;
        so.port = local.map(Sockaddr::port).orElse(0);
        so.local = local;
        so.receivers = receivers;
        return so.far();
    }

    /** An option was read; empty if the rules do not say what it is. */
    public static StepOutcome read(Optional<String> value) {
        So so = new So();
        so.result = value.map(known -> Outcome.OK);
        so.value = value;
        return so.far();
    }

    /** Another process has a duplicate now. */
    public static StepOutcome forked(int pid) {
        So so = new So();
        so.result = Optional.of(Outcome.OK);
        so.pid = pid;
        return so.far();
    }

    /** A descriptor was closed, or not; {@code others} of the same socket are not. */
    public static StepOutcome closed(Optional<Outcome> result, List<Integer> others) {
        So so = new So();
        so.result = result;
        so.holders = others;
        return so.far();
    }

    /** Nothing was done. */
    public static StepOutcome not(String why) {
        So so = new So();
        so.note = Optional.of(why);
        return so.far();
    }

    /** Nothing was done, for this system or the JDK has no such thing. */
    public static StepOutcome lacking(String why) {
        So so = new So();
        so.note = Optional.of(why);
        so.lacking = true;
        return so.far();
    }

    /** Nothing was done, for the socket whose port was asked for has none. */
    public static StepOutcome noPort(Step.Port port) {
        return not("socket " + ((Step.Port.Of) port).socket() + " has no port");
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
        return differ(bind, other.bind)
                || differ(listen, other.listen)
                || differ(result, other.result)
                || differ(value, other.value)
                || differ(receivers, other.receivers);
    }

    /** Returns what failed, else ok; empty if nothing was done. */
    public Optional<Outcome> overall() {
        return bind.filter(outcome -> !outcome.ok())
                .or(() -> listen)
                .or(() -> bind)
                .or(() -> result);
    }

    private static <T> boolean differ(Optional<T> mine, Optional<T> theirs) {
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
        return text
                + result.map(Outcome::name).orElse("")
                + value.map(read -> ", " + (read.isEmpty() ? "empty" : read)).orElse("");
    }
}
