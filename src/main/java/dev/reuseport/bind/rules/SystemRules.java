package dev.reuseport.bind.rules;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.List;
import java.util.Optional;

/**
 * Which binds a kernel allows: a pure function from a state and a call to an outcome, its reason and the next state.
 *
 * <p>Not modelled: broadcast addresses of interfaces on the BSDs, jails and network namespaces, VRFs, BPF programs at bind, and
 * {@code net.ipv4.tcp_migrate_req} of Linux.
 */
public abstract sealed class SystemRules permits LinuxRules, BsdRules, WindowsRules {
    static final Outcome EADDRINUSE = Outcome.of(Const.EADDRINUSE);
    static final Outcome EADDRNOTAVAIL = Outcome.of(Const.EADDRNOTAVAIL);
    static final Outcome EACCES = Outcome.of(Const.EACCES);
    static final Outcome EINVAL = Outcome.of(Const.EINVAL);

    private final Optional<Platform> platform;

    SystemRules(Platform platform) {
        this.platform = Optional.of(platform);
    }

    /** The rules of a system that has no column in {@link Const}. */
    SystemRules() {
        this.platform = Optional.empty();
    }

    /**
     * Rules of a kernel that is near to one, but for what its distribution mended or brought in by itself.
     *
     * @param how what is different there
     */
    public record Nearby(String how, SystemRules rules) {}

    /** Tells whether a newcomer asks a socket after all that were bound before it. */
    public boolean askedLast(ModelSocket socket) {
        return false;
    }

    /** Returns what else a kernel may be that does not do as these rules say. */
    public List<Nearby> nearby() {
        return List.of();
    }

    /** Returns whether an IPv6 socket starts with IPV6_V6ONLY set. */
    public abstract boolean startsV6only(Host host);

    /** Tells whether AF_UNIX has names without a file. */
    public boolean abstractNames() {
        return false;
    }

    /** Tells whether a path of AF_UNIX is known to be taken as long as there is such a file. */
    public boolean unixPaths() {
        return true;
    }

    /** Returns the ports of which this system chooses one for port 0. */
    public abstract PortRange localPorts(Host host);

    /**
     * Decides {@code setsockopt(2)} on a socket that is about to be bound, and is not in the state yet.
     *
     * @param there whether the kernel is known to have the option, whatever its release
     */
    public final Verdict prepare(BindState state, ModelSocket newcomer, Setting<?> setting, boolean there) {
        return decideSet(state, newcomer, setting, there);
    }

    /**
     * Decides {@code bind(2)} of a socket that is not in the state yet.
     *
     * @param chosen the port that the kernel chose, or would choose, if it is asked to
     */
    public final Verdict bind(BindState state, ModelSocket newcomer, int chosen) {
        return decideBind(state, newcomer, newcomer.port() == 0 ? chosen : newcomer.port());
    }

    /**
     * Decides {@code bind(2)} of a socket, which may be in the state already, or bound.
     *
     * @param chosen the port that the kernel chose, or would choose, if it is asked to
     */
    public final Verdict bind(BindState state, ModelSocket socket, Sockaddr to, int chosen) {
        if (to.family() != socket.address().family()) {
            return decideOtherFamily(state, socket);
        }
        if (socket.port() != 0) {
            return decideSecondBind(state, socket.to(to));
        }
        Verdict verdict = afterBind(bind(state, socket.to(to), chosen), socket, to);
        Optional<ModelSocket> bound = verdict.after().socket(socket.number());
        return socket.phase() == Phase.ENDED && bound.isPresent()
                ? verdict.in(verdict.after().with(bound.get().withPhase(Phase.ENDED)))
                : verdict;
    }

    /** Decides {@code bind(2)} to an address that is not of the socket's family. */
    Verdict decideOtherFamily(BindState state, ModelSocket socket) {
        return Verdict.unknown(
                DecidingRule.OTHER_FAMILY, "an address of another family was not looked up for this system", state);
    }

    /** Decides {@code bind(2)} of a socket that has a port. */
    Verdict decideSecondBind(BindState state, ModelSocket again) {
        return boundAlready(state);
    }

    /** Says what a bind did to the socket beside its verdict. */
    Verdict afterBind(Verdict verdict, ModelSocket before, Sockaddr to) {
        return verdict;
    }

    static Verdict boundAlready(BindState state) {
        return Verdict.refused(EINVAL, DecidingRule.ALREADY, "a socket that has a port cannot be bound again", state);
    }

    /** Decides that a socket is open and not bound. */
    public final Verdict open(BindState state, ModelSocket socket) {
        return Verdict.ok(DecidingRule.ALLOWED, "no bind, and so no port", state.with(socket));
    }

    /**
     * Decides {@code listen(2)}.
     *
     * @param chosen the port that the kernel would choose if the socket has none
     */
    public final Verdict listen(BindState state, int socket, int chosen) {
        return decideListen(state, known(state, socket), chosen);
    }

    /** Decides {@code setsockopt(2)}; {@code there} is as in {@link #prepare}. */
    public final Verdict set(BindState state, int number, Setting<?> setting, boolean there) {
        ModelSocket socket = known(state, number);
        Verdict verdict = decideSet(state, socket, setting, there);
        return verdict.ok()
                ? Verdict.ok(
                        verdict.rule(),
                        verdict.reason(),
                        state.with(socket.withFlags(socket.flags().with(setting, state.host()))))
                : verdict;
    }

    /**
     * Decides {@code getsockopt(2)}: of what was set, or stands as it started, {@link Flags#text} has the value if this is ok;
     * {@code there} is as in {@link #prepare}.
     */
    public final Verdict read(BindState state, int number, SockOpt<?> option, boolean there) {
        if (platform.isPresent() && !option.definedOn(platform.get())) {
            return noSuchOption(state, platform.get(), option);
        }
        return refuseRead(state, known(state, number), option)
                .or(() -> there ? Optional.empty() : tooOld(state, option))
                .orElseGet(() ->
                        known(state, number).flags().text(option, state.host()).isPresent()
                                ? Verdict.ok(DecidingRule.ALLOWED, "as the steps before left it", state)
                                : Verdict.unknown(
                                        DecidingRule.NOT_LOOKED_AT,
                                        "no bind looks at " + option + ", and the rules do not say what it starts with",
                                        state));
    }

    /** What this system says of reading an option; empty if it reads it. */
    Optional<Verdict> refuseRead(BindState state, ModelSocket socket, SockOpt<?> option) {
        return option.level() == Const.IPPROTO_IPV6 && !socket.ipv6()
                ? Optional.of(Verdict.unknown(DecidingRule.OTHER_FAMILY, "an option of IPv6 on an IPv4 socket", state))
                : Optional.empty();
    }

    /** Returns the release that began to have an option, if this one is older; distributions bring in some earlier. */
    Optional<LinuxRelease> since(SockOpt<?> option) {
        return Optional.empty();
    }

    private Optional<Verdict> tooOld(BindState state, SockOpt<?> option) {
        return since(option)
                .map(since -> Verdict.refused(
                        Outcome.of(Const.ENOPROTOOPT),
                        DecidingRule.TOO_OLD,
                        "there is " + option + " since Linux " + since + ", and this kernel is older",
                        state));
    }

    private static Verdict noSuchOption(BindState state, Platform platform, SockOpt<?> option) {
        return Verdict.unknown(DecidingRule.NO_SUCH_OPTION, platform.id() + " has no " + option.name(), state);
    }

    /**
     * Decides {@code close(2)} of a descriptor.
     *
     * @param others the other descriptors of the same socket
     */
    public final Verdict close(BindState state, int number, List<Integer> others) {
        ModelSocket socket = known(state, number);
        if (!others.isEmpty()) {
            return Verdict.ok(
                    DecidingRule.STILL_HELD,
                    "another descriptor of the same socket is open, and keeps it as it is",
                    state.with(socket.heldBy(others.get(0))));
        }
        if (toItself(socket)) {
            return decideFirstClose(state, socket);
        }
        boolean first = socket.phase() == Phase.CONNECTED || socket.phase() == Phase.FIN_WAIT;
        return first
                ? Verdict.ok(
                        DecidingRule.ALLOWED,
                        "whoever closes first keeps the port until the other side closes, and with TIME_WAIT for longer",
                        state.with(socket.withPhase(closedFirst())))
                : Verdict.ok(DecidingRule.ALLOWED, "a socket can always be closed", state.without(socket));
    }

    /** The phase of a socket that is closed before its peer: Linux has it in TIME_WAIT from then on. */
    Phase closedFirst() {
        return Phase.FIN_WAIT;
    }

    private static boolean toItself(ModelSocket socket) {
        return socket.phase().connection()
                && socket.peer().filter(socket.address()::equals).isPresent();
    }

    /**
     * Decides {@code shutdown(2)} with SHUT_RDWR.
     *
     * @param spare the number of what a connection may leave beside the socket
     */
    public final Verdict shutdown(BindState state, int number, int spare) {
        ModelSocket socket = known(state, number);
        if (!socket.phase().connection()) {
            return decideShutdown(state, socket);
        }
        String reason = "the connection's end is sent, and the socket keeps its port until the other side ends it";
        return switch (socket.phase()) {
            case CLOSE_WAIT ->
                Verdict.ok(DecidingRule.ALLOWED, "both sides have ended it now", state.with(ended(socket)));
            case CONNECTED ->
                Verdict.ok(
                        DecidingRule.ALLOWED,
                        reason,
                        toItself(socket)
                                ? bothEnded(state, socket, true, spare)
                                : state.with(socket.withPhase(Phase.FIN_WAIT)));
            default -> Verdict.ok(DecidingRule.ALLOWED, reason, state);
        };
    }

    /** A client that is open, after both sides of its connection have ended. */
    ModelSocket ended(ModelSocket client) {
        return client.withPhase(Phase.ENDED);
    }

    /**
     * What stands when the peer of a socket that ended a connection first has ended it too.
     *
     * @param held whether the socket is open
     * @param spare the number of what the connection may leave beside the socket
     */
    BindState bothEnded(BindState state, ModelSocket first, boolean held, int spare) {
        return decideFirstClose(state, first).after();
    }

    /**
     * Decides {@code close(2)} of an accepted connection.
     *
     * @param first whether the client has not closed it before
     */
    public final Verdict closeConnection(BindState state, int number, boolean first) {
        ModelSocket connection = known(state, number);
        return first || connection.phase() == Phase.TIME_WAIT
                ? decideFirstClose(state, connection)
                : Verdict.ok(
                        DecidingRule.ALLOWED,
                        "the client closed first and has the TIME_WAIT",
                        state.without(connection));
    }

    /** How the client of a connection, a socket of the case, stands by its accepted side's close. */
    public enum Client {
        /** It follows with the last descriptor of its socket. */
        FOLLOWS,
        /** It follows, and its socket has other descriptors. */
        FOLLOWS_AND_STAYS,
        /** It stays as it is: only another process holds it. */
        STAYS,
        /** It has ended its side before, and its socket is open. */
        ENDED_AND_STAYS,
        /** It has ended its side before, and its socket is closed. */
        GONE
    }

    /**
     * Decides {@code close(2)} of an accepted connection whose client is a socket of the case.
     *
     * @param spare the number of what the connection may leave beside the client's socket
     */
    public final Verdict closeConnection(BindState state, int number, int client, Client how, int spare) {
        boolean first = how != Client.ENDED_AND_STAYS && how != Client.GONE;
        Verdict verdict = how == Client.STAYS
                ? Verdict.ok(
                        DecidingRule.ALLOWED,
                        "the accepted side keeps the port, for the client has not closed yet",
                        state.with(known(state, number).withPhase(closedFirst())))
                : closeConnection(state, number, first);
        Optional<ModelSocket> known = verdict.after().socket(client);
        return known.isEmpty() ? verdict : verdict.in(afterServer(verdict.after(), known.get(), how, spare));
    }

    /**
     * Returns what stands when a listener is closed that has a connection in its queue: the client hears of a reset.
     *
     * @param client the socket of the case that is the client, 0 if it is another
     */
    public final BindState reset(BindState state, int connection, int client) {
        BindState left = state.without(known(state, connection));
        Optional<ModelSocket> other = left.socket(client);
        if (other.isEmpty()) {
            return left;
        }
        return other.get().phase().connection() ? left.with(ended(other.get())) : left.without(other.get());
    }

    private BindState afterServer(BindState state, ModelSocket client, Client how, int spare) {
        return switch (how) {
            case FOLLOWS -> state.without(client);
            case FOLLOWS_AND_STAYS -> state.with(ended(client));
            case STAYS -> state.with(client.withPhase(Phase.CLOSE_WAIT));
            case ENDED_AND_STAYS -> bothEnded(state, client, true, spare);
            case GONE -> bothEnded(state, client, false, spare);
        };
    }

    /** Decides {@code close(2)} of a connection whose client, on this host too, has not closed it. */
    Verdict decideFirstClose(BindState state, ModelSocket connection) {
        return Verdict.ok(
                DecidingRule.ALLOWED,
                "whoever closes first is left with TIME_WAIT",
                state.with(connection.withPhase(Phase.TIME_WAIT)));
    }

    abstract Verdict decideBind(BindState state, ModelSocket newcomer, int port);

    abstract Verdict decideListen(BindState state, ModelSocket socket, int chosen);

    abstract Verdict decideShutdown(BindState state, ModelSocket socket);

    /** What this system says of an option before what is true of all systems; empty if nothing. */
    abstract Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting);

    /** Tells whether a listener gets connections to an address. */
    abstract boolean covers(Host host, ModelSocket listener, Sockaddr destination);

    private static ModelSocket known(BindState state, int number) {
        return state.socket(number)
                .orElseThrow(() -> new IllegalArgumentException("no socket " + number + " in the state"));
    }

    private Verdict decideSet(BindState state, ModelSocket socket, Setting<?> setting, boolean there) {
        if (platform.isPresent() && !setting.option().definedOn(platform.get())) {
            return noSuchOption(state, platform.get(), setting.option());
        }
        Optional<Verdict> own = refuseOption(state, socket, setting);
        boolean ofAnother = own.map(Verdict::rule)
                .filter(rule -> rule == DecidingRule.OTHER_FAMILY || rule == DecidingRule.OTHER_PROTOCOL)
                .isPresent();
        // The kernel looks for the option before it looks at who asks, and for which value.
        Optional<Verdict> decided =
                there || ofAnother ? own : tooOld(state, setting.option()).or(() -> own);
        if (decided.isPresent()) {
            return decided.get();
        }
        if (setting.option() == SockOpts.IPV6_V6ONLY && socket.ipv6() && socket.phase() != Phase.UNBOUND) {
            return Verdict.refused(
                    EINVAL, DecidingRule.V6ONLY_FIXED, "IPV6_V6ONLY cannot change once the socket is bound", state);
        }
        return Flags.has(setting.option())
                ? Verdict.ok(DecidingRule.ALLOWED, "an option can be set at any time", state)
                : Verdict.unknown(
                        DecidingRule.NOT_LOOKED_AT,
                        "no bind looks at " + setting.option()
                                + ", and the rules do not say when setsockopt refuses it",
                        state);
    }

    /**
     * Decides {@code connect(2)} of a client over TCP.
     *
     * @param address where a socket is bound: where that is a wildcard, the client takes the loopback address
     * @param acceptedBy the socket that the kernel gave it to; 0 if nobody has seen that
     * @param number the number that the accepted socket gets
     */
    public final Verdict connect(BindState state, Sockaddr address, int acceptedBy, int number) {
        Optional<Verdict> own = refuseConnect(state);
        if (own.isPresent()) {
            return own.get();
        }
        Sockaddr destination = destination(address);
        return Arrival.notThere(state, destination)
                .orElseGet(() -> arrival()
                        .accept(state, destination, new Arrival.Seen(0, acceptedBy, number), Optional.empty()));
    }

    /** Decides {@code connect(2)} of a socket. */
    public final Verdict connect(BindState state, int socket, Sockaddr to, Arrival.Seen seen) {
        return refuseConnect(state).orElseGet(() -> decideConnect(state, known(state, socket), to, seen));
    }

    abstract Verdict decideConnect(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen);

    /**
     * What comes of a datagram.
     *
     * @param verdict how the call ends
     * @param receivers who may get it; empty if the rules do not say
     * @param copies whether all of those get it, and not one
     */
    public record Sent(Verdict verdict, Optional<List<ModelSocket>> receivers, boolean copies) {}

    /** Decides {@code sendmsg(2)} of a socket of UDP to an address. */
    public final Sent send(BindState state, int socket, Sockaddr to, Arrival.Seen seen) {
        return decideSend(state, known(state, socket), to, seen);
    }

    Sent decideSend(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        return new Sent(
                Verdict.unknown(DecidingRule.UNKNOWN, "who gets a datagram was not looked up for this system", state),
                Optional.empty(),
                false);
    }

    /**
     * Takes over what came of a {@code connect(2)} about which the rules say nothing.
     *
     * @param local the address and port that the socket has now, if that is known
     */
    public final BindState asSeen(BindState state, int number, Sockaddr to, Outcome said, Optional<Sockaddr> local) {
        BindState named = asSeen(state, number, local);
        ModelSocket socket = known(named, number);
        boolean tcp = socket.protocol() == Protocol.TCP;
        if (tcp && said.equals(Outcome.of(Const.EINPROGRESS))) {
            return named.with(socket.withPeer(to).withPhase(Phase.CONNECTING));
        }
        return said.ok() ? named.with(socket.withPeer(to).withPhase(tcp ? Phase.CONNECTED : socket.phase())) : named;
    }

    /** Takes over the address and port that a socket has after a call about which the rules say nothing. */
    public final BindState asSeen(BindState state, int number, Optional<Sockaddr> local) {
        ModelSocket socket = known(state, number);
        ModelSocket now = socket.withAddress(local.orElse(socket.address()));
        return state.with(
                socket.phase() == Phase.UNBOUND || socket.phase() == Phase.BOUND
                        ? now.withPhase(now.port() == 0 ? Phase.UNBOUND : Phase.BOUND)
                        : now);
    }

    /** Returns how this system gives a connection to a listener. */
    final Arrival arrival() {
        return new Arrival(this::covers, this::inherited, this::inheritance);
    }

    /** What this system says of any client; empty if nothing. */
    Optional<Verdict> refuseConnect(BindState state) {
        return Optional.empty();
    }

    /** Returns the flags that an accepted socket has from its listener. */
    Flags inherited(Flags listener) {
        return listener;
    }

    /** Says what an accepted socket has from its listener. */
    String inheritance() {
        return "the accepted socket has the listener's port, flags and user";
    }

    /** The same for a client that is a socket: an IPv6 one reaches IPv4 by its mapped address. */
    public static Sockaddr destination(Sockaddr address, Sockaddr client) {
        Sockaddr destination = destination(address);
        return client instanceof Sockaddr.Inet6 && destination instanceof Sockaddr.Inet inet
                ? inet.mapped()
                : destination;
    }

    /** Where a client on this host connects to reach a socket: its own address, or the loopback of its wildcard. */
    public static Sockaddr destination(Sockaddr address) {
        if (address instanceof Sockaddr.Inet6 inet6) {
            if (inet6.v4Mapped()) {
                return destination(new Sockaddr.Inet((int) inet6.low(), inet6.port()));
            }
            return inet6.wildcard() ? new Sockaddr.Inet6(0, 1, inet6.port(), 0, 0) : inet6;
        }
        return address.wildcard() ? new Sockaddr.Inet(0x7f000001, address.port()) : address;
    }

    Verdict notTcp(BindState state) {
        return Verdict.refused(
                Outcome.of(Const.EOPNOTSUPP), DecidingRule.NOT_TCP, "a UDP socket does not listen", state);
    }

    Verdict notConnected(BindState state) {
        return Verdict.refused(
                Outcome.of(Const.ENOTCONN),
                DecidingRule.NOT_CONNECTED,
                "shutdown is for connections, and for listeners on Linux",
                state);
    }
}
