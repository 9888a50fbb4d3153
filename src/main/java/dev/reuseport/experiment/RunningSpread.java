package dev.reuseport.experiment;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.experiment.group.Client;
import dev.reuseport.experiment.group.Clients;
import dev.reuseport.experiment.group.Destination;
import dev.reuseport.experiment.group.RunningGroup;
import dev.reuseport.experiment.group.Serving;
import dev.reuseport.experiment.group.SpareDescriptors;
import dev.reuseport.experiment.group.Uniformity;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.option.Codec;
import dev.reuseport.proc.Origin;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.RunningProcess;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NativeBuffer;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * How connections spread over the processes of a server that runs already: makes them, each from a source of its own, and
 * finds the server's end of each among the kernel's sockets, and who has it. Whatever the server speaks, it need not say.
 * Linux.
 */
public final class RunningSpread {
    /** How long nobody may take one of those that wait before the next are made; they are looked for further on. */
    private static final Duration QUIET = Duration.ofMillis(100);

    /** How long to look at the end. */
    private static final Duration LAST_LOOK = Duration.ofSeconds(2);

    /** How long a connection stays open for the reply, or for the server to close its end too. */
    private static final Duration PARTING = Duration.ofSeconds(1);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

    /** So many are open at once and not looked for yet. */
    private static final int LARGEST_BATCH = 256;

    /** Batches in a second, where that makes small ones. */
    private static final int BATCHES = 10;

    /** Descriptors that are kept from the connections, to look with: a few lists, and on each CPU a folder or two. */
    private static final int TO_LOOK_WITH =
            2 * SpareDescriptors.SOME + 2 * Runtime.getRuntime().availableProcessors();

    private final Syscalls syscalls;
    private final Proc proc;
    private final Plan plan;
    private final IntConsumer progress;
    private final Set<Integer> there;
    private final Set<Integer> listening;

    /** Who has a listener, and needs nobody who accepts for it. */
    private final Set<Integer> accepting = new HashSet<>();

    private final Set<Integer> handing = new TreeSet<>();
    private final Set<Integer> keeping = new HashSet<>();
    private ServerSockets sockets;
    private final RunningGroup before;
    private final Sockaddr target;
    private final Map<Integer, Reached> members = new LinkedHashMap<>();
    private final Map<Integer, Integer> memberOf = new HashMap<>();

    /**
     * What is to be done.
     *
     * @param address where the server listens; a wildcard is any of its port
     * @param connections how many to make
     * @param rate how many of them in a second at most
     * @param message what to send on each once the server's end was found, or there is none for a time; empty if nothing
     * @param timeout how long all of it may take
     */
    public record Plan(Sockaddr address, int connections, int rate, byte[] message, Duration timeout) {}

    /**
     * A process of the server.
     *
     * @param accepted connections whose other end it had, or a child that it forked for it
     * @param queued connections in the queues that are its own alone, which it did not accept until the end
     */
    public record Reached(RunningProcess process, int accepted, int queued) {
        /** Returns how many came to it, accepted or not. */
        public int connections() {
            return accepted + queued;
        }
    }

    /**
     * Who got how many.
     *
     * @param address what was connected to
     * @param members who listens there, by the order of their sockets, and then who had connections even so
     * @param made how many connections were made
     * @param queued how many nobody had accepted at the end, in queues of several processes, or in nobody knows whose
     * @param gone how many the server had closed in order before they could be found
     * @param unseen how many were accepted by processes that cannot be seen, or not be looked into
     * @param answered how many got a reply to what was sent, be it its first byte
     * @param failures how often which errno ended a connection, or kept one from being made
     * @param notes what is to be known of it, a sentence each
     * @param endedEarly why it did not make all connections
     */
    public record Count(
            Plan plan,
            Sockaddr address,
            List<Reached> members,
            int made,
            int queued,
            int gone,
            int unseen,
            int answered,
            Map<String, Integer> failures,
            List<String> notes,
            Optional<String> endedEarly) {
        /** Returns how many are known to be some process's. */
        public int attributed() {
            return members.stream().mapToInt(Reached::connections).sum();
        }

        /** Tests the processes' counts against an even spread. */
        public Optional<Uniformity> uniformity() {
            return Uniformity.of(
                    members.stream().mapToLong(Reached::connections).toArray());
        }
    }

    /**
     * Looks who listens there, and connects to nobody yet.
     *
     * @param progress takes the number of connections made so far
     * @throws NotPossibleException if this is not Linux
     * @throws IOException if nobody listens there
     */
    public RunningSpread(Syscalls syscalls, Proc proc, Plan plan, IntConsumer progress) throws IOException {
        this.syscalls = syscalls;
        this.proc = proc;
        this.plan = plan;
        this.progress = progress;
        this.sockets = newSockets();
        ServerSockets.Look look = sockets.look();
        this.before = serving(look)
                .orElseThrow(
                        () -> new IOException("nobody listens on " + plan.address() + " in this network namespace"));
        this.target = Destination.of(syscalls, proc, plan.address(), before);
        before.shares().stream()
                .map(RunningGroup.Share::process)
                .sorted(Comparator.comparingInt(RunningProcess::pid))
                .forEach(this::member);
        this.listening = Set.copyOf(members.keySet());
        this.there = Set.copyOf(proc.pids());
        before.listeners()
                .forEach(socket -> socket.found()
                        .owners()
                        .forEach(owner -> accepting.add(owner.process().pid())));
    }

    /** Remembers nobody who has a connection: another process may have it by now. */
    private ServerSockets newSockets() throws IOException {
        return new ServerSockets(
                syscalls, proc, Const.IPPROTO_TCP, plan.address().port());
    }

    private Optional<RunningGroup> serving(ServerSockets.Look look) {
        return Serving.chosen(RunningGroup.of(Const.IPPROTO_TCP, look, false), plan.address());
    }

    /** Returns the processes that have the server's sockets, or had connections of theirs before. */
    public List<RunningProcess> members() {
        return members.values().stream().map(Reached::process).toList();
    }

    /** Returns what will be connected to. */
    public Sockaddr target() {
        return target;
    }

    private Reached member(RunningProcess process) {
        return members.computeIfAbsent(process.pid(), pid -> new Reached(process, 0, 0));
    }

    /** Runs it. */
    public Count run() throws IOException, InterruptedException {
        return new Run().run();
    }

    /**
     * Whose it is: a server that forks for each connection gives it to a child, and is who accepted it. A child that was
     * there before is a worker to whom its master hands what it accepts.
     */
    private int acceptor(RunningProcess process) {
        Integer known = memberOf.get(process.pid());
        if (known != null) {
            return known;
        }
        int pid = process.pid();
        Optional<Integer> parent = members.containsKey(pid)
                ? Optional.empty()
                : Origin.of(proc, syscalls, process).parents().stream()
                        .map(RunningProcess::pid)
                        .filter(members::containsKey)
                        .findFirst();
        if (there.contains(pid)) {
            if (!accepting.contains(pid)) {
                parent.ifPresent(handing::add);
            }
            parent = Optional.empty();
        }
        int member = parent.orElseGet(() -> member(process).process().pid());
        memberOf.put(pid, member);
        return member;
    }

    /** Tells whether it is not known yet that a process keeps what it accepts. */
    private boolean mayHandOn(RunningProcess process) {
        return listening.contains(process.pid()) && !keeping.contains(process.pid());
    }

    /** Returns who is to be counted: a master that handed all on to its workers is no member. */
    private List<Reached> counted() {
        return members.values().stream()
                .filter(member -> member.connections() > 0
                        || !handing.contains(member.process().pid()))
                .toList();
    }

    private final class Run {
        private final Clients clients = Clients.of(syscalls, target);
        private final NativeBuffer message;
        private final List<Client> unfound = new ArrayList<>();
        private final List<Client> parting = new ArrayList<>();
        private final Map<Client, Long> since = new HashMap<>();

        /** Who had those that are not counted yet when they were last seen. */
        private final Map<Client, RunningProcess> holders = new HashMap<>();

        /** Those of them that the message was sent on. */
        private final Set<Client> sent = new HashSet<>();

        /** The server's ends at the last look, by where their clients are; an IPv6 socket has those of IPv4 mapped. */
        private final Map<Sockaddr, ServerSockets.Connection> ends = new HashMap<>();

        private final long begun = System.nanoTime();
        private final long deadline = begun + plan.timeout().toNanos();
        private int made;
        private int gone;
        private int reset;
        private int unseen;
        private int answered;
        private ServerSockets.Look look;
        private String endedEarly;

        Run() {
            message = syscalls.allocate(Math.max(1, plan.message().length));
            message.bytes().put(0, plan.message());
        }

        Count run() throws IOException, InterruptedException {
            try {
                while (made < plan.connections() && endedEarly == null) {
                    connectSome();
                    find(QUIET);
                    part(false);
                    progress.accept(made);
                }
                find(LAST_LOOK);
                int queued = assignQueues();
                part(true);
                return new Count(
                        plan,
                        target,
                        counted(),
                        made,
                        queued,
                        gone,
                        unseen,
                        answered,
                        new TreeMap<>(clients.failures()),
                        notes(queued),
                        Optional.ofNullable(endedEarly));
            } finally {
                Client.closeAll(unfound);
                Client.closeAll(parting);
            }
        }

        private void connectSome() throws IOException, InterruptedException {
            SpareDescriptors kept;
            try {
                kept = new SpareDescriptors(syscalls, TO_LOOK_WITH);
            } catch (ErrnoException e) {
                clients.failed(e.errno().name());
                endedEarly = "out of descriptors: " + e.getMessage();
                return;
            }
            try (kept) {
                connectBatch();
            }
        }

        private void connectBatch() throws IOException, InterruptedException {
            int batch = Math.max(1, Math.min(LARGEST_BATCH, plan.rate() / BATCHES));
            for (int i = 0; i < batch && made < plan.connections() && endedEarly == null; i++) {
                long due = begun + TimeUnit.SECONDS.toNanos(made) / plan.rate();
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                connect(due);
            }
        }

        private void connect(long due) throws IOException {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                endedEarly = "the time was over";
                return;
            }
            Optional<Client> begun = clients.begin(due);
            if (begun.isEmpty()) {
                endedEarly = clients.exhausted().orElseThrow();
                return;
            }
            Duration patience = Duration.ofNanos(Math.min(left, Clients.PATIENCE.toNanos()));
            if (!clients.awaitConnected(begun.get(), patience)) {
                endedEarly = Clients.QUEUE_FULL + Codec.seconds(patience) + " seconds";
                return;
            }
            List<Client> one = new ArrayList<>(List.of(begun.get()));
            if (clients.collect(one, ended -> gone++) > 0) {
                String errno = begun.get().errno();
                if (!errno.equals(Const.ECONNRESET.name())) {
                    endedEarly = "a connection failed: " + errno;
                    return;
                }
                // It was made: one that is refused says ECONNREFUSED.
                reset++;
            }
            made++;
            unfound.addAll(one);
        }

        /** Looks for the server's ends until all are found, or none more was for {@code patience}. */
        private void find(Duration patience) throws IOException, InterruptedException {
            long last = System.nanoTime();
            while (!unfound.isEmpty()) {
                if (!handing.isEmpty() || !holders.isEmpty()) {
                    sockets = newSockets();
                }
                look = sockets.look();
                boolean quiet = System.nanoTime() - last >= patience.toNanos();
                int found = found(quiet);
                if (quiet && sendToTheUnmade()) {
                    last = System.nanoTime();
                    continue;
                }
                if (quiet) {
                    return;
                }
                last = found > 0 ? System.nanoTime() : last;
                if (found == 0) {
                    TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
                }
            }
        }

        /**
         * Takes those away that were found, or cannot be any more.
         *
         * @param quiet whether there was time enough to see who has them, if that may be seen at all
         */
        private int found(boolean quiet) throws IOException {
            ends.clear();
            look.connections().forEach(connection -> ends.put(connection.peer().unmapped(), connection));
            int found = 0;
            for (Iterator<Client> each = unfound.iterator(); each.hasNext(); ) {
                Client client = each.next();
                Optional<ServerSockets.Connection> end = Optional.ofNullable(ends.get(client.local()));
                end.flatMap(ServerSockets.Connection::process).ifPresent(process -> holders.put(client, process));
                RunningProcess holder = holders.get(client);
                if (holder != null) {
                    if (!quiet && mayHandOn(holder) && !clients.ended(client)) {
                        continue;
                    }
                    count(holder, quiet);
                    holders.remove(client);
                } else if (quiet && end.filter(RunningSpread::unseen).isPresent()) {
                    unseen++;
                } else if (clients.ended(client) && client.errno() != null) {
                    reset++;
                } else if (clients.ended(client)) {
                    gone++;
                } else {
                    continue;
                }
                found++;
                each.remove();
                begin(client);
            }
            return found;
        }

        /** Counts a connection for who has it; who still has it after a time has kept it. */
        private void count(RunningProcess holder, boolean quiet) {
            members.computeIfPresent(
                    acceptor(holder),
                    (pid, member) -> new Reached(member.process(), member.accepted() + 1, member.queued()));
            if (quiet && !handing.contains(holder.pid())) {
                keeping.add(holder.pid());
            }
        }

        /**
         * Sends what is to be sent on those of which the server has no socket yet: with TCP_DEFER_ACCEPT it gets one with the
         * first bytes.
         *
         * @return whether there were any
         */
        private boolean sendToTheUnmade() {
            if (plan.message().length == 0) {
                return false;
            }
            List<Client> unmade = unfound.stream()
                    .filter(client -> !ends.containsKey(client.local()) && !sent.contains(client))
                    .toList();
            unmade.forEach(this::send);
            sent.addAll(unmade);
            return !unmade.isEmpty();
        }

        private void send(Client client) {
            client.sendSome(message, 0, plan.message().length);
        }

        /** Says what is to be said to the server, or that no more will come. */
        private void begin(Client client) {
            boolean said = sent.remove(client);
            // Of one that is lost it is counted by what it was, and not that nothing can be sent any more.
            boolean lost = client.errno() != null;
            if (plan.message().length == 0 && !lost) {
                client.end();
            } else if (!said && !lost) {
                send(client);
            }
            parting.add(client);
            since.put(client, System.nanoTime());
        }

        /** Takes leave of those that were found, which wait for a reply or for the end of the stream. */
        private void part(boolean last) throws IOException {
            long until = System.nanoTime() + PARTING.toNanos();
            do {
                for (Client client : parting) {
                    if (!clients.ended(client) && client.replied()) {
                        client.end();
                    }
                }
                clients.collect(parting, ended -> answered += ended.replied() ? 1 : 0);
                if (last && !parting.isEmpty()) {
                    clients.awaitAny(parting, BETWEEN_LOOKS);
                }
            } while (last && !parting.isEmpty() && System.nanoTime() < until);
            long now = System.nanoTime();
            for (Iterator<Client> each = parting.iterator(); each.hasNext(); ) {
                Client client = each.next();
                if (last || now - since.get(client) > PARTING.toNanos()) {
                    answered += client.replied() ? 1 : 0;
                    client.close();
                    each.remove();
                }
            }
            since.keySet().retainAll(new HashSet<>(parting));
        }

        /** Counts what waits in the queues, if all of it can be told to be ours; and returns what is left. */
        private int assignQueues() throws IOException {
            if (unfound.isEmpty()) {
                return 0;
            }
            Map<Long, Long> earlier = new HashMap<>();
            before.listeners()
                    .forEach(socket ->
                            earlier.put(socket.found().inode(), socket.queue().orElse(0)));
            Map<Integer, Integer> more = new HashMap<>();
            int all = 0;
            for (RunningGroup.Socket socket :
                    serving(look).map(RunningGroup::listeners).orElse(List.of())) {
                int grown = (int) (socket.queue().orElse(0)
                        - earlier.getOrDefault(socket.found().inode(), 0L));
                all += grown;
                if (socket.servers().size() == 1) {
                    more.merge(socket.servers().get(0).pid(), grown, Integer::sum);
                }
            }
            if (all != unfound.size()) {
                return unfound.size();
            }
            int told = 0;
            for (Map.Entry<Integer, Integer> each : more.entrySet()) {
                Reached member = members.get(each.getKey());
                if (member != null && each.getValue() > 0) {
                    members.put(
                            each.getKey(),
                            new Reached(member.process(), member.accepted(), member.queued() + each.getValue()));
                    told += each.getValue();
                }
            }
            return unfound.size() - told;
        }

        private String whyUnseen() {
            return look.hidden()
                    .or(look::unread)
                    .orElse(
                            proc.mayListEveryProcess()
                                    ? "no process has a descriptor of what is unseen: it is in a message from one process to"
                                            + " another (SCM_RIGHTS), or held by the kernel for an io_uring"
                                    : "this process is in a PID namespace of its own, and sees no process outside of it: who"
                                            + " has what nobody here has can be seen in the server's, or in the host's");
        }

        private List<String> notes(int queued) {
            List<String> notes = new ArrayList<>();
            if (unseen > 0) {
                notes.add(whyUnseen());
            }
            for (int pid : handing) {
                notes.add(members.get(pid).process()
                        + " accepts and hands connections on to its children: each is counted"
                        + " for who has it in the end");
            }
            if (gone > 0) {
                notes.add(
                        gone + " were closed by the server before its end could be found: it serves faster than anybody"
                                + " can look");
            }
            if (reset > 0) {
                notes.add(reset
                        + " were reset before it could be seen who had them: the server ended, or refuses so what it"
                        + " accepts");
            }
            boolean deferred = unfound.stream().anyMatch(client -> !ends.containsKey(client.local()));
            if (queued > 0 && deferred) {
                notes.add(
                        "of some the kernel has made no socket yet: a server with TCP_DEFER_ACCEPT gets a connection with"
                                + " its first bytes");
            }
            return notes;
        }
    }

    /**
     * Tells whether it was accepted, by somebody who was not seen. Everybody was asked at the look after the first that it
     * was missed at.
     */
    private static boolean unseen(ServerSockets.Connection end) {
        return end.inode() != 0 && !end.fresh() && end.state() == SocketState.ESTABLISHED;
    }
}
