package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.abi.Symbol;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Linux from 5.4 on: {@code __inet_bind} and {@code __inet6_bind} for the address, {@link LinuxPorts} for the port.
 *
 * <p>What sets it apart: SO_REUSEADDR counts only if both have it, and a listener undoes it; {@code listen} checks the
 * port a second time; a TCP port remembers who was let in ({@link PortMemory}); UDP asks only the
 * first of the sockets whose addresses overlap: that is the one bound last, but for IPv6 sockets with SO_REUSEPORT, which
 * come behind all others, oldest first. (With more than ten sockets on a UDP port the order is that of a second table,
 * which is not modelled.) What releases do differently stands in {@link LinuxChange}.
 */
public final class LinuxRules extends SystemRules {
    /** The newest release whose rules were compared with a kernel. */
    public static final LinuxRelease NEWEST = LinuxRelease.parse("7.3").orElseThrow();

    private final LinuxRelease release;
    private final Set<LinuxChange> changes;
    private final LinuxPorts ports;

    /** Of options that were asked for, so that a case does not read their releases again. */
    private final Map<Symbol, Optional<LinuxRelease>> since = new ConcurrentHashMap<>();

    /** What other releases of the branch do, where the release does not say which of the branch it is. */
    private final List<Sibling> siblings;

    /** Earlier releases of the branch: what came, or went, and the rules before that. */
    private record Sibling(LinuxChange change, LinuxRules rules) {}

    /** The rules of a release; of one without its third number, those of the latest of its branch. */
    public LinuxRules(LinuxRelease release) {
        this(release, changes(release), release.patch() == LinuxRelease.ANY);
    }

    private LinuxRules(LinuxRelease release, Set<LinuxChange> changes, boolean withSiblings) {
        super(Platform.LINUX);
        this.release = release;
        this.changes = changes;
        this.ports = new LinuxPorts(changes, LinuxPorts.needsBuckets(changes) || withSiblings);
        List<Sibling> others = new ArrayList<>();
        for (LinuxChange change : LinuxChange.values()) {
            if (withSiblings && change.divides(release)) {
                others.add(new Sibling(change, with(change)));
            }
        }
        this.siblings = List.copyOf(others);
    }

    private static Set<LinuxChange> changes(LinuxRelease release) {
        Set<LinuxChange> changes = EnumSet.noneOf(LinuxChange.class);
        for (LinuxChange change : LinuxChange.values()) {
            if (change.in(release)) {
                changes.add(change);
            }
        }
        return changes;
    }

    /** As these, but for one change. */
    private LinuxRules with(LinuxChange change) {
        Set<LinuxChange> others = EnumSet.allOf(LinuxChange.class);
        others.removeIf(each -> changes.contains(each) == (each == change));
        return new LinuxRules(release, others, false);
    }

    @Override
    public boolean startsV6only(Host host) {
        return host.sysctls().bindV6only();
    }

    /** {@code unix_bind_abstract}. */
    @Override
    public boolean abstractNames() {
        return true;
    }

    @Override
    public PortRange localPorts(Host host) {
        return host.sysctls().localPorts();
    }

    @Override
    public boolean askedLast(ModelSocket socket) {
        return LinuxPorts.askedLast(socket);
    }

    @Override
    public List<Nearby> nearby() {
        return Arrays.stream(LinuxChange.values())
                .map(change -> new Nearby(
                        "this kernel does " + (changes.contains(change) ? "no more" : "all the same")
                                + " what its release does" + (changes.contains(change) ? ": " : " not: ") + change,
                        with(change)))
                .toList();
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        return withSiblings(bindHere(state, newcomer, port), rules -> rules.bindHere(state, newcomer, port));
    }

    /** Says where earlier releases of the branch end otherwise, if the release may be one of those. */
    private Verdict withSiblings(Verdict own, Function<LinuxRules, Verdict> ask) {
        String others = siblings.stream()
                .map(each -> {
                    Verdict theirs = ask.apply(each.rules);
                    return theirs.outcome().equals(own.outcome())
                            ? ""
                            : "; before " + each.change.boundary(release) + " "
                                    + theirs.outcome().orElseThrow() + ": "
                                    + (changes.contains(each.change) ? "not yet: " : "") + each.change;
                })
                .collect(Collectors.joining());
        return others.isEmpty()
                ? own
                : new Verdict(
                        own.outcome(),
                        own.rule(),
                        own.inTheWay(),
                        own.overlap(),
                        own.reason() + others,
                        true,
                        own.after());
    }

    private Verdict bindHere(BindState state, ModelSocket newcomer, int port) {
        Host host = state.host();
        Optional<Verdict> refusal = refuseAddress(state, newcomer);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        ModelSocket placed = newcomer.withFlags(afterBind(newcomer, host));
        if (!newcomer.portChosen()) {
            ModelSocket bound = placed.withPhase(Phase.BOUND);
            return bound.protocol() == Protocol.TCP ? ports.bindTcp(state, bound) : ports.bindUdp(state, bound);
        }
        if (newcomer.flags().noPort()) {
            return Verdict.ok(
                    DecidingRule.PORT_LATER,
                    "IP_BIND_ADDRESS_NO_PORT: it has an address, and no port until it connects or listens",
                    state.with(placed));
        }
        return chosen(state, placed, port, Phase.BOUND);
    }

    /** What bind does to options: only an address with an IPv4 side leaves IPv4 open, and a scope is a device. */
    private static Flags afterBind(ModelSocket newcomer, Host host) {
        Flags flags = newcomer.flags();
        if (!(newcomer.address() instanceof Sockaddr.Inet6 inet6) || newcomer.any6() || newcomer.mapped()) {
            return flags;
        }
        return flags.withV6only(true).withDevice(device(inet6, flags, host));
    }

    private static Optional<String> device(Sockaddr.Inet6 address, Flags flags, Host host) {
        return address.needsScope() && address.scopeId() != 0
                ? Optional.of(Flags.device(host, address.scopeId()))
                : flags.device();
    }

    /** Gives a socket a port that the kernel chooses, if there is one. */
    private Verdict chosen(BindState state, ModelSocket placed, int liked, Phase phase) {
        OptionalInt port = ports.free(state, placed, liked);
        if (port.isEmpty()) {
            return usedUp(state, LinuxPorts.range(state.host().sysctls(), placed));
        }
        ModelSocket bound =
                placed.withAddress(placed.address().withPort(port.getAsInt())).withPhase(phase);
        boolean tcp = bound.protocol() == Protocol.TCP;
        boolean shares = !tcp && (bound.flags().reuseAddr() || bound.flags().reusePort());
        return Verdict.ok(
                DecidingRule.PORT_CHOSEN,
                shares
                        ? "port 0: the kernel looks for one without conflict, which may be one that others have, with whom"
                                + " its flags let it share"
                        : "port 0: the kernel looks for one without conflict",
                tcp ? ports.joined(state, bound) : LinuxPorts.joinedUdp(state, bound));
    }

    private static Verdict usedUp(BindState state, PortRange range) {
        int all = range.upper() - range.lower() + 1;
        int reserved = 0;
        for (int port = range.lower(); port <= range.upper(); port++) {
            reserved += state.host().sysctls().reserves(port) ? 1 : 0;
        }
        return Verdict.refused(
                EADDRINUSE,
                DecidingRule.PORTS_USED_UP,
                all == 1
                        ? "the one port that the kernel may choose, " + range.lower() + ", is "
                                + (reserved == 1 ? "reserved" : "taken at this address")
                        : "of the " + all + " ports that the kernel may choose, " + range.lower() + " to "
                                + range.upper() + ", " + (all - reserved) + (all - reserved == 1 ? " is" : " are")
                                + " taken at this address and " + reserved + " reserved",
                state);
    }

    private Optional<Verdict> refuseAddress(BindState state, ModelSocket newcomer) {
        Host host = state.host();
        Flags flags = newcomer.flags();
        Sockaddr address = newcomer.address();
        int unprivileged = host.sysctls().unprivilegedPorts();
        Verdict privileged = newcomer.port() != 0
                        && newcomer.port() < unprivileged
                        && !host.capable(newcomer.uid(), LinuxBits.CAP_NET_BIND_SERVICE)
                ? Verdict.refused(
                        EACCES,
                        DecidingRule.PRIVILEGED_PORT,
                        "a port below " + unprivileged + " needs CAP_NET_BIND_SERVICE, as root has it",
                        state)
                : null;
        if (!(address instanceof Sockaddr.Inet6 inet6)) {
            return refuseIpv4(state, address, flags).or(() -> Optional.ofNullable(privileged));
        }
        if (address.multicast() && !inet6.v4Mapped() && newcomer.protocol() == Protocol.TCP) {
            return Optional.of(Verdict.refused(EINVAL, DecidingRule.MULTICAST, "TCP has no multicast", state));
        }
        if (privileged != null) {
            return Optional.of(privileged);
        }
        if (inet6.v4Mapped()) {
            return refuseMapped(state, new Sockaddr.Inet((int) inet6.low(), 0), flags);
        }
        return inet6.wildcard() ? Optional.empty() : refuseIpv6(state, inet6, flags);
    }

    /** As IPv4, but that the device of the socket must be there. */
    private static Optional<Verdict> refuseMapped(BindState state, Sockaddr.Inet address, Flags flags) {
        if (flags.v6only()) {
            return Optional.of(Verdict.refused(
                    EINVAL, DecidingRule.MAPPED_REFUSED, "an IPv4-mapped address on a socket with IPV6_V6ONLY", state));
        }
        return refuseDevice(state, flags.device()).or(() -> refuseIpv4(state, address, flags));
    }

    private static Optional<Verdict> refuseDevice(BindState state, Optional<String> device) {
        return device.filter(name -> state.host().index(name).isEmpty())
                .map(name -> Verdict.refused(
                        Outcome.of(Const.ENODEV), DecidingRule.NO_DEVICE, "there is no " + name, state));
    }

    private static Optional<Verdict> refuseIpv6(BindState state, Sockaddr.Inet6 address, Flags flags) {
        Host host = state.host();
        Optional<String> device = device(address, flags, host);
        if (address.needsScope() && device.isEmpty()) {
            return Optional.of(Verdict.refused(
                    EINVAL,
                    DecidingRule.NO_SCOPE,
                    "a link-local address needs its interface, as " + address.host() + "%eth0",
                    state));
        }
        Optional<Verdict> noDevice = refuseDevice(state, device);
        if (noDevice.isPresent()) {
            return noDevice;
        }
        return address.multicast() || flags.anyAddress() || host.sysctls().nonlocalIpv6() || host.has(address, device)
                ? Optional.empty()
                : Optional.of(notLocal(state, address, device));
    }

    /** An IPv4 address may be on any device, even for a socket that is bound to one; TCP takes broadcast addresses too. */
    private static Optional<Verdict> refuseIpv4(BindState state, Sockaddr address, Flags flags) {
        return address.wildcard()
                        || flags.anyAddress()
                        || address.multicast()
                        || address.limitedBroadcast()
                        || state.host().sysctls().nonlocalIpv4()
                        || state.host().has(address, Optional.empty())
                ? Optional.empty()
                : Optional.of(notLocal(state, address, flags.device()));
    }

    private static Verdict notLocal(BindState state, Sockaddr address, Optional<String> device) {
        String unready = address instanceof Sockaddr.Inet6 ? ", or not yet (tentative)" : "";
        String where = device.map(name -> "on " + name).orElse("this host's") + unready;
        return Verdict.refused(
                EADDRNOTAVAIL,
                DecidingRule.NOT_LOCAL,
                address.host() + " is not " + where + ", and no IP_FREEBIND",
                state);
    }

    /** {@code inet6_bind} wants 24 bytes before it looks at the family; {@code inet_bind} looks at 16 and then at that. */
    @Override
    Verdict decideOtherFamily(BindState state, ModelSocket socket) {
        return socket.ipv6()
                ? Verdict.refused(
                        EINVAL,
                        DecidingRule.OTHER_FAMILY,
                        "an IPv4 address is too short for an IPv6 socket: ::ffff:a.b.c.d is what it takes",
                        state)
                : Verdict.refused(
                        Outcome.of(Const.EAFNOSUPPORT),
                        DecidingRule.OTHER_FAMILY,
                        "an IPv4 socket takes no IPv6 address",
                        state);
    }

    /** That the socket is bound counts behind the address for IPv4, and before all of it but multicast for IPv6. */
    @Override
    Verdict decideSecondBind(BindState state, ModelSocket again) {
        return refuseAddress(state, again)
                .filter(refusal -> !again.ipv6()
                        || refusal.rule() == DecidingRule.MULTICAST
                        || refusal.rule() == DecidingRule.PRIVILEGED_PORT)
                .orElseGet(() -> boundAlready(state));
    }

    /** What a bind that failed leaves: the device of a scope, and where the port was what failed no address. */
    @Override
    Verdict afterBind(Verdict verdict, ModelSocket before, Sockaddr to) {
        boolean known = verdict.after().socket(before.number()).isPresent();
        boolean early = verdict.rule() == DecidingRule.MULTICAST
                || verdict.rule() == DecidingRule.PRIVILEGED_PORT
                || verdict.rule() == DecidingRule.NO_SCOPE;
        if (!known || early || verdict.ok()) {
            return verdict;
        }
        Flags flags = to instanceof Sockaddr.Inet6 inet6
                ? before.flags()
                        .withDevice(
                                device(inet6, before.flags(), verdict.after().host()))
                : before.flags();
        boolean portFailed = verdict.outcome().filter(EADDRINUSE::equals).isPresent();
        ModelSocket left = (portFailed ? before.to(before.wildcard()) : before).withFlags(flags);
        return verdict.in(verdict.after().with(left));
    }

    @Override
    Verdict decideListen(BindState state, ModelSocket socket, int chosen) {
        return withSiblings(listenHere(state, socket, chosen), rules -> rules.listenHere(state, socket, chosen));
    }

    private Verdict listenHere(BindState state, ModelSocket socket, int chosen) {
        if (socket.protocol() == Protocol.UDP) {
            return notTcp(state);
        }
        if (socket.phase() == Phase.LISTENING) {
            return Verdict.ok(DecidingRule.ALREADY, "it listens already, and only its backlog changes", state);
        }
        if (socket.phase().connection() || socket.phase() == Phase.CONNECTING || socket.phase() == Phase.ENDED) {
            return Verdict.refused(
                    EINVAL, DecidingRule.IS_CONNECTED, "a socket that was connected does not listen", state);
        }
        if (socket.port() == 0) {
            return chosen(state, socket, chosen, Phase.LISTENING);
        }
        ModelSocket listening = socket.withPhase(Phase.LISTENING);
        Verdict checked = ports.checkTcp(state, listening);
        if (checked.ok()) {
            boolean alone = state.at(Protocol.TCP, socket.port()).size() == 1;
            return Verdict.ok(
                    alone ? DecidingRule.ALLOWED : checked.rule(),
                    alone ? "nobody else has the port" : checked.reason(),
                    ports.joined(state, listening));
        }
        return new Verdict(
                checked.outcome(),
                checked.rule(),
                checked.inTheWay(),
                checked.overlap(),
                "listen checks the port again: " + checked.reason(),
                state);
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        if (socket.protocol() == Protocol.UDP && socket.peer().isPresent()) {
            return Verdict.ok(
                    DecidingRule.ALLOWED, "a connected UDP socket keeps its port", state.with(socket.withShut(true)));
        }
        if (socket.phase() == Phase.CONNECTING) {
            return Verdict.ok(
                    DecidingRule.ALLOWED,
                    "it gives up, and may connect again",
                    state.with(LinuxConnect.released(socket, Phase.UNBOUND, Phase.BOUND)));
        }
        if (socket.phase() != Phase.LISTENING) {
            return notConnected(state.with(socket.withShut(true)));
        }
        return Verdict.ok(
                DecidingRule.ALLOWED,
                socket.portChosen()
                        ? "it listens no more, and gives back the port that the kernel had chosen"
                        : "it listens no more, and keeps its port",
                state.with(LinuxConnect.released(socket, Phase.UNBOUND, Phase.BOUND)));
    }

    @Override
    Verdict decideConnect(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        LinuxConnect connect = new LinuxConnect(ports, arrival());
        if (socket.protocol() == Protocol.UDP) {
            return connect.udp(state, socket, to, seen);
        }
        if (socket.phase() == Phase.CONNECTING) {
            return Verdict.refused(
                    Outcome.of(Const.EALREADY), DecidingRule.IS_CONNECTED, "nobody has answered it yet", state);
        }
        if (socket.phase() != Phase.UNBOUND && socket.phase() != Phase.BOUND) {
            return Verdict.refused(
                    Outcome.of(Const.EISCONN),
                    DecidingRule.IS_CONNECTED,
                    "a socket that listens, or was connected before, does not connect",
                    state);
        }
        return to.family() == socket.address().family()
                ? connect.tcp(state, socket, to, seen)
                : decideOtherFamily(state, socket);
    }

    @Override
    Sent decideSend(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        LinuxConnect connect = new LinuxConnect(ports, arrival());
        Verdict verdict = connect.send(state, socket, to, seen);
        if (!verdict.ok()) {
            return new Sent(verdict, Optional.empty(), false);
        }
        ModelSocket sender = verdict.after().socket(socket.number()).orElseThrow();
        LinuxDelivery delivery = connect.delivery(state.host(), sender, to);
        Optional<List<ModelSocket>> receivers = delivery.copied()
                ? delivery.copies(verdict.after())
                : Optional.of(delivery.candidates(verdict.after()));
        String reason = receivers.map(delivery::reason).orElse("a broadcast that leaves the host may come back");
        return new Sent(Verdict.ok(verdict.rule(), reason, verdict.after()), receivers, delivery.copied());
    }

    /** {@code tcp_time_wait} takes over what was closed in FIN_WAIT_2. */
    @Override
    Phase closedFirst() {
        return Phase.TIME_WAIT;
    }

    @Override
    ModelSocket ended(ModelSocket client) {
        return LinuxConnect.released(client, Phase.ENDED, Phase.ENDED);
    }

    /** TIME_WAIT is a structure of its own, and leaves an open socket behind in TCP_CLOSE. */
    @Override
    BindState bothEnded(BindState state, ModelSocket first, boolean held, int spare) {
        return held
                ? state.with(first.leftBehind(spare)).with(ended(first))
                : super.bothEnded(state, first, held, spare);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        Symbol level = setting.option().level();
        if (level == Const.IPPROTO_IPV6 && !socket.ipv6()) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.ENOPROTOOPT),
                    DecidingRule.OTHER_FAMILY,
                    "an IPv4 socket has no IPv6 options",
                    state));
        }
        if (level == (socket.protocol() == Protocol.UDP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP)) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.ENOPROTOOPT),
                    DecidingRule.OTHER_PROTOCOL,
                    "a " + socket.protocol() + " socket has no " + setting.option(),
                    state));
        }
        boolean transparent =
                setting.option() == SockOpts.IP_TRANSPARENT || setting.option() == SockOpts.IPV6_TRANSPARENT;
        if (transparent
                && Boolean.TRUE.equals(setting.value())
                && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_RAW)
                && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_ADMIN)) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.EPERM),
                    DecidingRule.UNPRIVILEGED,
                    setting.option() + " needs CAP_NET_RAW or CAP_NET_ADMIN, as root has them",
                    state));
        }
        return setting.option() == SockOpts.SO_BINDTODEVICE || setting.option() == SockOpts.SO_BINDTOIFINDEX
                ? refuseDevice(state, socket, setting.value())
                : refuseValue(state, socket, setting);
    }

    /** {@code ip_getsockopt} and {@code ipv6_getsockopt} get every level that is not the protocol's. */
    @Override
    Optional<Verdict> refuseRead(BindState state, ModelSocket socket, SockOpt<?> option) {
        if (option == SockOpts.SO_BINDTODEVICE) {
            return refuseDevice(state, socket.flags().device());
        }
        boolean otherFamily = option.level() == Const.IPPROTO_IPV6 && !socket.ipv6();
        boolean otherProtocol =
                option.level() == (socket.protocol() == Protocol.UDP ? Const.IPPROTO_TCP : Const.IPPROTO_UDP);
        if (!otherFamily && !otherProtocol) {
            return Optional.empty();
        }
        return Optional.of(Verdict.refused(
                Outcome.of(socket.ipv6() ? Const.ENOPROTOOPT : Const.EOPNOTSUPP),
                otherFamily ? DecidingRule.OTHER_FAMILY : DecidingRule.OTHER_PROTOCOL,
                "it is no option of this socket, and getsockopt says so in its own way",
                state));
    }

    @Override
    Optional<LinuxRelease> since(SockOpt<?> option) {
        return option.inTheTable()
                ? since.computeIfAbsent(option.option(), none -> option.sinceAfter(release))
                : Optional.empty();
    }

    private Optional<Verdict> refuseDevice(BindState state, ModelSocket socket, Object value) {
        boolean always = changes.contains(LinuxChange.DEVICE_TAKES_NET_RAW);
        if ((always || socket.flags().device().isPresent())
                && !state.host().capable(socket.uid(), LinuxBits.CAP_NET_RAW)) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.EPERM),
                    DecidingRule.DEVICE_FIXED,
                    always
                            ? "before Linux 5.7 " + LinuxChange.DEVICE_TAKES_NET_RAW
                            : "a socket that has a device gets another only with CAP_NET_RAW",
                    state));
        }
        if (value instanceof String name
                && !name.isEmpty()
                && state.host().index(name).isEmpty()) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.ENODEV), DecidingRule.NO_DEVICE, "there is no interface " + name, state));
        }
        return value instanceof Integer index && index < 0
                ? Optional.of(Verdict.refused(EINVAL, DecidingRule.NO_DEVICE, "an interface has no such number", state))
                : Optional.empty();
    }

    private static Optional<Verdict> refuseValue(BindState state, ModelSocket socket, Setting<?> setting) {
        if (setting.option() == SockOpts.TCP_REPAIR
                && (socket.phase() == Phase.LISTENING
                        || !state.host().capable(socket.uid(), LinuxBits.CAP_NET_ADMIN))) {
            return Optional.of(Verdict.refused(
                    Outcome.of(Const.EPERM),
                    DecidingRule.UNPRIVILEGED,
                    "TCP_REPAIR needs CAP_NET_ADMIN, and a socket that does not listen",
                    state));
        }
        boolean turned =
                setting.value() instanceof PortRange range && range.upper() != 0 && range.lower() > range.upper();
        boolean noRepair = setting.option() == SockOpts.TCP_REPAIR
                && setting.value() instanceof Integer repair
                && (repair < -1 || repair > 1);
        return turned || noRepair
                ? Optional.of(Verdict.refused(
                        EINVAL, DecidingRule.NO_SUCH_VALUE, setting.option() + " has no such value", state))
                : Optional.empty();
    }

    @Override
    boolean covers(Host host, ModelSocket listener, Sockaddr destination) {
        String through = host.through(destination);
        if (listener.flags().device().filter(name -> !name.equals(through)).isPresent()) {
            return false;
        }
        if (destination instanceof Sockaddr.Inet inet) {
            return listener.any6()
                    ? !listener.flags().v6only()
                    : listener.any4()
                            || (!listener.ipv6() || listener.mapped())
                                    && LinuxOverlap.ipv4(listener.address()) == inet.address();
        }
        return listener.any6()
                || listener.address() instanceof Sockaddr.Inet6 mine
                        && destination instanceof Sockaddr.Inet6 theirs
                        && mine.high() == theirs.high()
                        && mine.low() == theirs.low();
    }
}
