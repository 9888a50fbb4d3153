package dev.reuseport.bind.host;

import dev.reuseport.abi.Sockaddr;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a bind asks of the host beside its sockets.
 *
 * @param locals the addresses that it has
 * @param devices its interfaces
 * @param sysctls the settings of Linux; other systems do not look at them
 * @param self the user who runs this, where capabilities were read; of all others root alone has any, and all
 * @param taken which addresses its kernel lets a socket have, where that was read; else the {@code locals}
 */
public record Host(
        List<LocalAddress> locals,
        List<Device> devices,
        Sysctls sysctls,
        Optional<Self> self,
        Optional<LocalAddresses> taken) {
    private static final Device LO = new Device("lo", 1);

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

    /** A host with Linux's settings as they start, on which root has all capabilities, and nobody else any. */
    public Host(List<LocalAddress> locals, List<Device> devices) {
        this(locals, devices, Sysctls.DEFAULT, Optional.empty(), Optional.empty());
    }

    /** A host that has 127.0.0.0/8 and ::1 on {@code lo}, and nothing else. */
    public static Host loopback() {
        return new Host(
                List.of(
                        new LocalAddress(new Sockaddr.Inet(0x7f000001, 0), 8, LO.name()),
                        new LocalAddress(new Sockaddr.Inet6(0, 1, 0, 0, 0), 128, LO.name())),
                List.of(LO));
    }

    /** Returns the same host with other settings. */
    public Host with(Sysctls other) {
        return new Host(locals, devices, other, self, taken);
    }

    /** Returns the same host with other interfaces. */
    public Host with(List<Device> other) {
        return new Host(locals, other, sysctls, self, taken);
    }

    /** Returns the same host with other addresses. */
    Host with(List<LocalAddress> others, LocalAddresses othersTaken) {
        return new Host(others, devices, sysctls, self, Optional.of(othersTaken));
    }

    /** Returns the same host with other capabilities of the one who runs this. */
    public Host with(Self other) {
        return new Host(locals, devices, sysctls, Optional.of(other), taken);
    }

    /** Tells whether an effective user has a capability, by its bit. */
    public boolean capable(int uid, int capability) {
        return self.filter(own -> own.uid() == uid)
                .map(own -> (own.capabilities() >>> capability & 1) != 0)
                .orElse(uid == 0);
    }

    /** Finds an interface by its number. */
    public Optional<String> device(int index) {
        return devices.stream()
                .filter(device -> device.index() == index)
                .map(Device::name)
                .findFirst();
    }

    /** Finds the number of an interface by its name, {@code if_nametoindex(3)}. */
    public OptionalInt index(String name) {
        return devices.stream()
                .filter(device -> device.name().equals(name))
                .mapToInt(Device::index)
                .findFirst();
    }

    /** Finds the interface that has an address; of link-local ones the scope says it. */
    public Optional<String> deviceOf(Sockaddr address) {
        if (address instanceof Sockaddr.Inet6 inet6 && inet6.needsScope()) {
            return device(inet6.scopeId());
        }
        boolean ipv6 = address instanceof Sockaddr.Inet6;
        return taken.filter(read -> ipv6).map(LocalAddresses::ipv6).orElse(locals).stream()
                .filter(local -> local.has(address))
                .map(LocalAddress::device)
                .findFirst();
    }

    /** Returns the interface through which what Linux sends to one of its own addresses arrives: not lo, but whose it is. */
    public String through(Sockaddr own) {
        return deviceOf(own).orElse(LO.name());
    }

    /** Returns the address from which Linux sends to one of its own: the preferred one of the local route. */
    public Sockaddr.Inet sendsFrom(Sockaddr.Inet own) {
        return locals.stream()
                .filter(local -> local.has(own))
                .map(LocalAddress::address)
                .map(Sockaddr.Inet.class::cast)
                .findFirst()
                .orElse(own)
                .withPort(0);
    }

    /** Tells whether an address is one of those that the interfaces were given. */
    public boolean hasExactly(Sockaddr address) {
        return locals.stream()
                .anyMatch(local -> new LocalAddress(local.address(), Integer.SIZE, local.device()).has(address));
    }

    /** Tells whether an address is a broadcast address, as far as that is known. */
    public boolean broadcasts(Sockaddr address) {
        return address.limitedBroadcast()
                || address instanceof Sockaddr.Inet inet
                        && taken.filter(local -> local.broadcasts(inet)).isPresent();
    }

    /** Tells whether an address is this host's, for a socket that is bound to a device, or to none. */
    public boolean has(Sockaddr address, Optional<String> device) {
        if (taken.isPresent()) {
            return taken.get().has(address, device);
        }
        for (LocalAddress local : locals) {
            if (local.gives(address, device)) {
                return true;
            }
        }
        return false;
    }
}
