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
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

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

    private static final int MOST_BOUND = 10;

    /** A port that nobody has, for what the kernel would choose. */
    private static final int ANY_PORT = Integer.MAX_VALUE;

    Situation withSockets(UnaryOperator<List<ModelSocket>> change) {
        return new Situation(host, change.apply(sockets), 0, protocol, address, fresh, settings, uid);
    }

    Situation remembering(int socket) {
        return new Situation(host, sockets, socket, protocol, address, fresh, settings, uid);
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

    /** Asks the rules: each setting, bind, and for TCP listen. */
    Answer ask(SystemRules rules) {
        return ask(rules, "", Outcome.OK);
    }

    /**
     * As above.
     *
     * @param failed the call that failed on the kernel, empty if none did: of an option that no bind looks at, the rules
     *     know nothing else
     * @param how what the kernel said, which may be that it lacks an option
     */
    Answer ask(SystemRules rules, String failed, Outcome how) {
        BindState state = state();
        Flags flags = fresh;
        Verdict verdict = null;
        for (Setting<?> setting : settings) {
            ModelSocket unbound = ModelSocket.newcomer(NEWCOMER, protocol, address, flags, uid);
            String call = "setsockopt " + setting.option().name();
            boolean there = !call.equals(failed) || !how.equals(Outcome.of(Const.ENOPROTOOPT));
            verdict = rules.prepare(state, unbound, setting, there);
            if (!verdict.ok() && (verdict.rule() != DecidingRule.NOT_LOOKED_AT || call.equals(failed))) {
                return new Answer(verdict.outcome(), call, verdict);
            }
            flags = flags.with(setting, host);
        }
        ModelSocket newcomer = ModelSocket.newcomer(NEWCOMER, protocol, address, flags, uid);
        Verdict bind = rules.bind(state, newcomer, ANY_PORT);
        if (!bind.ok() || protocol == Protocol.UDP) {
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
