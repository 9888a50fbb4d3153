package dev.reuseport.bind.run;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.rules.Host;
import dev.reuseport.bind.rules.LocalAddress;
import dev.reuseport.bind.rules.LocalAddresses;
import dev.reuseport.proc.LocalTable;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Syscalls;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The host that this runs on, as the rules see one. */
public final class ThisHost {
    /** The types of a route that bind takes an address by: {@code inet_addr_valid_or_nonlocal}. */
    private static final Set<String> OWN = Set.of("LOCAL", "BROADCAST");

    private ThisHost() {}

    /** Reads what it has; of its network namespace, where the calling thread is in one. */
    public static Host observe(Proc proc, Syscalls syscalls) throws SocketException {
        List<LocalAddress> locals = new ArrayList<>();
        List<String> devices = new ArrayList<>();
        for (NetworkInterface device : interfaces()) {
            boolean loopback;
            try {
                loopback = device.isLoopback();
            } catch (SocketException e) {
                // gone since it was listed
                continue;
            }
            devices.add(device.getName());
            for (InterfaceAddress found : device.getInterfaceAddresses()) {
                InetAddress address = found.getAddress();
                boolean network = loopback && address instanceof Inet4Address;
                int prefix = network ? found.getNetworkPrefixLength() : address.getAddress().length * Byte.SIZE;
                locals.add(new LocalAddress(
                        Sockaddr.of(new InetSocketAddress(address, 0), null), prefix, device.getName()));
            }
        }
        OptionalLong capabilities = proc.ownStatus().capabilities();
        return new Host(
                locals,
                devices,
                proc.sysctl("net.ipv4.ip_unprivileged_port_start").number().orElse(Host.IPPORT_RESERVED),
                capabilities.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Host.Self(syscalls.geteuid(), capabilities.getAsLong())),
                taken(proc));
    }

    /** The JDK throws where no interface has an address, as in a new network namespace. */
    private static List<NetworkInterface> interfaces() {
        try {
            return Collections.list(NetworkInterface.getNetworkInterfaces());
        } catch (SocketException e) {
            return List.of();
        }
    }

    /** Which addresses Linux takes; empty on other systems. */
    static Optional<LocalAddresses> taken(Proc proc) {
        return LocalTable.read(proc)
                .map(table -> new LocalAddresses(
                        !table.exists() || isSet(proc, "net.ipv4.ip_nonlocal_bind"),
                        isSet(proc, "net.ipv6.ip_nonlocal_bind"),
                        table.routes().stream()
                                .map(route -> new LocalAddresses.Route(
                                        route.network(), route.prefix(), OWN.contains(route.type())))
                                .toList(),
                        table.ipv6().stream()
                                .filter(local -> !LinuxBits.tentative(local.flags()))
                                .map(local -> new LocalAddress(local.address(), local.prefix(), local.device()))
                                .toList()));
    }

    private static boolean isSet(Proc proc, String sysctl) {
        return proc.sysctl(sysctl).number().orElse(0) != 0;
    }
}
