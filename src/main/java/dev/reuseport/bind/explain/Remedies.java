package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.LocalAddress;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.Attempt;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What would let a bind succeed that fails: every single change, and every two that are enough only together.
 *
 * <p>A change is enough if the rules say so in each situation that may be the real one; one of the newcomer's own is tried
 * on the kernel too, and what that says against a situation excludes it.
 */
final class Remedies {
    /** Changes that are asked for together, and how that is said. */
    private record Idea(String text, List<Change> changes) {
        Idea(String text, Change change) {
            this(text, List.of(change));
        }

        boolean ofNewcomer() {
            return changes.stream().allMatch(Change::ofNewcomer);
        }

        /** Tells whether it may be half of a remedy: an address, or a setting of the host, is a whole one or none. */
        private boolean half() {
            return changes.size() == 1
                    && (changes.get(0) instanceof Change.Sets
                            || changes.get(0) instanceof Change.BindsAs
                            || ofOwners());
        }

        private boolean ofOwners() {
            return changes.get(0) instanceof Change.OwnersSet
                    || changes.get(0) instanceof Change.OwnersEnd
                    || changes.get(0) instanceof Change.Passes;
        }

        /** Tells whether two may be asked for together: whoever ends, or has gone, can be asked for nothing else. */
        boolean goesWith(Idea other) {
            return half()
                    && other.half()
                    && !(ofOwners()
                            && other.ofOwners()
                            && !(changes.get(0) instanceof Change.OwnersSet
                                    && other.changes.get(0) instanceof Change.OwnersSet));
        }
    }

    /** A try of the newcomer with other settings, and what came of it. */
    private record Trial(List<Change> changes, Attempt.Tried result) {}

    /** Tries a newcomer on the kernel. */
    interface Attempts {
        /** Returns how it ended; empty if that cannot be tried without harm, or not by this user. */
        Optional<Attempt.Tried> attempt(Situation situation) throws IOException;
    }

    /**
     * What was found.
     *
     * @param situations those that no try has excluded
     */
    record Sought(List<Explanation.Remedy> remedies, List<String> disagreements, List<Situation> situations) {}

    /** More processes, users or addresses than a sentence can name. */
    private static final int MOST_NAMED = 3;

    private static final String GONE =
            ", and wait until nothing is left of the connections, " + Findings.MOST_SECONDS + " seconds at most";

    /** All but those for which it takes a privilege. */
    private static final String WIDEST = "1024 65535";

    private final SystemRules rules;
    private List<Situation> situations;
    private final Situation.Answer answer;
    private final List<PortSockets.Found> members;
    private final Findings findings;
    private final Holders holders;
    private final Attempts attempts;
    private final Set<Integer> inTheWay;
    private final List<ModelSocket> blockers;
    private final List<Trial> trials = new ArrayList<>();
    private final List<Explanation.Remedy> found = new ArrayList<>();
    private final List<String> disagreements = new ArrayList<>();

    /**
     * Looks for remedies.
     *
     * @param situations what may be the case, the likeliest first; all fail in the same way
     * @param answer what the rules say of the first
     * @param members the sockets that have the port: the first is number 1 of the rules
     * @param findings what is known of the connections among them
     * @param holders who has the sockets, by their numbers
     */
    Remedies(
            SystemRules rules,
            List<Situation> situations,
            Situation.Answer answer,
            List<PortSockets.Found> members,
            Findings findings,
            Holders holders,
            Attempts attempts) {
        this.rules = rules;
        this.members = members;
        this.findings = findings;
        this.holders = holders;
        this.situations = situations;
        this.answer = answer;
        this.attempts = attempts;
        this.inTheWay = new HashSet<>(answer.verdict().inTheWay());
        situations.forEach(
                situation -> inTheWay.addAll(situation.ask(rules).verdict().inTheWay()));
        this.blockers = situations.get(0).sockets().stream()
                .filter(socket -> inTheWay.contains(socket.number()))
                .toList();
    }

    Sought search() throws IOException {
        List<Idea> ideas = ideas();
        exclude(ideas);
        List<Idea> insufficient = new ArrayList<>();
        for (Idea idea : ideas) {
            if (!enough(idea)) {
                insufficient.add(idea);
            }
        }
        for (int i = 0; i < insufficient.size(); i++) {
            for (int j = i + 1; j < insufficient.size(); j++) {
                if (insufficient.get(i).goesWith(insufficient.get(j))) {
                    enough(both(insufficient.get(i), insufficient.get(j)));
                }
            }
        }
        addForNextTime();
        if (found.isEmpty() && blockers.isEmpty()) {
            addBehind(ideas);
        }
        return new Sought(List.copyOf(found), List.copyOf(disagreements), situations);
    }

    /** What is asked for first, and what is in the way then. */
    private void addBehind(List<Idea> ideas) throws IOException {
        for (Idea idea : ideas) {
            List<Situation> behind = situations.stream()
                    .flatMap(situation -> applied(idea.changes, situation).stream())
                    .toList();
            if (behind.isEmpty() || !found.isEmpty()) {
                continue;
            }
            Situation.Answer next = behind.get(0).ask(rules);
            if (next.verdict().rule() == answer.verdict().rule()) {
                continue;
            }
            Attempts then = idea.ofNewcomer() ? attempts : situation -> Optional.empty();
            Remedies others = new Remedies(rules, behind, next, members, findings, holders, then);
            for (Explanation.Remedy other : others.search().remedies()) {
                Idea whole = both(idea, new Idea(other.text(), other.changes()));
                found.add(new Explanation.Remedy(whole.text, other.tried(), whole.changes));
            }
        }
    }

    private static Idea both(Idea one, Idea other) {
        return new Idea(
                one.text + ", and " + other.text,
                Stream.concat(one.changes.stream(), other.changes.stream()).toList());
    }

    /** Tries each change of the newcomer by itself, and leaves the situations in which that ends as it did. */
    private void exclude(List<Idea> ideas) throws IOException {
        if (situations.size() == 1) {
            return;
        }
        for (Idea idea : ideas) {
            Optional<Attempt.Tried> tried = idea.ofNewcomer() ? tried(idea) : Optional.empty();
            if (tried.isPresent()) {
                List<Situation> left = situations.stream()
                        .filter(situation -> applied(idea.changes, situation)
                                .map(changed -> changed.ask(rules))
                                .flatMap(Situation.Answer::outcome)
                                .filter(outcome -> outcome.ok() == tried.get().ok())
                                .isPresent())
                        .toList();
                situations = left.isEmpty() ? situations : left;
            }
        }
    }

    private Optional<Attempt.Tried> tried(Idea idea) throws IOException {
        for (Trial trial : trials) {
            if (trial.changes.equals(idea.changes)) {
                return Optional.of(trial.result);
            }
        }
        Optional<Situation> changed = applied(idea.changes, situations.get(0));
        Optional<Attempt.Tried> tried = changed.isPresent() ? attempts.attempt(changed.get()) : Optional.empty();
        tried.ifPresent(result -> trials.add(new Trial(idea.changes, result)));
        return tried;
    }

    /**
     * Keeps the changes as a remedy if they are enough together: in every situation that may be the real one, or by the
     * kernel's own word.
     */
    private boolean enough(Idea idea) throws IOException {
        if (idea.changes.get(0) instanceof Change.Other) {
            found.add(new Explanation.Remedy(idea.text, false, idea.changes));
            return true;
        }
        long inSituations = situations.stream()
                .filter(situation -> applied(idea.changes, situation)
                        .filter(changed -> changed.ask(rules).ok())
                        .isPresent())
                .count();
        boolean always = inSituations == situations.size();
        if (inSituations == 0 || (!always && !idea.ofNewcomer())) {
            return false;
        }
        Optional<Attempt.Tried> tried = idea.ofNewcomer() ? tried(idea) : Optional.empty();
        if (tried.filter(Attempt.Tried::ok).isEmpty() && (tried.isPresent() || !always)) {
            if (always) {
                disagreements.add("by the rules this would be enough: " + idea.text + "; the kernel says "
                        + tried.orElseThrow().outcome());
            }
            return false;
        }
        found.add(new Explanation.Remedy(idea.text, tried.isPresent(), idea.changes));
        return true;
    }

    /** Empty if one of the changes is not possible itself. */
    private Optional<Situation> applied(List<Change> changes, Situation situation) {
        Optional<Situation> changed = Optional.of(situation);
        for (Change change : changes) {
            changed = changed.flatMap(now -> now.after(change, rules));
        }
        return changed;
    }

    private List<Idea> ideas() {
        List<Idea> ideas = new ArrayList<>();
        if (answer.call().startsWith(Situation.SETSOCKOPT)) {
            situations.get(0).settings().stream()
                    .filter(setting -> answer.call().equals(Situation.call(setting)))
                    .findFirst()
                    .ifPresent(setting -> ideas.add(
                            new Idea("leave out " + setting.option(), new Change.LeavesOut(setting.option()))));
        }
        switch (answer.verdict().rule()) {
            case PRIVILEGED_PORT -> addPrivilege(ideas);
            case NOT_LOCAL -> addFreebind(ideas);
            case NO_SCOPE -> addScopes(ideas);
            case PORTS_USED_UP -> addPorts(ideas);
            case MAPPED_REFUSED ->
                ideas.add(
                        new Idea("leave IPV6_V6ONLY off", new Change.Sets(new Setting<>(SockOpts.IPV6_V6ONLY, false))));
            default -> {
                if (!blockers.isEmpty()) {
                    addNewcomers(ideas);
                    addOwners(ideas);
                    addAddresses(ideas);
                }
            }
        }
        return ideas;
    }

    private void addPrivilege(List<Idea> ideas) {
        int port = situations.get(0).address().port();
        ideas.add(new Idea("bind as root, or with CAP_NET_BIND_SERVICE", new Change.BindsAs(0)));
        ideas.add(new Idea(
                "lower net.ipv4.ip_unprivileged_port_start to " + port,
                new Change.Sysctl("net.ipv4.ip_unprivileged_port_start", Integer.toString(port))));
    }

    private void addFreebind(List<Idea> ideas) {
        boolean ipv4 = ipv4();
        SockOpt<Boolean> option = ipv4 ? SockOpts.IP_FREEBIND : SockOpts.IPV6_FREEBIND;
        if (!ipv4 && findings.ipv6Off()) {
            ideas.add(new Idea(
                    "switch IPv6 on: net.ipv6.conf.all.disable_ipv6=0 (a container: docker run --sysctl"
                            + " net.ipv6.conf.all.disable_ipv6=0)",
                    new Change.Other()));
            addIpv4(ideas);
            return;
        }
        String sysctl = ipv4 ? "net.ipv4.ip_nonlocal_bind" : "net.ipv6.ip_nonlocal_bind";
        ideas.add(new Idea(
                "set " + option + " on the newcomer, which binds to an address that is not there yet",
                new Change.Sets(new Setting<>(option, true))));
        ideas.add(new Idea(
                "set " + sysctl + "=1 on this host, where addresses come and go", new Change.Sysctl(sysctl, "1")));
        addScopes(ideas);
    }

    /** The loopback address that every host has, for one of IPv6. */
    private void addIpv4(List<Idea> ideas) {
        if (situations.get(0).address() instanceof Sockaddr.Inet6 inet6 && inet6.loopback()) {
            Sockaddr ipv4 = new Sockaddr.Inet(0x7f000001, inet6.port());
            ideas.add(new Idea("bind to " + ipv4.host(), new Change.BindsTo(ipv4)));
        }
    }

    /** The same address on the interfaces that have it. */
    private void addScopes(List<Idea> ideas) {
        if (!(situations.get(0).address() instanceof Sockaddr.Inet6 wanted) || !wanted.needsScope()) {
            return;
        }
        situations.get(0).host().locals().stream()
                .map(LocalAddress::address)
                .filter(local -> local instanceof Sockaddr.Inet6 inet6
                        && inet6.high() == wanted.high()
                        && inet6.low() == wanted.low()
                        && inet6.scopeId() != wanted.scopeId())
                .limit(MOST_NAMED)
                .map(local -> local.withPort(wanted.port()))
                .forEach(local -> ideas.add(new Idea("bind to " + local.host(), new Change.BindsTo(local))));
    }

    /** Each address has all ports once more, and a client needs its port only for one peer. */
    private void addPorts(List<Idea> ideas) {
        Situation now = situations.get(0);
        if (now.settings().stream().anyMatch(setting -> setting.option() == SockOpts.IP_LOCAL_PORT_RANGE)) {
            ideas.add(new Idea(
                    "leave out " + SockOpts.IP_LOCAL_PORT_RANGE, new Change.LeavesOut(SockOpts.IP_LOCAL_PORT_RANGE)));
        }
        Stream<Sockaddr> next = now.address() instanceof Sockaddr.Inet inet && !inet.wildcard()
                ? Stream.of(new Sockaddr.Inet(inet.address() + 1, 0))
                : Stream.empty();
        Stream.concat(
                        now.host().locals().stream()
                                .map(LocalAddress::address)
                                .filter(local -> local.family() == now.address().family())
                                .filter(local -> !(local instanceof Sockaddr.Inet6 inet6 && inet6.needsScope()))
                                .map(local -> local.withPort(0)),
                        next)
                .filter(local -> !local.equals(now.address()) && now.host().has(local, Optional.empty()))
                .distinct()
                .filter(local -> now.withAddress(local).ask(rules).ok())
                .limit(MOST_NAMED)
                .forEach(local ->
                        ideas.add(new Idea("bind to " + local.host() + " instead", new Change.BindsTo(local))));
        ideas.add(new Idea(
                "widen net.ipv4.ip_local_port_range: " + WIDEST,
                new Change.Sysctl("net.ipv4.ip_local_port_range", WIDEST)));
        if (!now.flags().noPort()) {
            ideas.add(new Idea(
                    "set IP_BIND_ADDRESS_NO_PORT on the newcomer, if it will connect: connect chooses the port then, which"
                            + " others may have with other peers",
                    new Change.Sets(new Setting<>(SockOpts.IP_BIND_ADDRESS_NO_PORT, true))));
        }
    }

    private void addNewcomers(List<Idea> ideas) {
        Situation now = situations.get(0);
        Flags flags = now.flags();
        if (!flags.reusePort()) {
            ideas.add(ofNewcomer(SockOpts.SO_REUSEPORT));
        }
        if (!flags.reuseAddr()) {
            ideas.add(ofNewcomer(SockOpts.SO_REUSEADDR));
        }
        if (now.address().family() == Const.AF_INET6 && now.address().wildcard() && !flags.v6only()) {
            ideas.add(ofNewcomer(SockOpts.IPV6_V6ONLY));
        }
        blockers.stream()
                .map(ModelSocket::uid)
                .filter(uid -> uid != now.uid())
                .distinct()
                .limit(MOST_NAMED)
                .forEach(uid ->
                        ideas.add(new Idea("bind as uid " + Integer.toUnsignedString(uid), new Change.BindsAs(uid))));
    }

    private static Idea ofNewcomer(SockOpt<Boolean> option) {
        return new Idea("set " + option + " on the newcomer", new Change.Sets(new Setting<>(option, true)));
    }

    /** One address for whoever asked for all of them: where those in the way are not. */
    private void addAddresses(List<Idea> ideas) {
        Situation now = situations.get(0);
        if (!now.address().wildcard()
                || blockers.stream().anyMatch(socket -> socket.address().wildcard())) {
            return;
        }
        // What others can reach comes first.
        Comparator<Sockaddr> order = Comparator.comparing(
                local -> local.toInetSocketAddress().getAddress().isLoopbackAddress());
        now.host().locals().stream()
                .map(LocalAddress::address)
                .filter(local -> local.family() == now.address().family())
                .filter(local -> !(local instanceof Sockaddr.Inet6 inet6 && inet6.needsScope()))
                .distinct()
                .sorted(order)
                .map(local -> local.withPort(now.address().port()))
                .filter(local -> now.withAddress(local).ask(rules).ok())
                .limit(MOST_NAMED)
                .forEach(local -> ideas.add(new Idea("bind to " + local.host() + " alone", new Change.BindsTo(local))));
    }

    private boolean alive(ModelSocket socket) {
        return socket.phase() == Phase.LISTENING || socket.phase() == Phase.BOUND;
    }

    private void addOwners(List<Idea> ideas) {
        List<ModelSocket> alive = blockers.stream().filter(this::alive).toList();
        List<Integer> places = places(blockers);
        if (alive.isEmpty()) {
            addConnections(ideas, places);
            return;
        }
        addFlags(ideas, alive, places);
        List<Integer> held = numbers(blockers.stream()
                .filter(socket -> alive(socket) || held(socket))
                .toList());
        ideas.add(new Idea(holders.end(held), new Change.OwnersEnd(places)));
        if (alive.size() < blockers.size()) {
            ideas.add(new Idea(
                    holders.end(held) + GONE, List.of(new Change.OwnersEnd(places), new Change.Passes(places))));
        }
    }

    private void addFlags(List<Idea> ideas, List<ModelSocket> alive, List<Integer> places) {
        Optional<String> binders = holders.binders(numbers(alive));
        for (SockOpt<Boolean> option : List.of(SockOpts.SO_REUSEPORT, SockOpts.SO_REUSEADDR)) {
            boolean all = alive.stream()
                    .map(ModelSocket::flags)
                    .allMatch(flags -> option == SockOpts.SO_REUSEPORT ? flags.reusePort() : flags.reuseAddr());
            binders.filter(who -> !all).ifPresent(who -> ideas.add(ofOwners(option, who, places)));
        }
        List<ModelSocket> dualStack = alive.stream()
                .filter(socket -> socket.address().family() == Const.AF_INET6
                        && socket.address().wildcard()
                        && !socket.flags().v6only())
                .toList();
        if (ipv4() && !dualStack.isEmpty()) {
            holders.binders(numbers(dualStack))
                    .ifPresent(who -> ideas.add(ofOwners(SockOpts.IPV6_V6ONLY, who, places(dualStack))));
        }
    }

    private boolean ipv4() {
        return situations.get(0).address() instanceof Sockaddr.Inet
                || situations.get(0).address() instanceof Sockaddr.Inet6 inet6 && inet6.v4Mapped();
    }

    private boolean held(ModelSocket socket) {
        return !members.get(socket.number() - 1).owners().isEmpty();
    }

    private static List<Integer> numbers(List<ModelSocket> sockets) {
        return sockets.stream().map(ModelSocket::number).toList();
    }

    private static Idea ofOwners(SockOpt<Boolean> option, String binders, List<Integer> places) {
        return new Idea("set " + option + " on " + binders, new Change.OwnersSet(option, places));
    }

    private static List<Integer> places(List<ModelSocket> sockets) {
        return sockets.stream().map(socket -> socket.number() - 1).toList();
    }

    private void addConnections(List<Idea> ideas, List<Integer> places) {
        List<Integer> held = numbers(blockers.stream().filter(this::held).toList());
        if (findings.outgoing() && !held.isEmpty()) {
            holders.binders(held).ifPresent(who -> ideas.add(ofOwners(SockOpts.SO_REUSEADDR, who, places)));
        }
        ideas.add(new Idea(waiting(), new Change.Passes(places)));
        if (!held.isEmpty()) {
            ideas.add(new Idea(
                    holders.end(held) + GONE, List.of(new Change.OwnersEnd(places), new Change.Passes(places))));
        }
        if (findings.outgoing()) {
            int port = situations.get(0).address().port();
            ideas.add(new Idea(
                    "keep clients off the port from now on: net.ipv4.ip_local_reserved_ports=" + port
                            + " (added to what is there)",
                    new Change.Other()));
            ideas.add(new Idea(
                    "bind to a port outside of net.ipv4.ip_local_port_range, "
                            + findings.range().lower() + " to "
                            + findings.range().upper(),
                    new Change.Other()));
        }
    }

    private String waiting() {
        boolean closed = blockers.stream().allMatch(socket -> socket.phase().left());
        if (closed) {
            boolean only = blockers.stream().allMatch(socket -> socket.phase() == Phase.TIME_WAIT);
            return only
                    ? "wait until TIME_WAIT is over, " + findings.atMost()
                    : "wait until the closed connections are over, " + findings.atMost() + ", or "
                            + Findings.MOST_SECONDS + " more if the other side closes meanwhile";
        }
        return "wait until the connections are over, and " + Findings.MOST_SECONDS
                + " seconds more if this side closes first";
    }

    /**
     * What every server needs, where its own former connections keep it out: what it leaves behind has the flags that it
     * had, so that this helps from the next time on.
     */
    private void addForNextTime() {
        boolean leftovers = !blockers.isEmpty() && blockers.stream().noneMatch(this::alive) && !findings.outgoing();
        Change wanted = new Change.Sets(new Setting<>(SockOpts.SO_REUSEADDR, true));
        if (leftovers && found.stream().noneMatch(remedy -> remedy.changes().equals(List.of(wanted)))) {
            found.add(
                    0,
                    new Explanation.Remedy(
                            "set SO_REUSEADDR in the server itself before it binds: what it leaves behind has it then,"
                                    + " so that this helps from its next restart on",
                            false,
                            List.of(new Change.Other())));
        }
    }
}
