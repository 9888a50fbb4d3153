package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.TcpConnection;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.ErrnoException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A group whose members are all this process's: a thread each that waits in accept, as long as there are few; beyond that
 * the members are swept, because a thousand listeners need no thousand threads.
 */
public final class OwnGroup implements Group {
    private static final int MOST_THREADS = 16;

    private static final long PAUSE_WITHOUT_DESCRIPTORS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final class Own {
        final TcpListener listener;
        final boolean busy;
        Thread thread;
        volatile int accepted;

        Own(TcpListener listener, boolean busy) {
            this.listener = listener;
            this.busy = busy;
        }
    }

    private final List<Own> members = new ArrayList<>();
    private final TreeSet<String> notes = new TreeSet<>();
    private final Sockaddr address;
    private volatile boolean counted;

    private OwnGroup(Sockaddr address) {
        this.address = address;
    }

    /** Opens the members; fewer than asked for if descriptors run out, which is noted. */
    public static OwnGroup open(Listeners opener, GroupPlan plan) throws IOException {
        int backlog = plan.backlog();
        TcpListener first = opener.open(plan.address(), backlog);
        OwnGroup group = new OwnGroup(first.localAddress());
        group.add(first, plan);
        try {
            while (group.size() < plan.listeners()) {
                group.add(opener.open(group.address, backlog), plan);
            }
        } catch (ErrnoException e) {
            if (!e.errno().is(Const.EMFILE) && !e.errno().is(Const.ENFILE)) {
                group.close();
                throw e;
            }
            int opened = group.size();
            // A quarter for the clients of a batch, and some for accepted ends and for the JVM.
            while (group.size() > Math.max(1, (opened - 2 * plan.clients()) * 3 / 4)) {
                group.members.remove(group.size() - 1).listener.close();
            }
            group.note("out of descriptors: " + opened + " of " + plan.listeners() + " listeners could be opened ("
                    + e.getMessage() + "); " + group.size() + " stay open, to leave some for the clients");
        } catch (IOException e) {
            group.close();
            throw e;
        }
        if (plan.steer().isPresent()) {
            opener.steer(first, plan.steer().get().forMembers().apply(group.size()));
        }
        OptionalInt somaxconn = opener.somaxconn();
        if (plan.busy() > 0 && somaxconn.isPresent()) {
            group.note("a busy member's queue holds " + Math.min(backlog, somaxconn.getAsInt())
                    + " connections (net.core.somaxconn is " + somaxconn.getAsInt() + ")");
        }
        if (group.size() <= MOST_THREADS) {
            group.startThreads();
        }
        return group;
    }

    private void add(TcpListener listener, GroupPlan plan) {
        members.add(new Own(listener, members.size() < plan.busy()));
    }

    private void startThreads() {
        for (Own member : members) {
            if (!member.busy) {
                member.thread = new Thread(() -> acceptAll(member), "member " + members.indexOf(member));
                member.thread.setDaemon(true);
                member.thread.start();
            }
        }
    }

    private void acceptAll(Own member) {
        while (true) {
            try {
                Optional<TcpConnection> connection = member.listener.accept();
                if (connection.isEmpty()) {
                    return;
                }
                member.accepted++;
                connection.get().close();
            } catch (IOException e) {
                // Without a descriptor the connection stays queued, and somebody may give one back.
                noteAccept(e);
                if (counted) {
                    return;
                }
                LockSupport.parkNanos(PAUSE_WITHOUT_DESCRIPTORS);
            }
        }
    }

    private void noteAccept(IOException failure) {
        note(failure instanceof ErrnoException ? failure.getMessage() : "accept: " + failure.getMessage());
    }

    private void note(String sentence) {
        synchronized (notes) {
            notes.add(sentence);
        }
    }

    @Override
    public Sockaddr address() {
        return address;
    }

    @Override
    public int size() {
        return members.size();
    }

    @Override
    public void sweep() {
        for (Own member : members) {
            if (member.thread == null && !member.busy) {
                acceptQueued(member);
            }
        }
    }

    private void acceptQueued(Own member) {
        try {
            for (Optional<TcpConnection> connection = member.listener.accept(Duration.ZERO);
                    connection.isPresent();
                    connection = member.listener.accept(Duration.ZERO)) {
                member.accepted++;
                connection.get().close();
            }
        } catch (IOException e) {
            noteAccept(e);
        }
    }

    @Override
    public void answered(String reply) {
        // the members count
    }

    @Override
    public void release() {
        members.stream().filter(member -> member.busy).forEach(this::acceptQueued);
    }

    @Override
    public List<Member> members() {
        stopThreads();
        long pid = ProcessHandle.current().pid();
        List<Member> found = new ArrayList<>();
        for (Own member : members) {
            if (member.thread == null) {
                acceptQueued(member);
            }
            found.add(new Member(found.size(), OptionalLong.of(pid), member.accepted, member.busy, Optional.empty()));
        }
        return found;
    }

    private void stopThreads() {
        if (counted) {
            return;
        }
        counted = true;
        for (Own member : members) {
            member.listener.stop(Duration.ZERO);
        }
        try {
            for (Own member : members) {
                if (member.thread != null) {
                    member.thread.join(PATIENCE.toMillis());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public List<String> notes() {
        synchronized (notes) {
            return List.copyOf(notes);
        }
    }

    @Override
    public void close() throws IOException {
        stopThreads();
        for (Own member : members) {
            member.listener.close();
        }
    }
}
