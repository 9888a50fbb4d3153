package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;

/**
 * What Linux remembers of a TCP port beside its sockets: {@code struct inet_bind_bucket}. A newcomer that fits is let in
 * without a look at the sockets, so that the memory outlives the flags that it came from.
 *
 * @param reuseAddr {@code fastreuse}: all had SO_REUSEADDR and none listened ({@link
 *     LinuxChange#PORT_REMEMBERS_EVERY_ADDRESS} alone has it)
 * @param group {@code fastreuseport}: who came last with SO_REUSEPORT
 * @param ipv6WildcardLater of the buckets of {@code ::} and 0.0.0.0, whether the former's was made later
 * @param mappedWildcard whether the bucket of 0.0.0.0 was made by {@code ::ffff:0.0.0.0}
 */
record PortMemory(boolean reuseAddr, Optional<Group> group, boolean ipv6WildcardLater, boolean mappedWildcard) {
    /**
     * Who was let in last with SO_REUSEPORT.
     *
     * @param uid whose group it is
     * @param address where
     * @param v6only IPV6_V6ONLY of the socket
     * @param everyAddress whether those at any address are let in: FASTREUSEPORT_ANY and not FASTREUSEPORT_STRICT
     */
    record Group(int uid, Sockaddr address, boolean v6only, boolean everyAddress) {
        static Group of(ModelSocket socket, boolean everyAddress) {
            return new Group(socket.uid(), socket.address(), socket.flags().v6only(), everyAddress);
        }
    }

    /** Of a port that nobody has. */
    static final PortMemory NONE = new PortMemory(false, Optional.empty(), false, false);

    PortMemory with(boolean nowReuseAddr, Optional<Group> now) {
        return new PortMemory(nowReuseAddr, now, ipv6WildcardLater, mappedWildcard);
    }

    /** The bucket of a wildcard was made: of {@code ::}, or of 0.0.0.0 by a socket of whichever family. */
    PortMemory withWildcard(boolean ipv6, boolean byIpv6Socket) {
        return new PortMemory(reuseAddr, group, ipv6, ipv6 ? mappedWildcard : byIpv6Socket);
    }
}
