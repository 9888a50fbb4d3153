package dev.reuseport.bind.rules;

import java.util.Locale;

/**
 * The rule that decided. The names are a public interface: lower-case with dashes in output, and what remedies are built
 * from.
 */
public enum DecidingRule {
    /** Nobody has the port. */
    PORT_FREE,
    /** Port 0: the kernel takes a port that nobody is in the way on. */
    PORT_CHOSEN,
    /** Port 0 with IP_BIND_ADDRESS_NO_PORT: there is no port until the socket connects or listens. */
    PORT_LATER,
    /** TCP_REPAIR: nobody is asked. */
    FORCED,
    /** A fault of this kernel decides: it does not see a socket that is in the way, or sees one that is not. */
    KERNEL_FAULT,
    /** Others have the port, at addresses that do not overlap, or on other devices. */
    APART,
    /** Both have SO_REUSEADDR and nobody listens. */
    BOTH_REUSE_ADDR,
    /** Both have SO_REUSEPORT and one user. */
    SAME_GROUP,
    /** The port's memory lets it in; the sockets' flags of now are not looked at. */
    REMEMBERED,
    /** SO_REUSEADDR or SO_REUSEPORT of the newcomer: only a socket at exactly its address would be in the way. */
    ONLY_EXACT,
    /** Another descriptor of the same socket is open. */
    STILL_HELD,
    /** Nothing else can be in the way of this call. */
    ALLOWED,

    /** Nobody has both flags: neither SO_REUSEADDR nor SO_REUSEPORT is shared. */
    NOTHING_SHARED,
    /** The newcomer has SO_REUSEPORT, the owner has not. */
    OWNER_LACKS_REUSE_PORT,
    /** The owner has SO_REUSEPORT, the newcomer has not. */
    NEWCOMER_LACKS_REUSE_PORT,
    /** Both have SO_REUSEPORT, and different effective users. */
    OTHER_UID,
    /** Both have SO_REUSEADDR, and the owner listens: that undoes it. */
    OWNER_LISTENS,
    /** A connection that the port's listener accepted is still there, and not both have SO_REUSEADDR. */
    CONNECTION,
    /** A connection is in TIME_WAIT, and not both have SO_REUSEADDR. */
    TIME_WAIT,
    /** UDP: both have SO_REUSEADDR nowhere, and SO_REUSEPORT is not shared; or the BSDs': same address, not both SO_REUSEPORT. */
    SAME_ADDRESS,
    /** Windows: the owner has SO_EXCLUSIVEADDRUSE. */
    OWNER_EXCLUSIVE,
    /** Windows: the newcomer has SO_EXCLUSIVEADDRUSE, and somebody has the port. */
    NEWCOMER_EXCLUSIVE,
    /** The BSDs: without any flag even a wildcard and a specific address are in each other's way. */
    WILDCARD_COUNTS,

    /** Port 0, and every port that the kernel may choose is taken. */
    PORTS_USED_UP,
    /** The port is for those with a privilege. */
    PRIVILEGED_PORT,
    /** The option is root's. */
    UNPRIVILEGED,
    /** The address is not this host's, or not that device's. */
    NOT_LOCAL,
    /** A mapped IPv4 address on a socket that is to be IPv6 only, or on a system without mapped addresses. */
    MAPPED_REFUSED,
    /** A link-local address needs its interface. */
    NO_SCOPE,
    /** TCP has no multicast. */
    MULTICAST,
    /** There is no such interface. */
    NO_DEVICE,
    /** IPV6_V6ONLY is fixed once the socket is bound, and always on with OpenBSD. */
    V6ONLY_FIXED,
    /** An option of IPv6 on an IPv4 socket, or the reverse. */
    OTHER_FAMILY,
    /** Only root may take a socket from one device to another. */
    DEVICE_FIXED,
    /** An option of TCP on a UDP socket, or the reverse. */
    OTHER_PROTOCOL,
    /** The call is not for this protocol. */
    NOT_TCP,
    /** The socket is not connected. */
    NOT_CONNECTED,
    /** The socket is connected, or listens: it does not connect. */
    IS_CONNECTED,
    /** A connection between these two addresses and ports is there already. */
    SAME_CONNECTION,
    /** The socket's own address is none that a packet can come from. */
    NO_SOURCE,
    /** A socket that connects to its own address is connected to itself. */
    TO_ITSELF,
    /** Nobody listens there. */
    NOBODY_LISTENS,
    /** The socket listens, is bound, or was shut down for good already. */
    ALREADY,
    /** The option does not take this value. */
    NO_SUCH_VALUE,
    /** That system has no such option. */
    NO_SUCH_OPTION,
    /** The option came with a later release. */
    TOO_OLD,
    /** An option that no bind looks at: the rules do not say which of its values are refused, or to whom. */
    NOT_LOOKED_AT,
    /** The rules do not say. */
    UNKNOWN;

    /** {@code owner-lacks-reuse-port}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
