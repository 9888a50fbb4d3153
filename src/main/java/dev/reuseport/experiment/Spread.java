package dev.reuseport.experiment;

import dev.reuseport.experiment.group.Client;
import dev.reuseport.experiment.group.Clients;
import dev.reuseport.experiment.group.Group;
import dev.reuseport.experiment.group.Listeners;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.OwnGroup;
import dev.reuseport.experiment.group.ProcessGroup;
import dev.reuseport.option.Codec;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/** How the kernel spreads connections over the members of a group: makes them, each from a source of its own, and counts. */
public final class Spread {
    /** How long to wait for the members that are not busy, when others are: nobody knows who got what. */
    private static final Duration BUSY_PATIENCE = Duration.ofMillis(5);

    /** After so many failures in a row nobody listens any more. */
    private static final int HOPELESS = 100;

    private static final byte[] MESSAGE = "x\n".getBytes(StandardCharsets.US_ASCII);

    private final SpreadPlan plan;
    private final IntConsumer progress;

    /**
     * Prepares a run.
     *
     * @param progress takes the number of connections made so far
     */
    public Spread(SpreadPlan plan, IntConsumer progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Runs it. */
    public SpreadCount run() throws IOException, InterruptedException {
        Listeners opener = Listeners.of(plan.mode(), plan.loadBalanced());
        long begun = System.nanoTime();
        try (Group group = plan.processes()
                ? ProcessGroup.start(opener, plan.group(), plan.program())
                : OwnGroup.open(opener, plan.group())) {
            return new Run(opener.syscalls(), group, Duration.ofNanos(System.nanoTime() - begun)).run();
        }
    }

    private final class Run {
        private final Group group;
        private final Duration opening;
        private final Clients clients;
        private final NativeBuffer message;
        private final List<Client> waiting = new ArrayList<>();
        private final long deadline = System.nanoTime() + plan.timeout().toNanos();
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

        SpreadCount run() throws IOException {
            try {
                while (made < plan.connections() && endedEarly == null) {
                    List<Client> batch = new ArrayList<>();
                    while (batch.size() < plan.batch(group.size()) && made < plan.connections() && endedEarly == null) {
                        connect(batch);
                    }
                    settle(batch, plan.busy() > 0 ? BUSY_PATIENCE : left());
                    waiting.addAll(batch);
                    progress.accept(made);
                }
                if (endedEarly != null) {
                    // Should there be no descriptors left. The connections stay in their queues.
                    Client.closeAll(waiting.subList(0, Math.min(Clients.SPARE, waiting.size())));
                }
                group.release();
                settle(waiting, left());
                clients.unanswered(waiting);
                List<String> notes = List.copyOf(group.notes());
                List<Member> members = List.copyOf(group.members());
                return new SpreadCount(
                        plan,
                        group.address(),
                        opening,
                        members,
                        made,
                        new TreeMap<>(clients.failures()),
                        notes,
                        Optional.ofNullable(endedEarly));
            } finally {
                Client.closeAll(waiting);
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
            boolean last = left().compareTo(Clients.PATIENCE) < 0;
            if (!clients.awaitConnected(client, last ? left() : Clients.PATIENCE)) {
                endedEarly = Clients.QUEUE_FULL
                        + (last
                                ? "what was left of " + Codec.seconds(plan.timeout())
                                : Long.toString(Clients.PATIENCE.toSeconds()))
                        + " seconds";
                return;
            }
            if (plan.processes()) {
                client.send(message, MESSAGE.length);
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
