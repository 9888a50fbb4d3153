package dev.reuseport.bind.host;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;

/**
 * An address of an interface.
 *
 * @param address the address; its port means nothing
 * @param prefix how many bits of it count: all of them, or on the loopback interface the network's
 */
public record LocalAddress(Sockaddr address, int prefix, String device) {
    boolean has(Sockaddr other) {
        if (address instanceof Sockaddr.Inet mine && other instanceof Sockaddr.Inet theirs) {
            int mask = prefix == 0 ? 0 : -1 << (Integer.SIZE - prefix);
            return (mine.address() & mask) == (theirs.address() & mask);
        }
        return address instanceof Sockaddr.Inet6 mine
                && other instanceof Sockaddr.Inet6 theirs
                && mine.high() == theirs.high()
                && mine.low() == theirs.low();
    }

    /**
     * Tells whether a socket that is bound to a device, or to none, may have an address because of this one: only {@code
     * ::1} and link-local ones are one device's ({@code ipv6_chk_addr_and_flags}).
     */
    boolean gives(Sockaddr other, Optional<String> onto) {
        boolean oneDevices = other instanceof Sockaddr.Inet6 inet6 && (inet6.loopback() || inet6.linkLocal());
        return has(other) && (!oneDevices || onto.isEmpty() || onto.get().equals(device));
    }
}
