package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.rules.BindState;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.rules.Verdict;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A newcomer before the sockets that have its port: what the rules are asked about.
 *
 * @param host the host
 * @param sockets who has the port
 * @param remembered the socket that is supposed to have had SO_REUSEPORT when it was let in, whatever it has now; 0 for
 *     none
 * @param protocol TCP or UDP
 * @param address where the newcomer binds
 * @param fresh the newcomer's flags before any setting
 * @param settings what it sets before it binds
 * @param uid its effective user
 */
record Situation(
        Host host,
        List<ModelSocket> sockets,
        int remembered,
        Protocol protocol,
        Sockaddr address,
        Flags fresh,
        List<Setting<?>> settings,
        int uid) {

    /** How it ends by the rules: the call that decided, and what was said of it. */
    record Answer(Optional<Outcome> outcome, String call, Verdict verdict, BindState after) {
        Answer(Optional<Outcome> outcome, String call, Verdict verdict) {
            this(outcome, call, verdict, verdict.after());
        }

        boolean ok() {
            return outcome.filter(Outcome::ok).isPresent();
        }
    }

    /** The newcomer's number; the others count from 1. */
    static final int NEWCOMER = 0;

    /** A number that no socket has. */
    private static final int NOBODY = -1;

    static final String SETSOCKOPT = "setsockopt ";

    private static final int MOST_BOUND = 10;

    /** A port that nobody has, for what the kernel would choose. */
    private static final int ANY_PORT = Integer.MAX_VALUE;

    Situation withSockets(UnaryOperator<List<ModelSocket>> change) {
        return new Situation(host, change.apply(sockets), 0, protocol, address, fresh, settings, uid);
    }

    Situation remembering(int socket) {
        return new Situation(host, sockets, socket, protocol, address, fresh, settings, uid);
    }

    /** Supposes that those that are bound and no more have lost their ports, and is asked after all that does not. */
    Situation withoutBound() {
        List<ModelSocket> others =
                sockets.stream().filter(socket -> socket.phase() != Phase.BOUND).toList();
        return new Situation(host, others, NOBODY, protocol, address, fresh, settings, uid);
    }

    Situation withSettings(List<Setting<?>> others) {
        return new Situation(host, sockets, remembered, protocol, address, fresh, others, uid);
    }

    Situation withUid(int other) {
        return new Situation(host, sockets, remembered, protocol, address, fresh, settings, other);
    }

    Situation withHost(Host other) {
        return new Situation(other, sockets, remembered, protocol, address, fresh, settings, uid);
    }

    Situation withAddress(Sockaddr other) {
        return new Situation(host, sockets, remembered, protocol, other, fresh, settings, uid);
    }

    Situation with(Setting<?> setting) {
        List<Setting<?>> others = without(setting.option());
        others.add(setting);
        return withSettings(others);
    }

    List<Setting<?>> without(SockOpt<?> option) {
        List<Setting<?>> others = new ArrayList<>(settings);
        others.removeIf(other -> other.option() == option);
        return others;
    }

    /** Returns what the newcomer has set when it binds. */
    Flags flags() {
        Flags flags = fresh;
        for (Setting<?> setting : settings) {
            flags = flags.with(setting, host);
        }
        return flags;
    }

    /** Returns what it is after a change; empty if that is not possible by the rules, or is none of what they look at. */
    Optional<Situation> after(Change change, SystemRules rules) {
        if (change instanceof Change.Sets sets) {
            return Optional.of(with(sets.setting()));
        }
        if (change instanceof Change.LeavesOut leaves) {
            return Optional.of(withSettings(without(leaves.option())));
        }
        if (change instanceof Change.BindsTo binds) {
            return Optional.of(withAddress(binds.address()));
        }
        if (change instanceof Change.BindsAs binds) {
            return Optional.of(withUid(binds.uid()));
        }
        if (change instanceof Change.Sysctl sysctl) {
            return Optional.of(withHost(host.with(host.sysctls().with(sysctl.name(), sysctl.value()))));
        }
        if (change instanceof Change.OwnersEnd end) {
            return Optional.of(withSockets(all -> changed(all, end.members(), Situation::ended)));
        }
        if (change instanceof Change.Passes passes) {
            return Optional.of(withSockets(all ->
                    changed(all, passes.members(), socket -> open(socket) ? Stream.of(socket) : Stream.empty())));
        }
        return change instanceof Change.OwnersSet sets ? anew(sets, rules) : Optional.empty();
    }

    private static List<ModelSocket> changed(
            List<ModelSocket> all, List<Integer> members, Function<ModelSocket, Stream<ModelSocket>> change) {
        return all.stream()
                .flatMap(socket -> members.contains(socket.number() - 1) ? change.apply(socket) : Stream.of(socket))
                .toList();
    }

    private static boolean open(ModelSocket socket) {
        return socket.phase() == Phase.LISTENING || socket.phase() == Phase.BOUND;
    }

    /** Whoever ends a process closes its connections first: they keep flags and user at least until the peer knows. */
    private static Stream<ModelSocket> ended(ModelSocket socket) {
        return open(socket) || socket.phase() == Phase.CLOSE_WAIT
                ? Stream.empty()
                : Stream.of(socket.phase().left() ? socket : socket.withPhase(Phase.FIN_WAIT));
    }

    /**
     * Owners that bind anew with an option more come last in time, if they get in themselves. Their connections are supposed to
     * have come from them.
     */
    private Optional<Situation> anew(Change.OwnersSet sets, SystemRules rules) {
        List<ModelSocket> others = new ArrayList<>();
        List<ModelSocket> again = new ArrayList<>();
        for (ModelSocket socket : sockets) {
            boolean asked = sets.members().contains(socket.number() - 1);
            Flags flags = socket.flags().with(new Setting<>(sets.option(), true), host);
            if (!asked || socket.phase().left()) {
                others.add(socket);
            } else if (open(socket)) {
                again.add(socket.withFlags(flags));
            } else {
                others.add(socket.withFlags(flags));
            }
        }
        for (ModelSocket socket : again) {
            Situation own = new Situation(
                    host, List.copyOf(others), 0, protocol, socket.address(), socket.flags(), List.of(), socket.uid());
            Answer answer = own.ask(rules, socket.phase() == Phase.LISTENING);
            if (!answer.ok()) {
                return Optional.empty();
            }
            others.add(rules.askedLast(socket) ? 0 : others.size(), socket);
        }
        return Optional.of(withSockets(all -> others));
    }

    /** Asks the rules: each setting, bind, and for TCP listen, unless the newcomer has IP_BIND_ADDRESS_NO_PORT: it connects. */
    Answer ask(SystemRules rules) {
        return ask(rules, true);
    }

    private Answer ask(SystemRules rules, boolean listens) {
        return ask(rules, listens, "", Outcome.OK);
    }

    /** As above, where the kernel was asked before. */
    Answer ask(SystemRules rules, String failed, Outcome how) {
        return ask(rules, true, failed, how);
    }

    /** The call that sets an option. */
    static String call(Setting<?> setting) {
        return SETSOCKOPT + setting.option().name();
    }

    /**
     * Asks.
     *
     * @param listens whether a TCP socket is to listen
     * @param failed the call that failed on the kernel, empty if none did: of an option that no bind looks at, the rules
     *     know nothing else
     * @param how what the kernel said, which may be that it lacks an option
     */
    private Answer ask(SystemRules rules, boolean listens, String failed, Outcome how) {
        BindState state = state();
        Flags flags = fresh;
        Verdict verdict = null;
        for (Setting<?> setting : settings) {
            ModelSocket unbound = ModelSocket.newcomer(NEWCOMER, protocol, address, flags, uid);
            String call = call(setting);
            boolean there = !call.equals(failed) || !how.equals(Outcome.of(Const.ENOPROTOOPT));
            verdict = rules.prepare(state, unbound, setting, there);
            if (!verdict.ok() && (verdict.rule() != DecidingRule.NOT_LOOKED_AT || call.equals(failed))) {
                return new Answer(verdict.outcome(), call, verdict);
            }
            flags = flags.with(setting, host);
        }
        ModelSocket newcomer = ModelSocket.newcomer(NEWCOMER, protocol, address, flags, uid);
        Verdict bind = rules.bind(state, newcomer, ANY_PORT);
        if (!bind.ok() || protocol == Protocol.UDP || !listens || flags.noPort()) {
            return new Answer(bind.outcome(), bind.ok() ? "" : "bind", bind);
        }
        Verdict listen = rules.listen(bind.after(), NEWCOMER, ANY_PORT);
        return listen.ok()
                ? new Answer(bind.outcome(), "", bind, listen.after())
                : new Answer(listen.outcome(), "listen", listen);
    }

    /** Whoever is bound already, and could not listen any more once the newcomer does. */
    List<String> listeningFailures(SystemRules rules, Answer answer) {
        return sockets.stream()
                .filter(socket -> socket.protocol() == Protocol.TCP && socket.phase() == Phase.BOUND)
                .limit(MOST_BOUND)
                .filter(socket ->
                        rules.listen(state(), socket.number(), ANY_PORT).ok()
                                && !rules.listen(answer.after(), socket.number(), ANY_PORT)
                                        .ok())
                .map(socket -> "once the newcomer listens, " + socket.name()
                        + ", which is bound and does not listen yet," + " can listen no more")
                .toList();
    }

    private BindState state() {
        BindState seen = BindState.observed(host, sockets);
        return remembered == 0 ? seen : seen.remembering(remembered);
    }
}
