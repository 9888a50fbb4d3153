package dev.reuseport.bind.predict;

import dev.reuseport.abi.Const;
import dev.reuseport.bind.rules.BindState;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.rules.Verdict;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The sockets of AF_UNIX in a case, and their names: {@code net/unix/af_unix.c} of Linux, and where a path is concerned {@code
 * unp_bind} of the BSDs, which is as old as 4.2BSD.
 *
 * <p>A path is taken as long as there is such a file, whoever made it, and no option changes that; the file stays when the
 * socket is closed. An abstract name, which Linux alone has, is free with its socket, and streams and datagrams have names
 * of their own.
 */
final class UnixNames {
    private static final String NOT_LOOKED_UP = "AF_UNIX was not looked up for this system";

    private record Named(Step.Unix step, boolean listens, boolean shut) {}

    private final SystemRules rules;
    private final int ownUid;
    private final Map<Integer, Named> sockets = new HashMap<>();

    /** Those that the case has made. */
    private final Set<String> files = new HashSet<>();

    UnixNames(SystemRules rules, int ownUid) {
        this.rules = rules;
        this.ownUid = ownUid;
    }

    /** Tells whether a socket is one of these. */
    boolean has(int socket) {
        return sockets.containsKey(socket);
    }

    /**
     * Decides {@code bind(2)} of a socket that its step has opened.
     *
     * @param ran what a kernel made of it: whether there was a file before, the rules cannot know
     */
    Verdict bind(BindState state, int number, Step.Unix step, Optional<StepOutcome> ran) {
        if (!rules.unixPaths() || step.isAbstract() && !rules.abstractNames()) {
            return Verdict.unknown(DecidingRule.UNKNOWN, NOT_LOOKED_UP, state);
        }
        Optional<Integer> owner = sockets.entrySet().stream()
                .filter(each -> step.isAbstract()
                        && each.getValue().step.name().equals(step.name())
                        && each.getValue().step.stream() == step.stream())
                .map(Map.Entry::getKey)
                .findFirst();
        Optional<Outcome> seen = ran.flatMap(StepOutcome::bind);
        Outcome taken = Outcome.of(Const.EADDRINUSE);
        if (owner.isPresent()) {
            return Verdict.refused(
                    taken,
                    DecidingRule.SAME_ADDRESS,
                    "socket " + owner.get() + " has the name, and SO_REUSEADDR does not help with AF_UNIX",
                    state);
        }
        if (files.contains(step.name())) {
            return Verdict.refused(
                    taken,
                    DecidingRule.SAME_ADDRESS,
                    "there is such a file, which closing the socket that made it does not remove",
                    state);
        }
        if (!step.isAbstract() && seen.equals(Optional.of(taken))) {
            return Verdict.refused(
                    taken, DecidingRule.SAME_ADDRESS, "there was such a file before, a stale one perhaps", state);
        }
        if (!step.isAbstract() && seen.filter(Outcome::ok).isEmpty() && seen.isPresent()) {
            return Verdict.unknown(DecidingRule.UNKNOWN, "the rules do not know the file system", state);
        }
        sockets.put(number, new Named(step, false, false));
        if (!step.isAbstract()) {
            files.add(step.name());
        }
        return Verdict.ok(
                DecidingRule.ALLOWED,
                step.isAbstract()
                        ? "no other socket has the name"
                        : "bind makes the file; one that was there before would be in the way",
                state);
    }

    /** Decides {@code listen(2)}. */
    Verdict listen(BindState state, int number) {
        Named socket = sockets.get(number);
        if (!socket.step.stream()) {
            return Verdict.refused(
                    Outcome.of(Const.EOPNOTSUPP), DecidingRule.NOT_TCP, "a datagram socket does not listen", state);
        }
        sockets.put(number, new Named(socket.step, true, socket.shut));
        return Verdict.ok(DecidingRule.ALLOWED, "it has a name, and that is all that listen asks", state);
    }

    /** Decides {@code shutdown(2)} with SHUT_RDWR. */
    Verdict shutdown(BindState state, int number) {
        if (!rules.abstractNames()) {
            return Verdict.unknown(DecidingRule.UNKNOWN, NOT_LOOKED_UP, state);
        }
        Named socket = sockets.get(number);
        sockets.put(number, new Named(socket.step, socket.listens, true));
        return Verdict.ok(DecidingRule.ALLOWED, "it keeps its name, and listens to nobody any more", state);
    }

    /** Decides {@code setsockopt(2)}; empty if it goes well. */
    Optional<Verdict> refuse(BindState state, SockOpt<?> option) {
        if (rules.abstractNames() && option.level() != Const.SOL_SOCKET) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.EOPNOTSUPP),
                    DecidingRule.OTHER_FAMILY,
                    "AF_UNIX has no options but those of SOL_SOCKET",
                    state));
        }
        return option == SockOpts.SO_REUSEADDR
                ? Optional.empty()
                : Optional.of(Verdict.unknown(
                        DecidingRule.NOT_LOOKED_AT,
                        "no bind of AF_UNIX looks at " + option
                                + (option == SockOpts.SO_REUSEPORT && rules.abstractNames()
                                        ? ", which Linux refuses since 6.13, and since January 2025 in its stable"
                                                + " branches (5b0af621c3f6)"
                                        : ""),
                        state));
    }

    /** Decides {@code getsockopt(2)}. */
    Verdict read(BindState state, SockOpt<?> option) {
        return refuse(state, option)
                .orElseGet(() ->
                        Verdict.unknown(DecidingRule.NOT_LOOKED_AT, "no bind of AF_UNIX looks at " + option, state));
    }

    /** Decides {@code connect(2)} of a client to a socket's name. */
    Verdict connect(BindState state, int number) {
        Named socket = sockets.get(number);
        int uid = socket.step.uid().orElse(ownUid);
        if (!socket.step.isAbstract() && ownUid != 0 && uid != ownUid || socket.shut && !rules.abstractNames()) {
            return Verdict.unknown(DecidingRule.UNKNOWN, "the rules do not know who may write to the file", state);
        }
        return socket.listens && !socket.shut
                ? Verdict.ok(DecidingRule.ALLOWED, "the name leads to the socket that listens", state)
                : Verdict.refused(
                        Outcome.of(Const.ECONNREFUSED), DecidingRule.NOBODY_LISTENS, "nobody listens there", state);
    }

    /** Notes that a socket is closed: its name is free, unless that is a file. */
    void close(int number) {
        sockets.remove(number);
    }
}
