package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;

/**
 * An address of an interface.
 *
 * @param address the address; its port means nothing
 * @param prefix how many bits of it count: all of them, or on the loopback interface the network's
 */
public record LocalAddress(Sockaddr address, int prefix, String device) {
    boolean has(Sockaddr other) {
        if (address instanceof Sockaddr.Inet mine && other instanceof Sockaddr.Inet theirs) {
            int mask = prefix == 0 ? 0 : -1 << (32 - prefix);
            return (mine.address() & mask) == (theirs.address() & mask);
        }
        return address instanceof Sockaddr.Inet6 mine
                && other instanceof Sockaddr.Inet6 theirs
                && mine.high() == theirs.high()
                && mine.low() == theirs.low();
    }
}
