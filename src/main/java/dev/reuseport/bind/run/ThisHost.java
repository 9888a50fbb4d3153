package dev.reuseport.bind.run;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddress;
import dev.reuseport.bind.host.LocalAddresses;
import dev.reuseport.bind.host.Sysctls;
import dev.reuseport.option.SockOpts;
import dev.reuseport.proc.LocalTable;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Devices;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The host that this runs on, as the rules see one. */
public final class ThisHost {
    private static final long OF_SO_MARK = 1L << LinuxBits.CAP_NET_ADMIN | 1L << LinuxBits.CAP_NET_RAW;

    private ThisHost() {}

    /** Reads what it has; of its network namespace, where the calling thread is in one. */
    public static Host observe(Proc proc, Syscalls syscalls) throws IOException {
        List<LocalAddress> locals = new ArrayList<>();
        List<Device> devices = new ArrayList<>();
        Set<String> here = Set.copyOf(proc.interfaces());
        for (NetworkInterface device : interfaces()) {
            // The JDK reads the list of IPv6 of the process, whichever namespace the calling thread is in.
            if (!here.isEmpty() && !here.contains(device.getName())) {
                continue;
            }
            boolean loopback;
            try {
                loopback = device.isLoopback();
            } catch (SocketException e) {
                // gone since it was listed
                continue;
            }
            devices.add(new Device(device.getName(), device.getIndex()));
            for (InterfaceAddress found : device.getInterfaceAddresses()) {
                InetAddress address = found.getAddress();
                boolean network = loopback && address instanceof Inet4Address;
                int prefix = network ? found.getNetworkPrefixLength() : address.getAddress().length * Byte.SIZE;
                locals.add(new LocalAddress(
                        Sockaddr.of(new InetSocketAddress(address, 0), null), prefix, device.getName()));
            }
        }
        for (String name : withoutAddress(proc, devices)) {
            devices.add(new Device(name, Devices.index(syscalls, name).orElse(0)));
        }
        OptionalLong capabilities = capabilities(proc, syscalls);
        return new Host(
                locals,
                devices,
                Sysctls.read(name -> Optional.of(proc.sysctl(name).text()).filter(text -> !text.isBlank())),
                capabilities.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Host.Self(syscalls.geteuid(), capabilities.getAsLong())),
                taken(proc));
    }

    /**
     * Returns what this process has in effect over its network. In a user namespace root has all capabilities, and none over
     * a network that is another user namespace's: SO_MARK asks for two of them there.
     */
    private static OptionalLong capabilities(Proc proc, Syscalls syscalls) throws IOException {
        OptionalLong own = proc.ownStatus().capabilities();
        if ((own.orElse(0) & OF_SO_MARK) == 0) {
            return own;
        }
        try (NativeSocket socket = NativeSocket.open(syscalls, Const.AF_INET, Const.SOCK_DGRAM)) {
            socket.set(SockOpts.SO_MARK, 0L);
            return own;
        } catch (ErrnoException e) {
            return e.errno().is(Const.EPERM) ? OptionalLong.of(0) : own;
        }
    }

    /** Linux lists every interface, and the JDK those that have an address. */
    private static List<String> withoutAddress(Proc proc, List<Device> known) {
        Set<String> names = new LinkedHashSet<>(proc.interfaces());
        known.forEach(device -> names.remove(device.name()));
        return List.copyOf(names);
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
                        !table.exists(),
                        table.routes().stream()
                                .map(route -> new LocalAddresses.Route(route.network(), route.prefix(), route.type()))
                                .toList(),
                        table.ipv6().stream()
                                .filter(local -> !LinuxBits.tentative(local.flags()))
                                .map(local -> new LocalAddress(local.address(), 2 * Long.SIZE, local.device()))
                                .toList()));
    }
}
