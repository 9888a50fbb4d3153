package dev.reuseport.experiment;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.NotPossibleException;
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
    private static final int SPARE = 32;

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
        /** Its own socket drops new SYNs, which their clients repeat; it accepts what is queued, then closes. */
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
     * @param endedEarly why not all connections were made
     */
    public record Result(
            Settings settings,
            Sockaddr address,
            OptionalInt migrateReq,
            int queued,
            OptionalInt queuedOnLeaver,
            int answered,
            SortedMap<String, Integer> failures,
            Optional<Rolling.Result> rolling,
            Optional<String> endedEarly) {
        /** Returns how many connections got no answer. */
        public int lost() {
            return queued - answered;
        }
    }

    /**
     * Runs it.
     *
     * @throws NotPossibleException if a member may not leave so, here or without a privilege
     */
    public Result run() throws IOException, InterruptedException {
        Listeners opener = Listeners.of(settings.mode(), false);
        if (settings.strategy() == Strategy.FILTER_DRAIN && !opener.mayDropSyn(settings.address())) {
            throw new NotPossibleException(
                    "filter-drain has a listener drop SYNs (SO_ATTACH_FILTER with CAP_NET_ADMIN, or IP_MINTTL), which this"
                            + " system does not let it do; steer-drain takes neither");
        }
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
            Optional<String> endedEarly = connect(clients, open);
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
                    Optional.empty(),
                    endedEarly);
        } finally {
            for (Client client : open) {
                client.close();
            }
            for (TcpListener member : members) {
                member.close();
            }
        }
    }

    /** Makes the connections, and says why not all of them could be made. */
    private Optional<String> connect(Clients clients, List<Client> open) throws IOException {
        while (open.size() < settings.queued()) {
            Optional<Client> begun = clients.begin(System.nanoTime());
            if (begun.isEmpty()) {
                giveBack(open);
                return clients.exhausted();
            }
            Client client = begun.get();
            if (!clients.awaitConnected(client, CONNECT_PATIENCE)) {
                clients.failed(Const.ETIMEDOUT.name());
                client.close();
                return Optional.of("a member's queue was full: connect was not answered in "
                        + CONNECT_PATIENCE.toSeconds() + " seconds");
            }
            open.add(client);
        }
        return Optional.empty();
    }

    /** Descriptors to accept with: the last clients go away, and are not counted. */
    private static void giveBack(List<Client> open) throws IOException {
        List<Client> spare = open.subList(Math.max(0, open.size() - SPARE), open.size());
        for (Client client : spare) {
            client.close();
        }
        spare.clear();
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
