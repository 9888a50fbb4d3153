package dev.reuseport.option;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxRelease;
import java.util.Optional;

/**
 * What getsockopt answers otherwise since a release of Linux, of an option that is older. Sources: the commits of Linux that
 * are named.
 */
public enum LinuxAnswer {
    /** {@code inet: Add getsockopt support for IP_ROUTER_ALERT and IPV6_ROUTER_ALERT}. */
    ROUTER_ALERT(Const.IP_ROUTER_ALERT, "", "6.9", "it can be read", "eeb78df4063c"),
    /** The same. */
    ROUTER_ALERT_OF_IPV6(Const.IPV6_ROUTER_ALERT, "", "6.9", "it can be read", "eeb78df4063c"),
    /** {@code tcp: add support for SO_PEEK_OFF socket option}. */
    PEEK_OFF(Const.SO_PEEK_OFF, "inet stream", "6.10", "TCP has it", "05ea491641d3"),
    /** {@code tcp: add SO_PEEK_OFF socket option tor TCPv6}: it had been forgotten. */
    PEEK_OFF_OF_IPV6(Const.SO_PEEK_OFF, "inet6 stream", "6.12", "TCP has it over IPv6", "be9a4fb831b8"),
    /** {@code tcp: Restrict SO_TXREHASH to TCP socket}. */
    TXREHASH(Const.SO_TXREHASH, "dgram", "6.16", "TCP alone has it", "ae4f2f59e1f9");

    private final Const option;
    private final String sockets;
    private final LinuxRelease since;
    private final String what;
    private final String commit;

    LinuxAnswer(Const option, String sockets, String since, String what, String commit) {
        this.option = option;
        this.sockets = sockets;
        this.since = LinuxRelease.parse(since).orElseThrow();
        this.what = what;
        this.commit = commit;
    }

    /**
     * Says why two kernels answer otherwise, if that is known.
     *
     * @param option its C name
     * @param sockets of which family and type, as {@code inet6 stream}
     */
    public static Optional<String> between(LinuxRelease one, LinuxRelease other, String option, String sockets) {
        for (LinuxAnswer answer : values()) {
            if (answer.option.name().equals(option)
                    && sockets.endsWith(answer.sockets)
                    && one.atLeast(answer.since) != other.atLeast(answer.since)) {
                return Optional.of(answer.what + " since Linux " + answer.since + " (" + answer.commit + ")");
            }
        }
        return Optional.empty();
    }
}
