package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.datagram.DatagramGroup;
import dev.reuseport.experiment.datagram.Message;
import dev.reuseport.experiment.datagram.Sharing;
import dev.reuseport.experiment.datagram.Sources;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** How the kernel spreads datagrams over the members of a group: sends them, several from each source, and counts. */
public final class DatagramSpread {
    /** How many sources send before members read: what they send fits into the smallest buffer. */
    private static final int BATCH = 64;

    /** How long to wait for what has been sent, where somebody does not read, and else. */
    private static final Duration BUSY_PATIENCE = Duration.ofMillis(1);

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** The probe that goes ahead of a connection is no source's. */
    private static final int PROBE = -1;

    private final DatagramSpreadPlan plan;

    /** Prepares a run. */
    public DatagramSpread(DatagramSpreadPlan plan) {
        this.plan = plan;
    }

    /** Runs it. */
    public DatagramSpreadCount run() throws IOException {
        Syscalls syscalls = plan.mode().binding().load();
        try (DatagramGroup group =
                        DatagramGroup.open(syscalls, plan.mode(), plan.sharing(), plan.address(), plan.members());
                Sources sources = new Sources(syscalls, group.address())) {
            if (plan.steer().isPresent()) {
                group.steer(plan.steer().get());
            }
            return new Run(group, sources).run();
        }
    }

    private final class Run {
        private final DatagramGroup group;
        private final Sources sources;
        private final long deadline = System.nanoTime() + plan.timeout().toNanos();
        private final List<BitSet> heard = new ArrayList<>();
        private final List<Integer> datagrams = new ArrayList<>();
        private int joined = PROBE;
        private Sockaddr connectedTo;
        private int probedBy = PROBE;
        private int taken;
        private int read;
        private int begun;
        private int sent;
        private String endedEarly;

        Run(DatagramGroup group, Sources sources) {
            this.group = group;
            this.sources = sources;
            for (DatagramGroup.Member member : group.members()) {
                member.busy(member.name() < plan.busy());
                counted();
            }
        }

        private void counted() {
            heard.add(new BitSet());
            datagrams.add(0);
        }

        private void read(DatagramGroup.Member by, Message message) {
            if (message.source() == PROBE) {
                probedBy = by.name();
                return;
            }
            read++;
            heard.get(by.name()).set(message.source());
            datagrams.set(by.name(), datagrams.get(by.name()) + 1);
            if (by.name() == joined && message.source() == 0) {
                taken++;
            }
        }

        DatagramSpreadCount run() throws IOException {
            while (begun < plan.sources() && endedEarly == null) {
                sources.open(Math.min(BATCH, plan.sources() - begun));
                if (begun == 0 && plan.connected()) {
                    connect();
                }
                for (int number = 0; number < plan.datagrams() && endedEarly == null; number++) {
                    sendFromEach(number);
                    settle(plan.busy() > 0 ? BUSY_PATIENCE : PATIENCE);
                }
                begun += sources.size();
                sources.close();
                sources.exhausted().ifPresent(why -> endedEarly = why);
            }
            group.members().forEach(member -> member.busy(false));
            settle(PATIENCE);
            return count();
        }

        /** Has the first source send one datagram, and one more member connect to it. */
        private void connect() throws IOException {
            sources.send(0, group.message(PROBE, 0));
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (probedBy == PROBE && System.nanoTime() < until) {
                for (DatagramGroup.Member member : group.members()) {
                    group.drain(member, this::read);
                }
            }
            connectedTo = sources.address(0);
            DatagramGroup.Member member = group.join();
            counted();
            member.connect(connectedTo);
            joined = member.name();
        }

        private void sendFromEach(int number) throws IOException {
            for (int i = 0; i < sources.size(); i++) {
                while (!sources.send(i, group.message(begun + i, number))) {
                    settle(BUSY_PATIENCE);
                    if (System.nanoTime() > deadline) {
                        break;
                    }
                }
                if (System.nanoTime() > deadline) {
                    endedEarly = "the time was over";
                    return;
                }
                sent++;
            }
        }

        /** Reads until what was sent is read or known to be dropped, but not longer than {@code patience}. */
        private void settle(Duration patience) throws IOException {
            long until = Math.min(deadline, System.nanoTime() + patience.toNanos());
            while (group.sweep(this::read) > 0
                    || read + group.dropped() < plan.deliveries(sent) && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }

        private DatagramSpreadCount count() throws IOException {
            List<DatagramSpreadCount.Member> members = new ArrayList<>();
            BitSet any = new BitSet();
            BitSet several = new BitSet();
            for (DatagramGroup.Member member : group.members()) {
                BitSet its = heard.get(member.name());
                BitSet again = (BitSet) any.clone();
                again.and(its);
                several.or(again);
                any.or(its);
                members.add(new DatagramSpreadCount.Member(
                        member.name(),
                        its.cardinality(),
                        datagrams.get(member.name()),
                        member.name() < plan.busy(),
                        group.dropped(member)));
            }
            Optional<DatagramSpreadCount.Connection> connection = plan.connected()
                    ? Optional.of(new DatagramSpreadCount.Connection(joined, connectedTo, probedBy, taken))
                    : Optional.empty();
            return new DatagramSpreadCount(
                    plan,
                    group.address(),
                    members,
                    begun,
                    sent,
                    any.cardinality(),
                    any.cardinality() - several.cardinality(),
                    connection,
                    notes(members),
                    Optional.ofNullable(endedEarly));
        }

        private List<String> notes(List<DatagramSpreadCount.Member> members) {
            List<String> notes = new ArrayList<>();
            int last = members.get(members.size() - 1).datagrams();
            if (plan.copies() && read == plan.deliveries(sent)) {
                notes.add("every member got a copy of each datagram: a member is chosen only for what goes to one"
                        + " host");
            } else if (plan.sharing() == Sharing.SO_REUSEADDR && members.size() > 1 && last == read && read > 0) {
                notes.add(
                        "the member that bound last got everything: with SO_REUSEADDR alone they are no group, and the"
                                + " kernel takes the first that fits of a list in which the newest comes first");
            }
            return notes;
        }
    }
}
