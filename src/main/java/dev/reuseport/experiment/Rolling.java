package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Client;
import dev.reuseport.experiment.group.Clients;
import dev.reuseport.experiment.group.Leaving;
import dev.reuseport.experiment.group.Listeners;
import dev.reuseport.experiment.group.SpareDescriptors;
import dev.reuseport.socket.TcpConnection;
import dev.reuseport.socket.TcpListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Replaces every member in turn, under a steady stream of clients. A connection begins when it is due, whatever became of
 * those before it, so that a stall shows in full.
 */
final class Rolling {
    private static final Duration PACE = Duration.ofMillis(1);
    private static final Duration MEMBERS_PACE = Duration.ofMillis(20);
    private static final int BACKLOG = 1024;
    private static final int DIGITS = 3;

    private final RestartPlan plan;
    private final RestartPlan.Stream stream;
    private final Listeners opener;
    private final Leaving leaving;

    /** The members in the kernel's order; its index is what a program returns. Only the thread that replaces changes it. */
    private final List<Acceptor> group = new ArrayList<>();

    private volatile String endedEarly;
    private int replaced;

    Rolling(RestartPlan plan, Listeners opener) {
        this.plan = plan;
        this.stream = plan.rolling().orElseThrow();
        this.opener = opener;
        this.leaving = new Leaving(opener, plan.strategy());
    }

    /** A listener and the thread that accepts on it. */
    private final class Acceptor implements Runnable {
        private final TcpListener listener;
        private final CountDownLatch gone = new CountDownLatch(1);
        private volatile boolean told;
        private int index;
        private List<TcpListener> others = List.of();

        Acceptor(TcpListener listener) {
            this.listener = listener;
        }

        @Override
        public void run() {
            try {
                while (!told) {
                    acceptOne();
                }
                if (others.isEmpty()) {
                    Leaving.answerQueued(listener);
                    listener.close();
                } else {
                    leaving.leave(listener, index, others);
                }
            } catch (IOException e) {
                endEarly("a member could not leave: " + e.getMessage());
            } finally {
                gone.countDown();
            }
        }

        /** Without a descriptor the connection stays queued, and the end of the stream gives some back. */
        private void acceptOne() {
            try {
                Optional<TcpConnection> connection = listener.accept(MEMBERS_PACE);
                if (connection.isPresent()) {
                    Leaving.answer(connection.get());
                }
            } catch (IOException e) {
                endEarly("a member could not accept: " + e.getMessage());
                LockSupport.parkNanos(MEMBERS_PACE.toNanos());
            }
        }

        /** Makes it leave, and waits until it has. */
        void leave(int ownIndex, List<TcpListener> theOthers) throws InterruptedException {
            index = ownIndex;
            others = theOthers;
            told = true;
            if (!gone.await(plan.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                endEarly("a member did not leave in time");
            }
        }
    }

    RestartCount run() throws IOException, InterruptedException {
        Sockaddr address = join(plan.address());
        while (group.size() < plan.listeners()) {
            join(address);
        }
        Thread replacer = new Thread(() -> replaceAll(address), "replacer");
        Clients clients = Clients.of(opener.syscalls(), address);
        Histogram latency = new Histogram(TimeUnit.HOURS.toMicros(1), DIGITS);
        List<Client> open = new ArrayList<>();
        int begun = 0;
        long worst = 0;
        try (SpareDescriptors spare =
                new SpareDescriptors(opener.syscalls(), SpareDescriptors.SOME + plan.listeners())) {
            replacer.start();
            long start = System.nanoTime();
            long end = start + stream.duration().toNanos();
            long interval = TimeUnit.SECONDS.toNanos(1) / stream.rate();
            long lastAnswer = start;
            long now = start;
            for (long due = start; (due < end || !open.isEmpty() || replacer.isAlive()); ) {
                while (due <= now && due < end && endedEarly == null) {
                    Optional<Client> client = clients.begin(due);
                    if (client.isEmpty()) {
                        endEarly(clients.exhausted().orElseThrow());
                        break;
                    }
                    open.add(client.get());
                    begun++;
                    due += interval;
                }
                if (endedEarly != null && end > due) {
                    end = due;
                    replacer.interrupt();
                    spare.release();
                }
                long answeredBefore = latency.getTotalCount();
                clients.collect(open, client -> record(client, latency, clients));
                clients.awaitAny(open, PACE);
                now = System.nanoTime();
                boolean answered = latency.getTotalCount() > answeredBefore;
                if (answered) {
                    worst = Math.max(worst, now - lastAnswer);
                }
                if (answered || open.isEmpty()) {
                    lastAnswer = now;
                }
                if (now > end + plan.timeout().toNanos()) {
                    break;
                }
            }
            if (!open.isEmpty()) {
                // A stall that did not end.
                worst = Math.max(worst, now - lastAnswer);
            }
        } finally {
            clients.unanswered(open);
            Client.closeAll(open);
            replacer.interrupt();
            replacer.join();
            for (Acceptor member : List.copyOf(group)) {
                member.leave(0, List.of());
            }
        }
        return new RestartCount(
                plan,
                address,
                opener.migrateReq(),
                begun,
                OptionalInt.empty(),
                (int) latency.getTotalCount(),
                new TreeMap<>(clients.failures()),
                Optional.of(new RestartCount.Course(replaced, latency, Duration.ofNanos(worst))),
                Optional.ofNullable(endedEarly));
    }

    /** The first reason is the one that counts: what was measured until then is the result. */
    private synchronized void endEarly(String why) {
        if (endedEarly == null) {
            endedEarly = why;
        }
    }

    private static void record(Client client, Histogram latency, Clients clients) {
        if (client.reply().equals(Leaving.ANSWER)) {
            latency.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - client.begun()));
        } else {
            clients.failed("closed without an answer");
        }
    }

    private Sockaddr join(Sockaddr address) throws IOException {
        TcpListener listener = opener.open(address, BACKLOG);
        Acceptor member = new Acceptor(listener);
        Sockaddr bound = listener.localAddress();
        group.add(member);
        Thread thread = new Thread(member, "member");
        thread.setDaemon(true);
        thread.start();
        return bound;
    }

    /** Spreads the replacements over the time of the stream: first the new one joins, then the old one leaves. */
    private void replaceAll(Sockaddr address) {
        try {
            List<Acceptor> originals = List.copyOf(group);
            long pause = stream.duration().toNanos() / (originals.size() + 1);
            for (Acceptor original : originals) {
                TimeUnit.NANOSECONDS.sleep(pause);
                join(address);
                int index = group.indexOf(original);
                original.leave(
                        index,
                        group.stream()
                                .filter(member -> member != original)
                                .map(member -> member.listener)
                                .toList());
                // As the kernel does: the last member takes the index that is free now.
                group.set(index, group.get(group.size() - 1));
                group.remove(group.size() - 1);
                replaced++;
            }
        } catch (IOException e) {
            endEarly("no further member can be opened: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
