package dev.reuseport.inspect;

import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Door;
import dev.reuseport.socket.Probe;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Why a native listener and one of the JDK's do not read the same: what is known, each with the pattern it explains. */
final class Difference {
    private Difference() {}

    /** A cause explains a row only if the three values are as the cause makes them. */
    @FunctionalInterface
    private interface Pattern {
        boolean fits(Object ours, Object jdk, Object descriptor);
    }

    private record Cause(Pattern pattern, String reason) {}

    private static final String ONLY_WHAT_IT_JOINED =
            "the JDK clears it when it opens a DatagramChannel: a channel gets datagrams of groups that it joined itself";

    private static final Pattern DIFFERENT_IN_KERNEL = (ours, jdk, descriptor) -> !ours.equals(descriptor);

    private static final Pattern SET_BY_JDK = (ours, jdk, descriptor) -> ours.equals(false) && descriptor.equals(true);

    private static final Pattern CLEARED_BY_JDK =
            (ours, jdk, descriptor) -> ours.equals(true) && descriptor.equals(false);

    private static final Pattern HALVED_BY_JDK = (ours, jdk, descriptor) ->
            ours.equals(descriptor) && jdk instanceof Integer half && descriptor.equals(2 * half);

    private static final Map<SockOpt<?>, List<Cause>> KNOWN = Map.of(
            SockOpts.SO_REUSEADDR,
            List.of(new Cause(SET_BY_JDK, "the JDK sets SO_REUSEADDR when it opens a ServerSocketChannel")),
            SockOpts.IPV6_V6ONLY,
            List.of(
                    new Cause(
                            CLEARED_BY_JDK,
                            "the JDK clears IPV6_V6ONLY when it opens an AF_INET6 channel; this system sets it for new"
                                    + " sockets"),
                    new Cause(SET_BY_JDK, "this JDK leaves IPV6_V6ONLY as the system sets it")),
            SockOpts.SO_RCVBUF,
            List.of(new Cause(HALVED_BY_JDK, halves(SockOpts.SO_RCVBUF))),
            SockOpts.SO_SNDBUF,
            List.of(new Cause(HALVED_BY_JDK, halves(SockOpts.SO_SNDBUF))),
            SockOpts.IP_MULTICAST_ALL,
            List.of(new Cause(CLEARED_BY_JDK, ONLY_WHAT_IT_JOINED)),
            SockOpts.IPV6_MULTICAST_ALL,
            List.of(new Cause(CLEARED_BY_JDK, ONLY_WHAT_IT_JOINED)),
            SockOpts.SO_COOKIE,
            List.of(new Cause(DIFFERENT_IN_KERNEL, "a number of each socket's own")),
            SockOpts.TCP_TIMESTAMP,
            List.of(new Cause(DIFFERENT_IN_KERNEL, "a clock that runs on between two reads")),
            SockOpts.TCP_INFO,
            List.of(new Cause(DIFFERENT_IN_KERNEL, "a snapshot: its clocks run on between two reads")));

    /** Why another class of the JDK's says something else than a fresh socket. */
    static Optional<String> ofDoor(Door door, SockOpt<?> option, Probe<?> ours, Probe<?> jdk) {
        Object first = ours.toOptional().map(Object.class::cast).orElse("");
        Object second = jdk.toOptional().map(Object.class::cast).orElse("");
        boolean set = first.equals(false) && second.equals(true);
        if (set && (option == SockOpts.SO_REUSEADDR || option == SockOpts.SO_REUSEPORT)) {
            String why = door == Door.MULTICAST_SOCKET
                    ? ", so that several can join a group at one port"
                    : ", so that connections in TIME_WAIT are not in the way";
            return Optional.of("the JDK sets " + option + " when it opens a " + door + why);
        }
        if (set && option == SockOpts.SO_BROADCAST) {
            return Optional.of("the JDK sets SO_BROADCAST when it opens a " + door + ", as its class promises");
        }
        boolean halved = second instanceof Integer half && first.equals(2 * half);
        return halved ? Optional.of(halves(option)) : Optional.empty();
    }

    private static String halves(SockOpt<?> option) {
        return "the JDK halves " + option + " when it reads it, because Linux doubles what is set";
    }

    static boolean same(Probe<?> one, Probe<?> other) {
        if (one instanceof Probe.Value<?> a && other instanceof Probe.Value<?> b) {
            return a.value().equals(b.value());
        }
        return one.getClass() == other.getClass();
    }

    static Optional<String> reason(SockOpt<?> option, Probe<?> ours, Probe<?> jdk, Probe<?> descriptor) {
        if (!(ours instanceof Probe.Value<?> first) || !(descriptor instanceof Probe.Value<?> third)) {
            return Optional.empty();
        }
        Object second = jdk.toOptional().map(Object.class::cast).orElse("");
        return KNOWN.getOrDefault(option, List.of()).stream()
                .filter(cause -> cause.pattern().fits(first.value(), second, third.value()))
                .map(Cause::reason)
                .findFirst();
    }
}
