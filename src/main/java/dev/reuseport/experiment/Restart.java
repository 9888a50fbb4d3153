package dev.reuseport.experiment;

import dev.reuseport.abi.Const;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.Sockaddr;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** How many connections are lost when a member leaves its group with connections in its queue. */
public final class Restart {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(3);

    private final Settings settings;

    /** Prepares a run. */
    public Restart(Settings settings) {
        this.settings = settings;
    }

    /** How a member leaves. */
    public enum Strategy {
        /** It closes. */
        CLOSE,
        /** It accepts what is queued, then closes. */
        DRAIN,
        /** A program on the group sends new connections to the others; it accepts what is queued, then closes. */
        STEER_DRAIN,
        /** A program on its own socket drops new SYNs, which their clients repeat; it accepts what is queued, then closes. */
        FILTER_DRAIN;

        /** Tells whether it takes classic BPF, that is: Linux, and a listener opened natively. */
        public boolean attachesProgram() {
            return this == STEER_DRAIN || this == FILTER_DRAIN;
        }

        /** Returns the name as typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * What to do.
     *
     * @param mode by which way the members listen
     * @param address a loopback address; port 0 lets the kernel choose
     * @param listeners how many members, two or more
     * @param queued how many connections wait when the first member leaves; without meaning in a rolling restart
     * @param rolling replace every member in turn under a stream of clients instead
     * @param timeout how long clients may wait for an answer
     */
    public record Settings(
            Mode mode,
            Sockaddr address,
            int listeners,
            int queued,
            Strategy strategy,
            Optional<Rolling.Settings> rolling,
            Duration timeout) {}

    /**
     * What came of it.
     *
     * @param address what the group listened on
     * @param migrateReq net.ipv4.tcp_migrate_req: 1 if the kernel hands the queue of a member that closes to the others
     * @param queued how many connections were made
     * @param queuedOnLeaver how many of them waited on the member that left; empty where the system does not tell
     * @param answered how many were answered
     * @param failures how often which errno ended a connection; ETIMEDOUT is one that was never answered
     * @param rolling what only a rolling restart has
     */
    public record Result(
            Settings settings,
            Sockaddr address,
            OptionalInt migrateReq,
            int queued,
            OptionalInt queuedOnLeaver,
            int answered,
            SortedMap<String, Integer> failures,
            Optional<Rolling.Result> rolling) {
        /** Returns how many connections got no answer. */
        public int lost() {
            return queued - answered;
        }
    }

    /** Runs it. */
    public Result run() throws IOException, InterruptedException {
        Listeners opener = Listeners.of(settings.mode(), false);
        if (settings.rolling().isPresent()) {
            return new Rolling(settings, opener).run();
        }
        List<TcpListener> members = new ArrayList<>();
        List<Client> open = new ArrayList<>();
        try {
            members.add(opener.open(settings.address(), settings.queued()));
            Sockaddr address = members.get(0).localAddress();
            while (members.size() < settings.listeners()) {
                members.add(opener.open(address, settings.queued()));
            }
            Clients clients = Clients.of(opener.syscalls(), address);
            connect(clients, open);
            int made = open.size();
            OptionalInt queuedOnLeaver = opener.queued(members.get(0));
            TcpListener leaver = members.remove(0);
            new Leaving(opener, settings.strategy()).leave(leaver, 0, members);
            int answered = answerAll(clients, open, members);
            return new Result(
                    settings,
                    address,
                    Listeners.migrateReq(),
                    made,
                    queuedOnLeaver,
                    answered,
                    new TreeMap<>(clients.failures()),
                    Optional.empty());
        } finally {
            for (Client client : open) {
                client.close();
            }
            for (TcpListener member : members) {
                member.close();
            }
        }
    }

    private void connect(Clients clients, List<Client> open) throws IOException {
        while (open.size() < settings.queued()) {
            Optional<Client> client = clients.begin(System.nanoTime());
            if (client.isEmpty()) {
                throw new IOException("after " + open.size() + " connections "
                        + clients.exhausted().orElseThrow());
            }
            open.add(client.get());
            if (!clients.awaitConnected(client.get(), CONNECT_PATIENCE)) {
                throw new IOException("after " + (open.size() - 1) + " connections a member's queue was full"
                        + Listeners.somaxconn().stream()
                                .mapToObj(most -> " (net.core.somaxconn is " + most + ")")
                                .findFirst()
                                .orElse(""));
            }
        }
    }

    /** Lets the members that stayed answer, until all clients know what became of them. */
    private int answerAll(Clients clients, List<Client> open, List<TcpListener> members) throws IOException {
        int[] answered = {0};
        long until = System.nanoTime() + settings.timeout().toNanos();
        while (!open.isEmpty() && System.nanoTime() < until) {
            for (TcpListener member : members) {
                Leaving.answerQueued(member);
            }
            clients.collect(open, client -> answered[0] += client.reply().equals(Leaving.ANSWER) ? 1 : 0);
            clients.awaitAny(open, Duration.ofMillis(1));
        }
        for (int i = open.size(); i > 0; i--) {
            clients.failed(Const.ETIMEDOUT.name());
        }
        return answered[0];
    }
}
