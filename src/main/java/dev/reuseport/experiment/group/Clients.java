package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.PollFds;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Makes connections to one address, each from a source that no other one has, and watches them. One thread's; nothing
 * here waits longer than it is told to.
 */
public final class Clients {
    /** How long a connection may take on loopback before its member's queue is taken to be full. */
    public static final Duration PATIENCE = Duration.ofSeconds(3);

    /** What is said where it took longer, with the time to follow. */
    public static final String QUEUE_FULL = "a member's queue was full: connect was not answered in ";

    /** How many connections to give back where descriptors run out, for members to accept with. */
    public static final int SPARE = 32;

    private static final LingerTime RESET = new LingerTime(true, Duration.ZERO);

    /** How many connections one {@code poll} waits for. */
    private static final int WATCHED = 256;

    private final Syscalls syscalls;
    private final Sockaddr target;
    private final SourcePorts sources;
    private final boolean reset;
    private final PollFds fds;
    private final NativeBuffer buffer;
    private final SortedMap<String, Integer> failures = new TreeMap<>();
    private String exhausted;

    /** Connects to {@code target} from anywhere on loopback. */
    public static Clients of(Syscalls syscalls, Sockaddr target) {
        return new Clients(syscalls, target, new SourcePorts(target, syscalls.abi()));
    }

    /** As above, to a server that others use too: each connection is closed in order, and not by a reset. */
    public static Clients orderly(Syscalls syscalls, Sockaddr target) {
        return new Clients(syscalls, target, new SourcePorts(target, syscalls.abi()), false);
    }

    Clients(Syscalls syscalls, Sockaddr target, SourcePorts sources) {
        this(syscalls, target, sources, true);
    }

    private Clients(Syscalls syscalls, Sockaddr target, SourcePorts sources, boolean reset) {
        this.reset = reset;
        this.syscalls = syscalls;
        this.target = target;
        this.sources = sources;
        this.fds = new PollFds(syscalls, WATCHED);
        this.buffer = syscalls.allocate(512);
    }

    /** Returns how often which errno ended a connection, or kept one from being made. */
    public SortedMap<String, Integer> failures() {
        return Collections.unmodifiableSortedMap(failures);
    }

    /** Counts an errno that ended a connection. */
    public void failed(String errno) {
        failures.merge(errno, 1, Integer::sum);
    }

    /** Says what there is no more of, descriptors or ports, or what was missing, once no more can be begun. */
    public Optional<String> exhausted() {
        return Optional.ofNullable(exhausted);
    }

    /**
     * Begins a connection.
     *
     * @param due when it was to begin, as {@link System#nanoTime} counts
     * @return empty if there is nothing left to make it of
     */
    public Optional<Client> begin(long due) throws IOException {
        while (true) {
            NativeSocket socket;
            try {
                socket = NativeSocket.open(syscalls, target.family(), Const.SOCK_STREAM);
            } catch (ErrnoException e) {
                return endedBy("out of descriptors", e);
            }
            Optional<Sockaddr> source = Optional.empty();
            try {
                socket.blocking(false);
                if (reset) {
                    socket.set(SockOpts.SO_LINGER, RESET);
                }
                source = sources.next();
                if (source.isEmpty()) {
                    socket.close();
                    failed(Const.EADDRNOTAVAIL.name());
                    exhausted = "out of source ports: each was used once";
                    return Optional.empty();
                }
                socket.bind(source.get());
                Client client = new Client(socket, source.get(), due);
                try {
                    socket.connectNow(target);
                } catch (ErrnoException e) {
                    client.lost(e);
                }
                return Optional.of(client);
            } catch (ErrnoException e) {
                socket.close();
                Errno errno = e.errno();
                boolean taken = errno.is(Const.EADDRINUSE) || errno.is(Const.EACCES);
                if (!taken) {
                    return endedBy(
                            errno.is(Const.EADDRNOTAVAIL) && source.isPresent()
                                    ? "this host has no address " + source.get().host() + " to connect from"
                                    : "out of means",
                            e);
                }
            }
        }
    }

    private Optional<Client> endedBy(String why, ErrnoException failure) {
        failed(failure.errno().name());
        exhausted = why + ": " + failure.getMessage();
        return Optional.empty();
    }

    /** Counts those that got no answer in time. */
    public void unanswered(List<Client> open) {
        open.forEach(client -> failed(Const.ETIMEDOUT.name()));
    }

    /**
     * Waits until a connection is made or has failed.
     *
     * @return false if the time passed first, as it does when a queue is full: it is counted and closed then
     */
    public boolean awaitConnected(Client client, Duration timeout) throws IOException {
        if (fds.clear().add(client.fd(), Const.POLLOUT).poll((int) timeout.toMillis()) > 0) {
            return true;
        }
        unanswered(List.of(client));
        client.close();
        return false;
    }

    /**
     * Looks at connections: those that ended are given to {@code ended} and closed, those that were lost are counted and
     * closed, the others stay in the list.
     *
     * @return how many were lost
     */
    public int collect(List<Client> open, Consumer<Client> ended) throws IOException {
        int lost = 0;
        for (Iterator<Client> each = open.iterator(); each.hasNext(); ) {
            Client client = each.next();
            Client.State state = client.look(buffer);
            if (state == Client.State.OPEN) {
                continue;
            }
            if (state == Client.State.LOST) {
                failed(client.errno());
                lost++;
            } else {
                ended.accept(client);
            }
            client.close();
            each.remove();
        }
        return lost;
    }

    /** Reads what is there, and tells whether a connection has ended, in one way or the other. */
    public boolean ended(Client client) {
        return client.look(buffer) != Client.State.OPEN;
    }

    /** Waits until something comes on one of the first connections of the list. */
    public void awaitAny(List<Client> open, Duration timeout) throws ErrnoException {
        fds.clear();
        for (Client client : open.subList(0, Math.min(open.size(), fds.capacity()))) {
            fds.add(client.fd(), Const.POLLIN);
        }
        fds.poll((int) timeout.toMillis());
    }
}
