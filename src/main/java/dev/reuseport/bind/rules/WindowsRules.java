package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.List;
import java.util.Optional;

/**
 * Windows Server 2003 and newer, as far as Microsoft's page "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" goes: two tables
 * of a first bind and a second one, by one user and by two. What it does not state is not looked at: three sockets whose
 * addresses overlap, connections, {@code listen}, {@code shutdown}, addresses that no interface has, other options, and
 * these two once the socket is bound.
 */
public final class WindowsRules extends SystemRules {
    /** What a cell of the tables says. */
    private enum Cell {
        SUCCESS,
        INUSE,
        ACCESS
    }

    /** Rows and columns of the tables, by the options of a socket. */
    private enum Set {
        DEFAULT,
        SO_REUSEADDR,
        SO_EXCLUSIVEADDRUSE;

        static Set of(ModelSocket socket) {
            return socket.flags().exclusiveAddrUse()
                    ? SO_EXCLUSIVEADDRUSE
                    : socket.flags().reuseAddr() ? SO_REUSEADDR : DEFAULT;
        }
    }

    private static final Cell S = Cell.SUCCESS;
    private static final Cell U = Cell.INUSE;
    private static final Cell A = Cell.ACCESS;

    // spotless:off

    /** Both binds by one user. A row for the first bind, a column for the second: wildcard and specific, options as in {@link Set}. */
    private static final Cell[][] SAME_USER = {
        //                              DEFAULT  SO_REUSEADDR  SO_EXCLUSIVEADDRUSE
        /* DEFAULT, wildcard */       {  U, S,      A, S,          U, S },
        /* DEFAULT, specific */       {  S, U,      S, A,          U, U },
        /* SO_REUSEADDR, wildcard */  {  U, S,      S, S,          U, S },
        /* SO_REUSEADDR, specific */  {  S, U,      S, S,          U, U },
        /* EXCLUSIVE, wildcard */     {  U, A,      A, A,          U, A },
        /* EXCLUSIVE, specific */     {  S, U,      S, A,          U, U },
    };

    /** The binds by two users. */
    private static final Cell[][] OTHER_USER = {
        //                              DEFAULT  SO_REUSEADDR  SO_EXCLUSIVEADDRUSE
        /* DEFAULT, wildcard */       {  U, A,      A, A,          U, A },
        /* DEFAULT, specific */       {  S, U,      S, A,          U, U },
        /* SO_REUSEADDR, wildcard */  {  U, A,      S, S,          U, A },
        /* SO_REUSEADDR, specific */  {  S, U,      S, S,          U, U },
        /* EXCLUSIVE, wildcard */     {  U, A,      A, A,          U, A },
        /* EXCLUSIVE, specific */     {  S, U,      S, A,          U, U },
    };

    // spotless:on

    WindowsRules() {}

    /** "Dual-Stack Sockets for IPv6 Winsock Applications": it is to be set to 0 for such a socket. */
    @Override
    public boolean startsV6only(Host host) {
        return true;
    }

    @Override
    public boolean unixPaths() {
        return false;
    }

    /** "Greater than port 49151". */
    @Override
    public PortRange localPorts(Host host) {
        return new PortRange(49_152, 65_535);
    }

    @Override
    Verdict decideBind(BindState state, ModelSocket newcomer, int port) {
        Sockaddr address = newcomer.address();
        if (newcomer.mapped() || !address.wildcard() && !state.host().hasExactly(address)) {
            return notLookedAt("the page speaks of wildcards and of addresses that an interface has", state);
        }
        if (newcomer.flags().reuseAddr() && newcomer.flags().exclusiveAddrUse()) {
            return notLookedAt("the page does not say what SO_REUSEADDR and SO_EXCLUSIVEADDRUSE are together", state);
        }
        ModelSocket bound = newcomer.withAddress(address.withPort(port)).withPhase(Phase.BOUND);
        BindState after = state.with(bound);
        if (newcomer.portChosen()) {
            return Verdict.ok(DecidingRule.PORT_CHOSEN, "port 0: the system takes one that is free", after);
        }
        AtPort here = state.at(newcomer.protocol(), port);
        Optional<ModelSocket> owner = first(here, newcomer);
        if (owner.isEmpty()) {
            return here.size() == 0
                    ? Verdict.ok(
                            DecidingRule.PORT_FREE, "no other " + newcomer.protocol() + " socket has the port", after)
                    : Verdict.ok(DecidingRule.APART, "the port's other sockets are on other interfaces", after);
        }
        return first(here.without(owner.get().number()), newcomer).isPresent()
                ? notLookedAt("the page speaks of two sockets, and here are more", state)
                : second(state, newcomer, owner.get(), after);
    }

    private static Optional<ModelSocket> first(AtPort here, ModelSocket newcomer) {
        return here.kinds(newcomer.address()).stream()
                .filter(owner -> overlaps(newcomer, owner))
                .findFirst();
    }

    /** Looks a second bind up in the tables. */
    private static Verdict second(BindState state, ModelSocket newcomer, ModelSocket owner, BindState after) {
        boolean sameUser = owner.uid() == newcomer.uid();
        Cell cell = (sameUser ? SAME_USER : OTHER_USER)[place(owner)][place(newcomer)];
        if (cell != Cell.SUCCESS && newcomer.any6() && !owner.ipv6()) {
            return notLookedAt("it is refused, and the page names both WSAEADDRINUSE and WSAEACCES for it", state);
        }
        String tables = owner + " came first with " + said(owner) + ", the newcomer has " + said(newcomer)
                + (sameUser ? "" : ", and they are of two users");
        if (cell == Cell.SUCCESS) {
            return Verdict.ok(
                    Set.of(owner) == Set.SO_REUSEADDR && Set.of(newcomer) == Set.SO_REUSEADDR
                            ? DecidingRule.BOTH_REUSE_ADDR
                            : DecidingRule.APART,
                    tables,
                    after);
        }
        boolean otherUser = !sameUser && SAME_USER[place(owner)][place(newcomer)] != cell;
        return new Verdict(
                Optional.of(cell == Cell.INUSE ? EADDRINUSE : EACCES),
                Set.of(owner) == Set.SO_EXCLUSIVEADDRUSE
                        ? DecidingRule.OWNER_EXCLUSIVE
                        : otherUser
                                ? DecidingRule.OTHER_UID
                                : Set.of(newcomer) == Set.SO_EXCLUSIVEADDRUSE
                                        ? DecidingRule.NEWCOMER_EXCLUSIVE
                                        : DecidingRule.NOTHING_SHARED,
                List.of(owner.number()),
                Optional.of(BsdRules.overlap(newcomer, owner)),
                tables,
                state);
    }

    private static String said(ModelSocket socket) {
        return Set.of(socket) == Set.DEFAULT ? "neither option" : Set.of(socket).name();
    }

    private static int place(ModelSocket socket) {
        return 2 * Set.of(socket).ordinal() + (socket.address().wildcard() ? 0 : 1);
    }

    /** A dual-stack {@code ::} has the port in both families. */
    private static boolean overlaps(ModelSocket newcomer, ModelSocket owner) {
        boolean families = newcomer.ipv6() == owner.ipv6() || dual(newcomer) || dual(owner);
        return families
                && (newcomer.address().wildcard()
                        || owner.address().wildcard()
                        || newcomer.address().host().equals(owner.address().host()));
    }

    private static boolean dual(ModelSocket socket) {
        return socket.any6() && !socket.flags().v6only();
    }

    @Override
    Verdict decideSecondBind(BindState state, ModelSocket again) {
        return notLookedAt("the page does not speak of a socket that is bound twice", state);
    }

    @Override
    Verdict decideListen(BindState state, ModelSocket socket, int chosen) {
        BindState after = socket.protocol() == Protocol.TCP ? state.with(socket.withPhase(Phase.LISTENING)) : state;
        return notLookedAt("the page speaks of bind, and not of listen", after);
    }

    @Override
    Verdict decideShutdown(BindState state, ModelSocket socket) {
        return notLookedAt("the page does not speak of listeners that are shut down", state);
    }

    @Override
    Optional<Verdict> refuseOption(BindState state, ModelSocket socket, Setting<?> setting) {
        SockOpt<?> option = setting.option();
        boolean stated = option == SockOpts.SO_REUSEADDR
                || option == SockOpts.SO_EXCLUSIVEADDRUSE
                || option == SockOpts.IPV6_V6ONLY && socket.ipv6();
        if (stated ? socket.phase() == Phase.UNBOUND : !Flags.has(option)) {
            return Optional.empty();
        }
        return Optional.of(Verdict.unknown(
                DecidingRule.UNKNOWN,
                stated
                        ? "the page has " + option + " set before the socket is bound"
                        : "the page does not speak of " + option,
                state));
    }

    @Override
    Verdict decideConnect(BindState state, ModelSocket socket, Sockaddr to, Arrival.Seen seen) {
        return refuseConnect(state).orElseThrow();
    }

    @Override
    Optional<Verdict> refuseConnect(BindState state) {
        return Optional.of(notLookedAt("the page speaks of bind, and not of connections", state));
    }

    @Override
    boolean covers(Host host, ModelSocket listener, Sockaddr destination) {
        return false;
    }

    private static Verdict notLookedAt(String why, BindState state) {
        return Verdict.unknown(DecidingRule.NOT_LOOKED_AT, "not looked at: " + why, state);
    }
}
