package dev.reuseport.experiment;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.experiment.group.Client;
import dev.reuseport.experiment.group.Clients;
import dev.reuseport.experiment.group.Leaving;
import dev.reuseport.experiment.group.Listeners;
import dev.reuseport.experiment.group.Strategy;
import dev.reuseport.socket.TcpListener;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** How many connections are lost when a member leaves its group with connections in its queue. */
public final class Restart {
    private final RestartPlan plan;

    /** Prepares a run. */
    public Restart(RestartPlan plan) {
        this.plan = plan;
    }

    /**
     * Runs it.
     *
     * @throws NotPossibleException if a member may not leave so, here or without a privilege
     */
    public RestartCount run() throws IOException, InterruptedException {
        Listeners opener = Listeners.of(plan.mode(), false);
        if (plan.strategy() == Strategy.FILTER_DRAIN && !opener.mayDropSyn(plan.address())) {
            throw new NotPossibleException(
                    "filter-drain has a listener drop SYNs (SO_ATTACH_FILTER with CAP_NET_ADMIN, or IP_MINTTL), which this"
                            + " system does not let it do; steer-drain takes neither");
        }
        if (plan.rolling().isPresent()) {
            return new Rolling(plan, opener).run();
        }
        List<TcpListener> members = new ArrayList<>();
        List<Client> open = new ArrayList<>();
        try {
            members.add(opener.open(plan.address(), plan.queued()));
            Sockaddr address = members.get(0).localAddress();
            while (members.size() < plan.listeners()) {
                members.add(opener.open(address, plan.queued()));
            }
            Clients clients = Clients.of(opener.syscalls(), address);
            Optional<String> endedEarly = connect(clients, open);
            int made = open.size();
            OptionalInt queuedOnLeaver = opener.queued(members.get(0));
            TcpListener leaver = members.remove(0);
            new Leaving(opener, plan.strategy()).leave(leaver, 0, members);
            int answered = answerAll(clients, open, members);
            return new RestartCount(
                    plan,
                    address,
                    opener.migrateReq(),
                    made,
                    queuedOnLeaver,
                    answered,
                    new TreeMap<>(clients.failures()),
                    Optional.empty(),
                    endedEarly);
        } finally {
            Client.closeAll(open);
            for (TcpListener member : members) {
                member.close();
            }
        }
    }

    /** Makes the connections, and says why not all of them could be made. */
    private Optional<String> connect(Clients clients, List<Client> open) throws IOException {
        while (open.size() < plan.queued()) {
            Optional<Client> begun = clients.begin(System.nanoTime());
            if (begun.isEmpty()) {
                // The last clients go away, and are not counted.
                Client.closeAll(open.subList(Math.max(0, open.size() - Clients.SPARE), open.size()));
                return clients.exhausted();
            }
            Client client = begun.get();
            if (!clients.awaitConnected(client, Clients.PATIENCE)) {
                return Optional.of(Clients.QUEUE_FULL + Clients.PATIENCE.toSeconds() + " seconds");
            }
            if (client.errno() != null) {
                return Optional.of("a connection failed: " + client.errno());
            }
            open.add(client);
        }
        return Optional.empty();
    }

    /** Lets the members that stayed answer, until all clients know what became of them. */
    private int answerAll(Clients clients, List<Client> open, List<TcpListener> members) throws IOException {
        int[] answered = {0};
        long until = System.nanoTime() + plan.timeout().toNanos();
        while (!open.isEmpty() && System.nanoTime() < until) {
            for (TcpListener member : members) {
                Leaving.answerQueued(member);
            }
            clients.collect(open, client -> answered[0] += client.reply().equals(Leaving.ANSWER) ? 1 : 0);
            clients.awaitAny(open, Duration.ofMillis(1));
        }
        clients.unanswered(open);
        return answered[0];
    }
}
