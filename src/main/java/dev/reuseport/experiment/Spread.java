package dev.reuseport.experiment;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Codec;
import dev.reuseport.socket.Mode;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/** How the kernel spreads connections over the members of a group: makes them, each from a source of its own, and counts. */
public final class Spread {
    /** How many connections are open at once, those on busy members aside; more where a sweep over the members costs more. */
    static final int BATCH = 64;

    private static final int LARGEST_BATCH = 1024;

    /** How long a connection may take on loopback before its member's queue is taken to be full. */
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(3);

    /** How long to wait for the members that are not busy, when others are: nobody knows who got what. */
    private static final Duration BUSY_PATIENCE = Duration.ofMillis(5);

    /** After so many failures in a row nobody listens any more. */
    private static final int HOPELESS = 100;

    private static final int SPARE = 32;

    private static final byte[] MESSAGE = "x\n".getBytes(StandardCharsets.US_ASCII);

    private final Settings settings;
    private final IntConsumer progress;

    /**
     * Prepares a run.
     *
     * @param progress takes the number of connections made so far
     */
    public Spread(Settings settings, IntConsumer progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * What to do.
     *
     * @param mode by which way the members listen
     * @param address a loopback address; port 0 lets the kernel choose
     * @param listeners how many members
     * @param connections how many connections
     * @param processes whether each member is a receiver of its own, started by {@code command}
     * @param busy how many members, from the first, accept nothing while it runs
     * @param steer who chooses the member; the kernel's hash if empty
     * @param loadBalanced whether SO_REUSEPORT_LB is set instead of SO_REUSEPORT
     * @param timeout how long the whole run may take
     * @param command what starts this program, to which {@code serve} is appended
     */
    public record Settings(
            Mode mode,
            Sockaddr address,
            int listeners,
            int connections,
            boolean processes,
            int busy,
            Optional<Steer> steer,
            boolean loadBalanced,
            Duration timeout,
            List<String> command) {

        /** Returns how many connections are made before the members' answers are awaited. */
        int batch(int members) {
            return steer.isPresent() ? BATCH : Math.min(LARGEST_BATCH, Math.max(BATCH, members / 4));
        }

        /** Room for a batch where members accept, and for all connections where they do not. */
        int backlog() {
            int batches = 2 * batch(listeners);
            return busy > 0 ? Math.max(batches, connections) : batches;
        }
    }

    /**
     * One listener of the group.
     *
     * @param index in the order in which they began to listen
     * @param pid its process
     * @param connections how many it got; those of a busy one were queued until the end
     * @param busy whether it accepted nothing while connections were made
     * @param died how it ended, if it did not live to see the end
     */
    public record Member(int index, OptionalLong pid, int connections, boolean busy, Optional<String> died) {}

    /**
     * What came of it.
     *
     * @param address what the group listened on
     * @param opening how long it took until all members listened
     * @param members each with its count
     * @param made how many connections were made
     * @param failures how often which errno ended a connection, or kept one from being made
     * @param notes what went otherwise than asked for
     * @param endedEarly why it did not make all connections
     */
    public record Result(
            Settings settings,
            Sockaddr address,
            Duration opening,
            List<Member> members,
            int made,
            SortedMap<String, Integer> failures,
            List<String> notes,
            Optional<String> endedEarly) {
        /** Tests the counts against an even spread. */
        public Optional<Uniformity> uniformity() {
            return Uniformity.of(members.stream().mapToLong(Member::connections).toArray());
        }
    }

    /** Runs it. */
    public Result run() throws IOException, InterruptedException {
        Listeners opener = Listeners.of(settings.mode(), settings.loadBalanced());
        long begun = System.nanoTime();
        try (Group group =
                settings.processes() ? ProcessGroup.start(opener, settings) : OwnGroup.open(opener, settings)) {
            return new Run(opener.syscalls(), group, Duration.ofNanos(System.nanoTime() - begun)).run();
        }
    }

    private final class Run {
        private final Group group;
        private final Duration opening;
        private final Clients clients;
        private final NativeBuffer message;
        private final List<Client> waiting = new ArrayList<>();
        private final long deadline = System.nanoTime() + settings.timeout().toNanos();
        private int made;
        private int failedInARow;
        private String endedEarly;

        Run(Syscalls syscalls, Group group, Duration opening) {
            this.group = group;
            this.opening = opening;
            this.clients = Clients.of(syscalls, group.address());
            this.message = syscalls.allocate(MESSAGE.length);
            message.bytes().put(0, MESSAGE);
        }

        Result run() throws IOException {
            try {
                while (made < settings.connections() && endedEarly == null) {
                    List<Client> batch = new ArrayList<>();
                    while (batch.size() < settings.batch(group.size())
                            && made < settings.connections()
                            && endedEarly == null) {
                        connect(batch);
                    }
                    settle(batch, settings.busy() > 0 ? BUSY_PATIENCE : left());
                    waiting.addAll(batch);
                    progress.accept(made);
                }
                if (endedEarly != null) {
                    // Descriptors to accept with, should there be none left. The connections stay in their queues.
                    List<Client> spare = waiting.subList(0, Math.min(SPARE, waiting.size()));
                    for (Client client : spare) {
                        client.close();
                    }
                    spare.clear();
                }
                group.release();
                settle(waiting, left());
                for (int i = waiting.size(); i > 0; i--) {
                    clients.failed(Const.ETIMEDOUT.name());
                }
                List<String> notes = new ArrayList<>(group.notes());
                List<Member> members = group.members();
                return new Result(
                        settings,
                        group.address(),
                        opening,
                        List.copyOf(members),
                        made,
                        new TreeMap<>(clients.failures()),
                        List.copyOf(notes),
                        Optional.ofNullable(endedEarly));
            } finally {
                for (Client client : waiting) {
                    client.close();
                }
            }
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        }

        private void connect(List<Client> batch) throws IOException {
            if (left().isZero()) {
                endedEarly = "the time was over";
                return;
            }
            Optional<Client> begun = clients.begin(System.nanoTime());
            if (begun.isEmpty()) {
                endedEarly = clients.exhausted().orElseThrow();
                return;
            }
            Client client = begun.get();
            boolean last = left().compareTo(CONNECT_PATIENCE) < 0;
            Duration patience = last ? left() : CONNECT_PATIENCE;
            boolean connected = clients.awaitConnected(client, patience);
            if (connected && settings.processes()) {
                try {
                    client.send(message, MESSAGE.length);
                } catch (ErrnoException e) {
                    client.lost(e);
                }
            }
            if (!connected) {
                clients.failed(Const.ETIMEDOUT.name());
                client.close();
                endedEarly = "a member's queue was full: connect was not answered in "
                        + (last
                                ? "what was left of " + Codec.seconds(settings.timeout()) + " seconds"
                                : patience.toSeconds() + " seconds");
                return;
            }
            List<Client> one = new ArrayList<>(List.of(client));
            if (clients.collect(one, ended -> group.answered(ended.reply())) > 0) {
                if (++failedInARow == HOPELESS) {
                    endedEarly = HOPELESS + " connections in a row failed: " + client.errno();
                }
                return;
            }
            failedInARow = 0;
            made++;
            batch.addAll(one);
        }

        /** Waits until the connections have ended, but not longer than {@code patience}. */
        private void settle(List<Client> open, Duration patience) throws IOException {
            long until = System.nanoTime() + patience.toNanos();
            do {
                group.sweep();
                clients.collect(open, ended -> group.answered(ended.reply()));
                if (!open.isEmpty()) {
                    clients.awaitAny(open, Duration.ofMillis(1));
                }
            } while (!open.isEmpty() && System.nanoTime() < until);
        }
    }
}
