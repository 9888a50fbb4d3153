package dev.reuseport.bind.explain;

import dev.reuseport.option.PortRange;

/**
 * What was found beyond the sockets that have the port.
 *
 * @param outgoing whether all that is in the way are connections that this host began: a client got the port from {@code
 *     range}
 * @param seconds how long closed connections among them can still take; 0 if that is not known
 * @param range net.ipv4.ip_local_port_range
 * @param ipv6Off whether no interface has an address of IPv6, because that is switched off
 */
record Findings(boolean outgoing, int seconds, PortRange range, boolean ipv6Off) {
    /** TCP_TIMEWAIT_LEN of Linux: longer is none of them. */
    static final int MOST_SECONDS = 60;

    /** {@code 43 seconds at most}. */
    String atMost() {
        return (seconds == 0 ? MOST_SECONDS : seconds) + " seconds at most";
    }
}
