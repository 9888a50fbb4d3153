package dev.reuseport.bind.run;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.sys.NotPossibleException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Where the sockets of a case live: in this process, in a process of another user, or inside the JDK. Sockets go by
 * their numbers in the case, accepted connections by numbers of their own.
 *
 * <p>A failing system call is an {@link Outcome}; what cannot be tried at all is a {@link NotPossibleException}.
 */
public interface CaseSockets extends Closeable {
    /** How many connections may wait on a listener of a case. */
    int BACKLOG = 16;

    /** How long a client waits on Linux; connect then fails with EINPROGRESS. */
    Duration LONGEST_CONNECT = Duration.ofSeconds(1);

    /**
     * Opens, sets, binds and perhaps listens. A socket whose bind fails is closed at once.
     *
     * @param address where the step binds it: what it names, with the port that this has come to
     */
    StepOutcome open(int number, Step.Open step, Sockaddr address) throws IOException;

    /** Opens and sets, and binds nothing. A socket that an option is refused to is closed at once. */
    StepOutcome unbound(int number, Step.Socket socket) throws IOException;

    /** Opens, sets, binds and perhaps listens on a socket of AF_UNIX; removes its file when the case ends. */
    StepOutcome unix(int number, Step.Unix step) throws IOException;

    Outcome bind(int number, Sockaddr address) throws IOException;

    Outcome listen(int number) throws IOException;

    /** Returns the address and port that a socket has now. */
    Sockaddr local(int number) throws IOException;

    /** Returns the address and port that a socket is connected to. */
    Sockaddr peer(int number) throws IOException;

    /** Connects, and waits no longer than a moment. */
    Outcome connect(int number, Sockaddr to) throws IOException;

    /** Sends a datagram with a number that tells it from all others. */
    Outcome send(int number, Sockaddr to, long datagram) throws IOException;

    /** Returns who has received a datagram, of the sockets of UDP here, and throws all away that came. */
    List<Integer> received(long datagram) throws IOException;

    /** Ends the connection of a socket behind its peer, and closes the descriptor. */
    void follow(int number) throws IOException;

    Outcome close(int number) throws IOException;

    Outcome shutdown(int number) throws IOException;

    Outcome set(int number, Setting<?> setting) throws IOException;

    /** Reads an option. */
    StepOutcome read(int number, SockOpt<?> option) throws IOException;

    /** Makes another descriptor of a socket. */
    Outcome dup(int number, int of) throws IOException;

    /** Gives a duplicate of a socket to another process that only holds it, and returns its number. */
    int fork(int number, int of) throws IOException;

    /**
     * Accepts a connection if a listener here has one, without waiting.
     *
     * @param connection the number it gets
     * @param likely the number of the socket that the client connected to, which is asked first: of a group it may be another
     * @return the number of the listener, 0 if there is none
     */
    int accept(int connection, int likely) throws IOException;

    /**
     * Closes an accepted connection.
     *
     * @param first false if the client closed it before: then this waits until both sides are gone
     */
    void closeConnection(int connection, boolean first) throws IOException;

    /** Closes everything at the end of a case; connections are reset, so that none stays in TIME_WAIT. */
    void reset() throws IOException;
}
