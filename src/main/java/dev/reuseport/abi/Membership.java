package dev.reuseport.abi;

import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Membership of a multicast group on one interface: {@code struct ip_mreq} (two addresses, in network order) or {@code
 * struct ipv6_mreq} (an address, and the interface's number in the host's order). They look alike on every system; see
 * {@code ip(7)}, {@code ipv6(7)} and RFC 3493.
 *
 * @param group 224.0.0.0/4 or ff00::/8
 * @param address the interface's, of IPv4; 0 if it has none
 * @param index the interface's number
 */
public record Membership(Sockaddr group, int address, int index) {
    /** Joins {@code group} on {@code on}. */
    public static Membership of(Sockaddr group, NetworkInterface on) {
        int address = on.inetAddresses()
                .filter(Inet4Address.class::isInstance)
                .mapToInt(each -> ByteBuffer.wrap(each.getAddress()).getInt())
                .findFirst()
                .orElse(0);
        return new Membership(group, address, on.getIndex());
    }

    /** Returns IPPROTO_IP or IPPROTO_IPV6. */
    public Const level() {
        return group instanceof Sockaddr.Inet ? Const.IPPROTO_IP : Const.IPPROTO_IPV6;
    }

    /** Returns IP_ADD_MEMBERSHIP or IPV6_JOIN_GROUP. */
    public Const option() {
        return group instanceof Sockaddr.Inet ? Const.IP_ADD_MEMBERSHIP : Const.IPV6_JOIN_GROUP;
    }

    /** Writes it at index 0 of {@code into}, and returns its length in bytes. */
    public int encode(ByteBuffer into) {
        ByteOrder callers = into.order();
        into.order(ByteOrder.BIG_ENDIAN);
        if (group instanceof Sockaddr.Inet inet) {
            into.putInt(0, inet.address()).putInt(Integer.BYTES, address);
        } else if (group instanceof Sockaddr.Inet6 six) {
            into.putLong(0, six.high()).putLong(Long.BYTES, six.low());
            into.order(callers).putInt(2 * Long.BYTES, index);
        }
        into.order(callers);
        return group instanceof Sockaddr.Inet ? 2 * Integer.BYTES : 2 * Long.BYTES + Integer.BYTES;
    }
}
