package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;

/**
 * What Linux remembers of the sockets with SO_REUSEPORT on a TCP port: who was let in last. A newcomer with SO_REUSEPORT
 * that fits is let in without a look at the sockets, so that the memory outlives the flags that it came from: {@code
 * struct inet_bind_bucket}, {@code fastreuseport}.
 *
 * <p>Since Linux 6.8 the memory is for one address only; before, the first socket of a port opened it for all addresses
 * of its user, and SO_REUSEADDR had such a memory too.
 *
 * @param uid whose group it is
 * @param address where
 * @param v6only IPV6_V6ONLY of the socket
 */
record PortMemory(int uid, Sockaddr address, boolean v6only) {
    static PortMemory of(ModelSocket socket) {
        return new PortMemory(socket.uid(), socket.address(), socket.flags().v6only());
    }
}
