package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Overlap;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.Attempt;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What would let a bind succeed that fails: every single change, and every two that are enough only together.
 *
 * <p>A change is enough if the rules say so in each situation that may be the real one; one of the newcomer's own is tried
 * on the kernel too.
 */
final class Remedies {
    /** Whom a change is asked of. */
    private enum Side {
        NEWCOMER,
        OWNERS,
        /** They end: nobody is left whom another change could be asked of. */
        OWNERS_END,
        HOST
    }

    private record Change(String text, Side side, UnaryOperator<Situation> apply) {}

    /** Tries a newcomer on the kernel. */
    interface Attempts {
        /** Returns how it ended; empty if that cannot be tried without harm, or not by this user. */
        Optional<Attempt.Tried> attempt(Situation situation) throws IOException;
    }

    /** What was found. */
    record Sought(List<Explanation.Remedy> remedies, List<String> disagreements) {}

    private final SystemRules rules;
    private final List<Situation> situations;
    private final Situation.Answer answer;
    private final Holders holders;
    private final Attempts attempts;
    private final Set<Integer> inTheWay;
    private final List<ModelSocket> blockers;
    private final List<Explanation.Remedy> found = new ArrayList<>();
    private final List<String> disagreements = new ArrayList<>();

    /**
     * Looks for remedies.
     *
     * @param situations what may be the case, the likeliest first; all fail in the same way
     * @param answer what the rules say of the first
     * @param holders who has the sockets, by their numbers
     */
    Remedies(
            SystemRules rules,
            List<Situation> situations,
            Situation.Answer answer,
            Holders holders,
            Attempts attempts) {
        this.rules = rules;
        this.holders = holders;
        this.situations = situations;
        this.answer = answer;
        this.attempts = attempts;
        this.inTheWay = new HashSet<>(answer.verdict().inTheWay());
        this.blockers = situations.get(0).sockets().stream()
                .filter(socket -> inTheWay.contains(socket.number()))
                .toList();
    }

    Sought search() throws IOException {
        List<Change> changes = changes();
        List<Change> insufficient = new ArrayList<>();
        for (Change change : changes) {
            if (!enough(List.of(change))) {
                insufficient.add(change);
            }
        }
        for (int i = 0; i < insufficient.size(); i++) {
            for (int j = i + 1; j < insufficient.size(); j++) {
                if (!excluded(insufficient.get(i), insufficient.get(j))) {
                    enough(List.of(insufficient.get(i), insufficient.get(j)));
                }
            }
        }
        return new Sought(List.copyOf(found), List.copyOf(disagreements));
    }

    private static boolean excluded(Change one, Change other) {
        return one.side() == Side.OWNERS && other.side() == Side.OWNERS_END;
    }

    /**
     * Keeps the changes as a remedy if they are enough together: in every situation that may be the real one, or by the
     * kernel's own word.
     */
    private boolean enough(List<Change> changes) throws IOException {
        long inSituations = situations.stream()
                .filter(situation -> applied(changes, situation).ask(rules).ok())
                .count();
        boolean always = inSituations == situations.size();
        boolean ownOnly = changes.stream().allMatch(change -> change.side() == Side.NEWCOMER);
        if (inSituations == 0 || (!always && !ownOnly)) {
            return false;
        }
        String text = changes.stream().map(Change::text).collect(Collectors.joining(", and "));
        Optional<Attempt.Tried> tried =
                ownOnly ? attempts.attempt(applied(changes, situations.get(0))) : Optional.empty();
        if (tried.filter(Attempt.Tried::ok).isEmpty() && (tried.isPresent() || !always)) {
            if (always) {
                disagreements.add("by the rules this would be enough: " + text + "; the kernel says "
                        + tried.orElseThrow().outcome());
            }
            return false;
        }
        found.add(new Explanation.Remedy(text, tried.isPresent()));
        return true;
    }

    private static Situation applied(List<Change> changes, Situation situation) {
        Situation changed = situation;
        for (Change change : changes) {
            changed = change.apply().apply(changed);
        }
        return changed;
    }

    private List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        DecidingRule rule = answer.verdict().rule();
        switch (rule) {
            case PRIVILEGED_PORT -> addPrivilege(changes);
            case NOT_LOCAL -> addFreebind(changes);
            case MAPPED_REFUSED ->
                changes.add(new Change(
                        "leave IPV6_V6ONLY off",
                        Side.NEWCOMER,
                        situation -> with(situation, new Setting<>(SockOpts.IPV6_V6ONLY, false))));
            default -> {
                if (!blockers.isEmpty()) {
                    addNewcomers(changes);
                    addOwners(changes);
                }
            }
        }
        return changes;
    }

    private void addPrivilege(List<Change> changes) {
        int port = situations.get(0).address().port();
        changes.add(new Change(
                "bind as root, or with CAP_NET_BIND_SERVICE", Side.NEWCOMER, situation -> situation.withUid(0)));
        changes.add(new Change(
                "lower net.ipv4.ip_unprivileged_port_start to " + port,
                Side.HOST,
                situation -> situation.withHost(
                        situation.host().with(situation.host().sysctls().withUnprivilegedPorts(port)))));
    }

    private void addFreebind(List<Change> changes) {
        boolean ipv4 = situations.get(0).address().family() == Const.AF_INET;
        SockOpt<Boolean> option = ipv4 ? SockOpts.IP_FREEBIND : SockOpts.IPV6_FREEBIND;
        changes.add(new Change(
                "set " + option + " on the newcomer, which binds to an address that is not there yet",
                Side.NEWCOMER,
                situation -> with(situation, new Setting<>(option, true))));
    }

    private void addNewcomers(List<Change> changes) {
        Situation now = situations.get(0);
        Flags flags = now.fresh();
        for (Setting<?> setting : now.settings()) {
            flags = flags.with(setting, now.host());
        }
        if (!flags.reusePort()) {
            changes.add(ofNewcomer(SockOpts.SO_REUSEPORT));
        }
        if (!flags.reuseAddr()) {
            changes.add(ofNewcomer(SockOpts.SO_REUSEADDR));
        }
        if (now.address().family() == Const.AF_INET6 && now.address().wildcard() && !flags.v6only()) {
            changes.add(ofNewcomer(SockOpts.IPV6_V6ONLY));
        }
        blockers.stream()
                .map(ModelSocket::uid)
                .filter(uid -> uid != now.uid())
                .distinct()
                .limit(3)
                .forEach(uid -> changes.add(new Change(
                        "bind as uid " + Integer.toUnsignedString(uid),
                        Side.NEWCOMER,
                        situation -> situation.withUid(uid))));
    }

    private static Change ofNewcomer(SockOpt<Boolean> option) {
        return new Change(
                "set " + option + " on the newcomer",
                Side.NEWCOMER,
                situation -> with(situation, new Setting<>(option, true)));
    }

    private static Situation with(Situation situation, Setting<?> setting) {
        List<Setting<?>> settings = new ArrayList<>(situation.settings());
        settings.removeIf(other -> other.option() == setting.option());
        settings.add(setting);
        return situation.withSettings(settings);
    }

    private void addOwners(List<Change> changes) {
        List<ModelSocket> alive = blockers.stream()
                .filter(socket -> socket.phase() == Phase.LISTENING || socket.phase() == Phase.BOUND)
                .toList();
        if (!alive.isEmpty()) {
            List<Integer> numbers = alive.stream().map(ModelSocket::number).toList();
            holders.binders(numbers).ifPresent(who -> addFlags(changes, alive, who));
            changes.add(
                    new Change(holders.end(numbers), Side.OWNERS_END, situation -> situation.withSockets(this::ended)));
        } else {
            boolean only = blockers.stream().allMatch(socket -> socket.phase() == Phase.TIME_WAIT);
            changes.add(new Change(
                    only
                            ? "wait until TIME_WAIT is over, 60 seconds at most"
                            : "wait until the connections are over, and 60 seconds more if this side closes first",
                    Side.OWNERS,
                    situation -> situation.withSockets(sockets -> sockets.stream()
                            .filter(socket -> !inTheWay.contains(socket.number()))
                            .toList())));
        }
    }

    private void addFlags(List<Change> changes, List<ModelSocket> alive, String who) {
        if (!alive.stream().allMatch(socket -> socket.flags().reusePort())) {
            changes.add(ofOwners("SO_REUSEPORT on " + who, flags -> flags.withReusePort(true)));
        }
        if (!alive.stream().allMatch(socket -> socket.flags().reuseAddr())) {
            changes.add(ofOwners("SO_REUSEADDR on " + who, flags -> flags.withReuseAddr(true)));
        }
        if (answer.verdict().overlap().filter(Overlap.OWNER_DUAL_STACK::equals).isPresent()) {
            changes.add(ofOwners("IPV6_V6ONLY on " + who, flags -> flags.withV6only(true)));
        }
    }

    private Change ofOwners(String what, UnaryOperator<Flags> change) {
        return new Change(
                "set " + what,
                Side.OWNERS,
                situation -> situation.withSockets(sockets -> sockets.stream()
                        .map(socket -> inTheWay.contains(socket.number()) && socket.phase() != Phase.TIME_WAIT
                                ? socket.withFlags(change.apply(socket.flags()))
                                : socket)
                        .toList()));
    }

    /** Whoever ends a process closes its connections first, and that leaves TIME_WAIT. */
    private List<ModelSocket> ended(List<ModelSocket> sockets) {
        return sockets.stream()
                .filter(socket -> !inTheWay.contains(socket.number())
                        || socket.phase().connection()
                        || socket.phase() == Phase.TIME_WAIT)
                .map(socket -> inTheWay.contains(socket.number()) ? socket.withPhase(Phase.TIME_WAIT) : socket)
                .toList();
    }
}
