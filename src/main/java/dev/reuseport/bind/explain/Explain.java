package dev.reuseport.bind.explain;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.SocketState;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddresses;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Flags;
import dev.reuseport.bind.rules.ModelSocket;
import dev.reuseport.bind.rules.Phase;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.rules.Verdict;
import dev.reuseport.bind.run.Attempt;
import dev.reuseport.bind.run.OtherUserCaseSockets;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.run.ThisHost;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.inspect.ForeignSocket;
import dev.reuseport.inspect.NetworkNamespace;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.ProcNet;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Unreachable;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Says why a bind fails, or succeeds. The verdict is this kernel's, by trying; the reason is the rules', asked about the
 * sockets that have the port. What neither shows, flags that may not be read and what the kernel remembers of flags that
 * changed, is supposed until the rules end as the kernel did.
 */
public final class Explain implements Closeable {
    /**
     * What is to be bound.
     *
     * @param settings what is set before, in this order
     * @param uid the effective user; empty for the one who runs this
     * @param anyway whether to try what may take a datagram or a connection from those who have the port
     */
    public record Request(
            Protocol protocol, Sockaddr address, List<Setting<?>> settings, OptionalInt uid, boolean anyway) {}

    /** How often to look and try before a disagreement is one: sockets come and go between the two. */
    private static final int ATTEMPTS = 2;

    private static final int ROOT = 0;

    /** Docker's containers begin with it. */
    private static final String DISABLE_IPV6 = "net.ipv6.conf.lo.disable_ipv6";

    /** Neither the kernel was asked nor do the rules say. */
    private static final Outcome NOT_KNOWN = new Outcome("unknown");

    /** Of how many sockets to suppose that the kernel remembers them with another flag. */
    private static final int MOST_REMEMBERED = 20;

    private static final int MOST_NAMESPACES = 5;

    private final Syscalls syscalls;
    private final Proc proc;
    private final SystemRules rules;
    private final List<String> asUser;
    private final Request request;
    private final Map<Integer, OtherUserCaseSockets> users = new HashMap<>();

    private Explain(Syscalls syscalls, Proc proc, SystemRules rules, List<String> asUser, Request request) {
        this.syscalls = syscalls;
        this.proc = proc;
        this.rules = rules;
        this.asUser = asUser;
        this.request = request;
    }

    /**
     * Looks, tries, and asks the rules.
     *
     * @param asUser the command that, with a user's number behind it, starts {@link Runner#serve} as that user
     * @throws NotPossibleException if another user is asked for and this one is not root, or an option is not defined here
     */
    public static Explanation run(Syscalls syscalls, Proc proc, SystemRules rules, List<String> asUser, Request request)
            throws IOException {
        try (Explain explain = new Explain(syscalls, proc, rules, asUser, request)) {
            Explanation explanation = explain.once();
            for (int attempt = 1; attempt < ATTEMPTS && !explanation.agrees(); attempt++) {
                explanation = explain.once();
            }
            return explanation;
        }
    }

    /** Ends the processes of other users. */
    @Override
    public void close() {
        for (OtherUserCaseSockets user : users.values()) {
            try {
                user.close();
            } catch (IOException e) {
                // It ended by itself: it could not become that user.
                continue;
            }
        }
    }

    private int uid() {
        return request.uid().orElseGet(syscalls::geteuid);
    }

    private Explanation once() throws IOException {
        if (uid() != syscalls.geteuid() && syscalls.geteuid() != ROOT) {
            throw new NotPossibleException("binding as another user needs root");
        }
        for (Setting<?> setting : request.settings()) {
            if (!setting.option().definedOn(syscalls.abi())) {
                throw new NotPossibleException(setting.option() + " is not defined on "
                        + syscalls.abi().platform().id());
            }
        }
        PortSockets.Survey survey = survey();
        List<Situation> supposed = suppositions(survey);
        Attempt.Tried kernel = attempt(request.address(), request.settings(), uid(), cannotShare(supposed));
        if (kernel.call().equals("socket")) {
            return withoutFamily(survey, kernel);
        }
        if (request.address().port() == 0
                && kernel.outcome().equals(Outcome.of(Const.EADDRINUSE))
                && syscalls.abi().platform().linux()) {
            return usedUp(survey, kernel, supposed.get(0));
        }
        Situation.Answer said = supposed.get(0).ask(rules, kernel.call(), kernel.outcome());
        if (said.outcome().isEmpty() || said.verdict().rule() == DecidingRule.TOO_OLD) {
            return silence(survey, kernel, supposed.subList(0, 1), said);
        }
        List<Situation> likely = likely(supposed, kernel);
        if (!likely.isEmpty()) {
            return agreement(survey, kernel, likely);
        }
        for (SystemRules.Nearby other : rules.nearby()) {
            try (Explain explain = new Explain(syscalls, proc, other.rules(), asUser, request)) {
                List<Situation> there = explain.likely(supposed, kernel);
                if (!there.isEmpty()) {
                    return explain.agreement(survey, kernel, there).noting(other.how());
                }
            }
        }
        return disagreement(survey, kernel, supposed.get(0));
    }

    /** Every port that the kernel may choose is taken: nothing else is EADDRINUSE at port 0. */
    private Explanation usedUp(PortSockets.Survey survey, Attempt.Tried kernel, Situation nobody) throws IOException {
        PortRange range = nobody.host().sysctls().localPorts();
        List<ModelSocket> taken = new PortsTaken(syscalls, proc, request.protocol()).in(range);
        Situation situation = nobody.withSockets(none -> taken);
        Situation.Answer answer = situation.ask(rules);
        if (answer.ok()) {
            answer = new Situation.Answer(
                    Optional.of(kernel.outcome()),
                    kernel.call(),
                    Verdict.refused(
                            kernel.outcome(),
                            DecidingRule.PORTS_USED_UP,
                            (range.lower() == range.upper()
                                            ? "the one port that the kernel may choose, " + range.lower() + ", is"
                                            : "all ports that the kernel may choose, " + range.lower() + " to "
                                                    + range.upper() + ", are")
                                    + " taken at this address, "
                                    + taken.stream()
                                            .map(ModelSocket::port)
                                            .distinct()
                                            .count()
                                    + " of them by sockets that can be seen from here",
                            answer.after()));
        }
        return unknown(
                survey,
                kernel,
                answer,
                true,
                answer.verdict().reason(),
                sought(survey, List.of(situation), answer).remedies());
    }

    /** The kernel has no such sockets: no rule says anything of them. */
    private Explanation withoutFamily(PortSockets.Survey survey, Attempt.Tried kernel) throws IOException {
        List<Explanation.Remedy> remedies = new ArrayList<>();
        if (request.address() instanceof Sockaddr.Inet6 inet6 && (inet6.wildcard() || inet6.loopback())) {
            Sockaddr ipv4 = new Sockaddr.Inet(inet6.wildcard() ? 0 : 0x7f000001, inet6.port());
            if (attempt(ipv4, request.settings(), uid(), false).ok()) {
                remedies.add(new Explanation.Remedy("bind to " + ipv4.host(), true, List.of(new Change.BindsTo(ipv4))));
            }
        }
        return new Explanation(
                kernel.outcome(),
                kernel.call(),
                "",
                Optional.empty(),
                true,
                DecidingRule.OTHER_FAMILY,
                "this kernel has no " + (request.address().family() == Const.AF_INET6 ? "IPv6" : "IPv4")
                        + ", or a sandbox keeps it away (Linux: ipv6.disable=1 where it was booted)",
                Optional.empty(),
                remedies,
                members(survey, Set.of()),
                survey.notes());
    }

    /** Which of the situations end by the rules as the kernel did; what it remembers is supposed only if no other does. */
    private List<Situation> likely(List<Situation> supposed, Attempt.Tried kernel) {
        List<Situation> likely = new ArrayList<>();
        for (Situation situation : supposed) {
            if ((situation.remembered() == 0 || likely.isEmpty()) && endsAs(kernel, situation.ask(rules))) {
                likely.add(situation);
            }
        }
        return likely;
    }

    /** Tells whether a UDP socket does not get in: it may be tried, for it takes nothing then. */
    private boolean cannotShare(List<Situation> supposed) {
        return request.protocol() == Protocol.UDP
                && supposed.stream()
                        .map(situation -> situation.ask(rules).outcome())
                        .noneMatch(outcome -> outcome.isEmpty() || outcome.get().ok());
    }

    private static boolean endsAs(Attempt.Tried kernel, Situation.Answer answer) {
        return answer.outcome().isPresent()
                && (kernel.untried().isEmpty()
                        ? answer.outcome().get().equals(kernel.outcome())
                                && answer.call().equals(kernel.call())
                        : answer.ok() || answer.call().equals(kernel.untried()));
    }

    private PortSockets.Survey survey() throws IOException {
        if (request.address().port() == 0 || !syscalls.abi().platform().linux()) {
            return new PortSockets.Survey(List.of(), 0, false, Optional.empty(), false, Optional.empty(), List.of());
        }
        return PortSockets.of(syscalls, proc, ipproto(), request.address().port());
    }

    private Const ipproto() {
        return request.protocol() == Protocol.TCP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP;
    }

    private Attempt.Tried attempt(Sockaddr address, List<Setting<?>> settings, int uid, boolean harmless)
            throws IOException {
        boolean anyway = harmless || request.anyway();
        if (uid == syscalls.geteuid()) {
            return Attempt.run(syscalls, request.protocol(), address, settings, anyway);
        }
        OtherUserCaseSockets user = users.get(uid);
        if (user == null) {
            user = new OtherUserCaseSockets(asUser, uid);
            users.put(uid, user);
        }
        Step.Open step =
                new Step.Open(request.protocol(), Step.Endpoint.of(address), settings, OptionalInt.empty(), false);
        return user.attempt(step, anyway);
    }

    /**
     * Tries what a remedy would change of the newcomer. The rules alone are asked where that would take something from
     * others, and about another user by whoever cannot become that one.
     */
    private Optional<Attempt.Tried> attempt(Situation situation) throws IOException {
        boolean own = situation.uid() == syscalls.geteuid();
        if (!own && syscalls.geteuid() != ROOT) {
            return Optional.empty();
        }
        try {
            return Optional.of(attempt(situation.address(), situation.settings(), situation.uid(), false))
                    .filter(result -> result.untried().isEmpty());
        } catch (IOException e) {
            if (own) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private Explanation agreement(PortSockets.Survey survey, Attempt.Tried kernel, List<Situation> likely)
            throws IOException {
        Situation first = likely.get(0);
        Situation.Answer answer = first.ask(rules);
        List<String> notes = new ArrayList<>(survey.notes());
        Remedies.Sought remedies = sought(survey, likely, answer);
        notes.addAll(remedies.disagreements());
        if (answer.ok()) {
            first.listeningFailures(rules, answer).forEach(notes::add);
        }
        if (answer.ok() && request.protocol() == Protocol.TCP) {
            Unreachable.reason(syscalls, request.address())
                    .ifPresent(why -> notes.add(
                            "nobody can connect to " + request.address().host() + ": " + why));
        }
        if (answer.verdict().rule() == DecidingRule.PORT_LATER) {
            notes.add("the port is chosen by connect: EADDRNOTAVAIL from it says that all are taken for that peer");
        }
        if (answer.ok() && survey.sockets().isEmpty()) {
            addElsewhere(notes);
        }
        addUnseen(survey, true, notes);
        addUntried(kernel, notes);
        Map<DecidingRule, String> reasons = new LinkedHashMap<>();
        for (Situation situation : remedies.situations()) {
            Verdict verdict = situation.ask(rules).verdict();
            reasons.putIfAbsent(verdict.rule(), verdict.reason());
        }
        boolean sure = reasons.size() == 1;
        Set<Integer> inTheWay = inTheWay(remedies.situations());
        boolean off = answer.verdict().rule() == DecidingRule.NOT_LOCAL
                && request.address() instanceof Sockaddr.Inet6 inet6
                && !inet6.v4Mapped()
                && ipv6Off(first.host());
        Optional<Explanation.Doubt> doubt = off || sure
                ? Optional.empty()
                : Optional.of(new Explanation.Doubt(
                        survey.sockets().stream()
                                        .allMatch(socket -> socket.read().isPresent())
                                ? "nobody tells which socket was bound last"
                                : "flags could not be read",
                        List.copyOf(reasons.values())));
        boolean client = outgoing(survey, first, answer.verdict());
        PortRange range = first.host().sysctls().localPorts();
        String reason = off
                ? request.address().host() + " is not this host's: IPv6 is switched off here, "
                        + "net.ipv6.conf.all.disable_ipv6=1"
                : sure
                        ? remedies.situations().get(0).ask(rules).verdict().reason()
                                + others(inTheWay.size() - 1)
                                + (client
                                        ? "; a client happened to get this port, which lies in net.ipv4.ip_local_port_range, "
                                                + range.lower() + " to " + range.upper()
                                        : "")
                        : doubt.orElseThrow().sentence();
        return new Explanation(
                verdict(kernel, answer),
                kernel.untried().isEmpty() ? kernel.call() : answer.call(),
                kernel.untried(),
                answer.outcome(),
                true,
                sure ? answer.verdict().rule() : DecidingRule.UNKNOWN,
                reason,
                doubt,
                remedies.remedies(),
                members(survey, inTheWay),
                List.copyOf(notes));
    }

    private Remedies.Sought sought(PortSockets.Survey survey, List<Situation> likely, Situation.Answer answer)
            throws IOException {
        return answer.ok()
                ? new Remedies.Sought(List.of(), List.of(), likely)
                : new Remedies(
                                rules,
                                likely,
                                answer,
                                survey.sockets(),
                                findings(survey, likely.get(0), answer),
                                new Holders(survey),
                                this::attempt)
                        .search();
    }

    private Findings findings(PortSockets.Survey survey, Situation situation, Situation.Answer answer)
            throws IOException {
        List<PortSockets.Found> inTheWay = answer.verdict().inTheWay().stream()
                .map(number -> survey.sockets().get(number - 1))
                .toList();
        int seconds = inTheWay.stream().anyMatch(found -> found.inode() == 0)
                ? proc.sockets(syscalls.abi()).secondsLeft(request.address().port())
                : 0;
        return new Findings(
                outgoing(survey, situation, answer.verdict()),
                seconds,
                situation.host().sysctls().localPorts(),
                ipv6Off(situation.host()));
    }

    private boolean ipv6Off(Host host) {
        return host.taken().map(LocalAddresses::ipv6).orElse(host.locals()).stream()
                        .allMatch(local -> local.address() instanceof Sockaddr.Inet)
                && proc.sysctl(DISABLE_IPV6).number().orElse(0) != 0;
    }

    /** Tells whether all that is in the way are connections that this host began. */
    private static boolean outgoing(PortSockets.Survey survey, Situation situation, Verdict verdict) {
        Set<Integer> inTheWay = Set.copyOf(verdict.inTheWay());
        return !inTheWay.isEmpty()
                && situation.sockets().stream()
                        .filter(socket -> inTheWay.contains(socket.number()))
                        .allMatch(socket -> socket.peer().isPresent()
                                && survey.sockets()
                                        .get(socket.number() - 1)
                                        .peer()
                                        .isPresent());
    }

    /**
     * Tells whether this host began a connection, as far as can be told: a client's port is one that the kernel hands out,
     * and its peer's is not, or somebody here listens there.
     */
    private boolean began(Host host, PortSockets.Found found) throws IOException {
        PortRange range = host.sysctls().localPorts();
        Optional<Sockaddr> peer = found.peer();
        return peer.isPresent()
                && range.has(found.local().port())
                && (!range.has(peer.get().port()) || listensHere(host, peer.get()));
    }

    private boolean listensHere(Host host, Sockaddr peer) throws IOException {
        if (!host.has(peer, Optional.empty())) {
            return false;
        }
        for (ProcNet.Table table : List.of(ProcNet.Table.TCP, ProcNet.Table.TCP6)) {
            for (ProcNet.Entry entry : proc.sockets(syscalls.abi())
                    .read(table, peer.port(), inode -> {})
                    .entries()) {
                if (entry.state() == SocketState.LISTEN) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Says in which other network namespaces the port is taken, which keeps nobody here from it. */
    private void addElsewhere(List<String> notes) throws IOException {
        int port = request.address().port();
        if (port == 0 || !syscalls.abi().platform().linux()) {
            return;
        }
        NetworkNamespace.having(syscalls, proc, ipproto(), port).stream()
                .limit(MOST_NAMESPACES)
                .forEach(elsewhere -> notes.add("port " + port + " is taken in another network namespace, "
                        + elsewhere.name() + ", by " + elsewhere.process() + ": explain --netns "
                        + elsewhere.process().pid() + " looks there"));
    }

    /** The kernel's word; the rules' where it was not asked for all of it. */
    private static Outcome verdict(Attempt.Tried kernel, Situation.Answer answer) {
        return kernel.untried().isEmpty() ? kernel.outcome() : answer.outcome().orElse(NOT_KNOWN);
    }

    private static String others(int count) {
        return count <= 0
                ? ""
                : count == 1 ? "; one more socket is in the way" : "; " + count + " more sockets are in the way";
    }

    /** The rules do not say, which contradicts nothing, or what nobody's socket changes. */
    private Explanation silence(
            PortSockets.Survey survey, Attempt.Tried kernel, List<Situation> supposed, Situation.Answer answer)
            throws IOException {
        List<Explanation.Remedy> remedies = kernel.outcome().ok()
                ? List.of()
                : sought(survey, supposed, answer).remedies();
        return unknown(survey, kernel, answer, true, answer.verdict().reason(), remedies);
    }

    private Explanation disagreement(PortSockets.Survey survey, Attempt.Tried kernel, Situation first) {
        Situation.Answer answer = first.ask(rules);
        String says =
                answer.outcome().map(outcome -> said(outcome, answer.call())).orElse("nothing");
        return unknown(
                survey,
                kernel,
                answer,
                false,
                "the kernel and the rules disagree: it says " + said(kernel.outcome(), kernel.call()) + ", they say "
                        + says + ", because " + answer.verdict().reason(),
                List.of());
    }

    private Explanation unknown(
            PortSockets.Survey survey,
            Attempt.Tried kernel,
            Situation.Answer answer,
            boolean agrees,
            String reason,
            List<Explanation.Remedy> remedies) {
        List<String> notes = new ArrayList<>(survey.notes());
        addUnseen(survey, agrees, notes);
        addUntried(kernel, notes);
        return new Explanation(
                agrees ? verdict(kernel, answer) : kernel.outcome(),
                kernel.call(),
                kernel.untried(),
                answer.outcome(),
                agrees,
                answer.verdict().rule(),
                reason,
                Optional.empty(),
                remedies,
                members(survey, Set.copyOf(answer.verdict().inTheWay())),
                List.copyOf(notes));
    }

    private static String said(Outcome outcome, String call) {
        return call.isEmpty() ? outcome.toString() : outcome + " from " + call;
    }

    /** Says what could not be seen, where that may be what decided. */
    private void addUnseen(PortSockets.Survey survey, boolean explained, List<String> notes) {
        if (!syscalls.abi().platform().linux()) {
            notes.add("who has the port can be seen on Linux only");
        }
        Holders holders = new Holders(survey);
        notes.addAll(holders.notes());
        List<PortSockets.Found> ownerless = survey.sockets().stream()
                .filter(socket -> socket.inode() != 0 && socket.owners().isEmpty())
                .toList();
        if (!ownerless.isEmpty()) {
            boolean one = ownerless.size() == 1;
            notes.add(
                    holders.ofNobody(ownerless.get(0))
                            ? "no process has a descriptor of " + (one ? "one socket" : ownerless.size() + " sockets")
                                    + exceptClosed(survey.closedProcesses())
                                    + ": it is the kernel's own (WireGuard, VXLAN, NFS and others have such), or still in"
                                    + " a call that waits, or on its way from one process to another"
                            : (one
                                            ? "one socket belongs to a process"
                                            : ownerless.size() + " sockets belong to processes")
                                    + " that cannot be seen from here: "
                                    + survey.hidden().orElse(whyUnseen(survey)));
        } else {
            survey.unread().ifPresent(why -> notes.add("flags could not be read: " + why));
        }
        if (ownerless.isEmpty() && !explained && !survey.boundListed()) {
            survey.hidden()
                    .ifPresent(
                            why -> notes.add("a TCP socket that is bound and does not listen stands in no list of the"
                                    + " kernel, and cannot be seen from here: " + why));
        }
        int closed = survey.closedProcesses();
        if (closed > 0 && !explained && !survey.boundListed()) {
            notes.add(
                    (closed == 1 ? "one process" : closed + " processes") + " may not be looked into, and a TCP socket"
                            + " that is bound and does not listen stands in no list of the kernel");
        }
    }

    private static String exceptClosed(int processes) {
        return switch (processes) {
            case 0 -> "";
            case 1 -> ", as far as is seen (one process may not be looked into even so)";
            default -> ", as far as is seen (" + processes + " may not be looked into even so)";
        };
    }

    private static String whyUnseen(PortSockets.Survey survey) {
        return survey.closedProcesses() == 0
                ? "outside of this pid namespace"
                : "another user's, or outside of this pid namespace"
                        + survey.unread().map(why -> "; " + why).orElse("");
    }

    /** Says why not all was tried, and how it would be. */
    private static void addUntried(Attempt.Tried kernel, List<String> notes) {
        switch (kernel.untried()) {
            case "" -> {}
            case "listen" ->
                notes.add("listen was not tried, for it could take a connection from those who have the port: this"
                        + " system, or this user's lack of CAP_NET_ADMIN, lets nothing keep it away meanwhile; --try"
                        + " tries it all the same");
            default ->
                notes.add(kernel.untried() + " was not tried, for it could take a datagram from those who have the"
                        + " port; --try tries it all the same");
        }
    }

    private Set<Integer> inTheWay(List<Situation> situations) {
        Set<Integer> inTheWay = new HashSet<>();
        situations.forEach(
                situation -> inTheWay.addAll(situation.ask(rules).verdict().inTheWay()));
        return inTheWay;
    }

    private List<Explanation.Member> members(PortSockets.Survey survey, Set<Integer> inTheWay) {
        List<Explanation.Member> members = new ArrayList<>();
        Map<Integer, Optional<String>> names = new HashMap<>();
        for (int i = 0; i < survey.sockets().size(); i++) {
            PortSockets.Found socket = survey.sockets().get(i);
            Optional<String> user = socket.uid().isPresent()
                    ? names.computeIfAbsent(socket.uid().getAsInt(), uid -> proc.userName(syscalls, uid))
                    : Optional.empty();
            members.add(new Explanation.Member(socket, user, inTheWay.contains(i + 1)));
        }
        return List.copyOf(members);
    }

    /** What may be the case, the likeliest first. */
    private List<Situation> suppositions(PortSockets.Survey survey) throws IOException {
        Host host = ThisHost.observe(proc, syscalls);
        Flags fresh = fresh();
        int uid = uid();
        List<Situation> situations = new ArrayList<>();
        List<Optional<Flags>> unread = new ArrayList<>(List.of(Optional.empty()));
        if (survey.sockets().stream().anyMatch(socket -> socket.read().isEmpty())) {
            for (boolean reusePort : new boolean[] {false, true}) {
                for (boolean reuseAddr : new boolean[] {false, true}) {
                    unread.add(Optional.of(Flags.NONE.withReusePort(reusePort).withReuseAddr(reuseAddr)));
                }
            }
        }
        Set<Integer> began = began(host, survey);
        for (Optional<Flags> assumed : unread) {
            for (List<ModelSocket> sockets : orders(sockets(survey, assumed, began))) {
                situations.add(new Situation(
                        host, sockets, 0, request.protocol(), request.address(), fresh, request.settings(), uid));
            }
        }
        if (request.protocol() == Protocol.TCP) {
            Situation first = situations.get(0);
            first.sockets().stream()
                    .filter(socket -> socket.phase() == Phase.LISTENING || socket.phase() == Phase.BOUND)
                    .limit(MOST_REMEMBERED)
                    .forEach(socket -> situations.add(first.remembering(socket.number())));
            if (!survey.boundListed()) {
                // getsockname says the port still that a socket lost by shutdown, or by a connect that failed.
                situations.add(first.withoutBound());
            }
        }
        return situations;
    }

    /**
     * The orders in which a bind may ask them. UDP's decides, and the kernel lists IPv4 and IPv6 apart: whoever is first of
     * one of them is first of all, or behind one of the other.
     */
    private List<List<ModelSocket>> orders(List<ModelSocket> sockets) {
        List<ModelSocket> ipv6First = new ArrayList<>(sockets);
        ipv6First.sort(Comparator.comparing(socket -> socket.address().family() == Const.AF_INET));
        return request.protocol() == Protocol.TCP || ipv6First.equals(sockets) || ordered(sockets)
                ? List.of(sockets)
                : List.of(sockets, List.copyOf(ipv6First));
    }

    /** Tells whether all are of one family. */
    private static boolean ordered(List<ModelSocket> sockets) {
        return sockets.stream()
                        .map(socket -> socket.address().family())
                        .distinct()
                        .count()
                <= 1;
    }

    /** What a socket of the family starts with: net.ipv6.bindv6only may set IPV6_V6ONLY. */
    private Flags fresh() throws IOException {
        if (request.address().family() != Const.AF_INET6) {
            return Flags.NONE;
        }
        try (NativeSocket socket =
                NativeSocket.open(syscalls, Const.AF_INET6, request.protocol().type())) {
            return Flags.NONE.withV6only(
                    socket.get(SockOpts.IPV6_V6ONLY).toOptional().orElse(false));
        } catch (ErrnoException e) {
            // There are none: the try says so.
            return Flags.NONE;
        }
    }

    /** The places of the connections that this host began; of thousands the first few tell. */
    private Set<Integer> began(Host host, PortSockets.Survey survey) throws IOException {
        Set<Integer> began = new HashSet<>();
        if (request.protocol() == Protocol.TCP) {
            List<PortSockets.Found> all = survey.sockets();
            List<Integer> listeners = listeners(all);
            int asked = 0;
            for (int i = 0; i < all.size() && asked < MOST_REMEMBERED; i++) {
                if (all.get(i).state().hasPeer() && parent(all, listeners, all.get(i)) == 0) {
                    asked++;
                    if (began(host, all.get(i))) {
                        began.add(i);
                    }
                }
            }
        }
        return began;
    }

    private List<ModelSocket> sockets(PortSockets.Survey survey, Optional<Flags> assumed, Set<Integer> began) {
        List<ModelSocket> sockets = new ArrayList<>();
        Holders holders = new Holders(survey);
        List<Integer> listeners = listeners(survey.sockets());
        for (int i = 0; i < survey.sockets().size(); i++) {
            PortSockets.Found found = survey.sockets().get(i);
            OptionalInt uid = found.uid();
            Optional<Flags> flags = found.read().map(Explain::flags);
            int parent =
                    phase(found).connection() || phase(found).left() ? parent(survey.sockets(), listeners, found) : 0;
            Optional<PortSockets.Found> listener = parent == 0
                    ? Optional.empty()
                    : Optional.of(survey.sockets().get(parent - 1));
            Flags inherited = listener.flatMap(PortSockets.Found::read)
                    .map(Explain::flags)
                    .or(() -> assumed)
                    .orElse(Flags.NONE)
                    .withV6only(found.v6only().orElseGet(() -> v6onlyByAddress(found.local())));
            if (found.told().isPresent()) {
                inherited = inherited.withDevice(found.device());
            }
            ModelSocket socket = new ModelSocket(
                    i + 1,
                    name(holders, found),
                    request.protocol(),
                    found.local(),
                    flags.orElse(inherited),
                    flags.isPresent(),
                    uid.orElseGet(() -> listener.map(PortSockets.Found::uid)
                            .orElse(OptionalInt.empty())
                            .orElse(0)),
                    phase(found),
                    false,
                    parent);
            sockets.add(began.contains(i) ? socket.withPeer(found.peer().orElseThrow()) : socket);
        }
        return sockets;
    }

    private static List<Integer> listeners(List<PortSockets.Found> all) {
        return IntStream.range(0, all.size())
                .filter(i -> all.get(i).state() == SocketState.LISTEN)
                .boxed()
                .toList();
    }

    /**
     * Returns the number of the listener that a connection came from, as far as can be told, 0 if there is none: it gave
     * the connection its flags.
     */
    private static int parent(List<PortSockets.Found> all, List<Integer> listeners, PortSockets.Found connection) {
        for (int i : listeners) {
            PortSockets.Found socket = all.get(i);
            if (socket.local().family() == connection.local().family()
                    && (socket.local().wildcard() || socket.local().equals(connection.local()))) {
                return i + 1;
            }
        }
        return 0;
    }

    private Phase phase(PortSockets.Found found) {
        if (request.protocol() == Protocol.UDP) {
            return Phase.BOUND;
        }
        return switch (found.state()) {
            case LISTEN -> Phase.LISTENING;
            case CLOSE -> Phase.BOUND;
            case TIME_WAIT -> Phase.TIME_WAIT;
            case FIN_WAIT2 -> found.inode() == 0 ? Phase.FIN_WAIT2 : Phase.CONNECTED; // closed: tcp_time_wait has it
            case CLOSE_WAIT -> Phase.CLOSE_WAIT;
            default -> Phase.CONNECTED;
        };
    }

    private static Flags flags(ForeignSocket socket) {
        return Flags.NONE
                .withReuseAddr(socket.value(SockOpts.SO_REUSEADDR).orElse(false))
                .withReusePort(socket.value(SockOpts.SO_REUSEPORT).orElse(false))
                .withV6only(socket.value(SockOpts.IPV6_V6ONLY).orElse(false))
                .withDevice(socket.value(SockOpts.SO_BINDTODEVICE).filter(name -> !name.isEmpty()));
    }

    /** An IPv6 socket that is bound to neither {@code ::} nor a mapped address has no IPv4 side. */
    private static boolean v6onlyByAddress(Sockaddr address) {
        return address instanceof Sockaddr.Inet6 inet6 && !inet6.wildcard() && !inet6.v4Mapped();
    }

    private static String name(Holders holders, PortSockets.Found found) {
        if (found.inode() != 0) {
            return holders.name(found);
        }
        String peer = found.peer().map(Object::toString).orElse("nobody");
        return found.state() == SocketState.TIME_WAIT || found.state() == SocketState.FIN_WAIT2
                ? "a closed connection with " + peer
                : "a connection with " + peer + " that no process has a descriptor of";
    }
}
