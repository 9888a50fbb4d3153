package dev.reuseport.bind.rules;

import dev.reuseport.abi.Sockaddr;
import java.util.List;
import java.util.Optional;

/**
 * What a bind asks of the host beside its sockets.
 *
 * @param locals the addresses that it has
 * @param devices the names of its interfaces
 * @param unprivilegedPorts the lowest port that any user may bind to: {@code net.ipv4.ip_unprivileged_port_start} on
 *     Linux, 1024 elsewhere
 * @param self the user who runs this, where capabilities were read; of all others root alone has any, and all
 * @param taken which addresses its kernel lets a socket have, where that was read; else the {@code locals}
 */
public record Host(
        List<LocalAddress> locals,
        List<String> devices,
        int unprivilegedPorts,
        Optional<Self> self,
        Optional<LocalAddresses> taken) {
    /** The lowest port that any user may bind to where no setting of the system says otherwise (netinet/in.h). */
    public static final int IPPORT_RESERVED = 1024;

    /**
     * The user who runs this.
     *
     * @param uid its effective user
     * @param capabilities what it has in effect: the bits of linux/capability.h
     */
    public record Self(int uid, long capabilities) {}

    public Host {
        locals = List.copyOf(locals);
        devices = List.copyOf(devices);
    }

    /** A host on which root has all capabilities, and nobody else any. */
    public Host(List<LocalAddress> locals, List<String> devices, int unprivilegedPorts) {
        this(locals, devices, unprivilegedPorts, Optional.empty(), Optional.empty());
    }

    /** A host that has 127.0.0.0/8 and ::1 on {@code lo}, and nothing else. */
    public static Host loopback() {
        return new Host(
                List.of(
                        new LocalAddress(new Sockaddr.Inet(0x7f000001, 0), 8, "lo"),
                        new LocalAddress(new Sockaddr.Inet6(0, 1, 0, 0, 0), 128, "lo")),
                List.of("lo"),
                IPPORT_RESERVED);
    }

    /** Returns the same host with another lowest port for everybody. */
    public Host withUnprivilegedPorts(int lowest) {
        return new Host(locals, devices, lowest, self, taken);
    }

    /** Tells whether an effective user has a capability, by its bit. */
    boolean capable(int uid, int capability) {
        return self.filter(own -> own.uid() == uid)
                .map(own -> (own.capabilities() >>> capability & 1) != 0)
                .orElse(uid == 0);
    }

    /** Tells whether an address is one of those that the interfaces were given. */
    public boolean hasExactly(Sockaddr address) {
        return locals.stream()
                .anyMatch(local -> new LocalAddress(local.address(), Integer.SIZE, local.device()).has(address));
    }

    /** Tells whether an address is a broadcast address, as far as that is known. */
    boolean broadcasts(Sockaddr address) {
        return address.limitedBroadcast()
                || address instanceof Sockaddr.Inet inet
                        && taken.filter(local -> local.broadcasts(inet)).isPresent();
    }

    /** Tells whether an address is this host's, on one device if one is given. */
    public boolean has(Sockaddr address, Optional<String> device) {
        if (taken.isPresent()) {
            return taken.get().has(address, device);
        }
        for (LocalAddress local : locals) {
            if (local.has(address) && (device.isEmpty() || device.get().equals(local.device()))) {
                return true;
            }
        }
        return false;
    }
}
