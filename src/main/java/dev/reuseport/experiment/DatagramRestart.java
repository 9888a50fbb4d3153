package dev.reuseport.experiment;

import dev.reuseport.experiment.datagram.DatagramGroup;
import dev.reuseport.experiment.datagram.Message;
import dev.reuseport.experiment.datagram.Sharing;
import dev.reuseport.experiment.datagram.Sources;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How many flows of datagrams move to another member, and how many datagrams are lost, when a member leaves its group or one
 * joins. Each source sends once while all is as it was, once before the change, without anybody reading, and once after it.
 */
public final class DatagramRestart {
    private static final int NOBODY = -1;

    /** So many sources send before somebody reads, where reading is not what is being tried. */
    private static final int BATCH = 64;

    /** How long to wait for what may be on its way to a member that does not read. */
    private static final Duration QUIET = Duration.ofMillis(5);

    private final DatagramRestartPlan plan;

    /** Prepares a run. */
    public DatagramRestart(DatagramRestartPlan plan) {
        this.plan = plan;
    }

    /** Runs it. */
    public DatagramRestartCount run() throws IOException {
        Syscalls syscalls = plan.mode().binding().load();
        try (DatagramGroup group = DatagramGroup.open(
                        syscalls, plan.mode(), Sharing.SO_REUSEPORT, plan.address(), plan.members());
                Sources sources = new Sources(syscalls, group.address())) {
            sources.open(plan.sources());
            boolean hashKnown = syscalls.abi().platform().linux();
            return new Run(group, sources, hashKnown).run();
        }
    }

    private final class Run {
        private final DatagramGroup group;
        private final Sources sources;
        private final boolean hashKnown;
        private final List<int[]> readers = new ArrayList<>();
        private int sent;
        private int read;
        private int gone;

        Run(DatagramGroup group, Sources sources, boolean hashKnown) {
            this.group = group;
            this.sources = sources;
            this.hashKnown = hashKnown;
        }

        DatagramRestartCount run() throws IOException {
            int[] before = send(sources.size());
            int own = 0;
            int overflowed = 0;
            Optional<Integer> queued = Optional.empty();
            Optional<Integer> meanwhile = Optional.empty();
            if (plan.leaver().isPresent()) {
                int index = plan.leaver().get();
                own = (int) Arrays.stream(before).filter(each -> each == index).count();
                DatagramGroup.Member leaver = group.members().get(index);
                leaver.busy(true);
                send(Math.min(plan.queued(), sources.size()));
                overflowed = group.dropped(leaver).orElse(0);
                queued = Optional.of(sent - read - overflowed);
                if (plan.strategy() == Strategy.STEER_DRAIN) {
                    group.steerAround(leaver);
                    meanwhile = Optional.of(moved(before, send(sources.size())));
                }
                if (plan.strategy() != Strategy.CLOSE) {
                    group.drain(leaver, this::read);
                }
                group.leave(leaver);
                gone = sent - read;
                if (plan.strategy() == Strategy.STEER_DRAIN) {
                    group.steerNoMore();
                }
            } else {
                group.join();
            }
            int[] after = send(sources.size());
            return new DatagramRestartCount(
                    plan,
                    group.address(),
                    before.length,
                    own,
                    moved(before, after),
                    meanwhile,
                    expected(),
                    sent,
                    queued,
                    overflowed,
                    sent - read,
                    sources.exhausted());
        }

        private Optional<Double> expected() {
            if (!hashKnown) {
                return Optional.empty();
            }
            return Optional.of(plan.leaver()
                    .map(leaver -> HashShare.movedByLeave(plan.members(), leaver))
                    .orElseGet(() -> HashShare.movedByJoin(plan.members())));
        }

        private void read(DatagramGroup.Member by, Message message) {
            read++;
            readers.get(message.number())[message.source()] = by.name();
        }

        /** Sends from so many sources, and returns who read what each of them sent. */
        private int[] send(int count) throws IOException {
            int number = readers.size();
            int[] by = new int[sources.size()];
            Arrays.fill(by, NOBODY);
            readers.add(by);
            for (int i = 0; i < count; i++) {
                if (sources.send(i, group.message(i, number))) {
                    sent++;
                }
                if (i % BATCH == 0) {
                    group.sweep(this::read);
                }
            }
            settle();
            return by;
        }

        /** Reads until nothing is on its way any more, as far as that can be known. */
        private void settle() throws IOException {
            boolean known = group.members().stream().noneMatch(DatagramGroup.Member::busy);
            long until = System.nanoTime() + (known ? plan.timeout() : QUIET).toNanos();
            while (group.sweep(this::read) > 0 || read + gone + group.dropped() < sent && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }

        private int moved(int[] before, int[] after) {
            int moved = 0;
            for (int i = 0; i < before.length; i++) {
                if (before[i] != NOBODY && after[i] != NOBODY && before[i] != after[i]) {
                    moved++;
                }
            }
            return moved;
        }
    }
}
