package dev.reuseport.bind.host;

import dev.reuseport.abi.Sockaddr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is supposed of a host, as a line: for whoever predicts what a bind does on another machine than this one.
 *
 * <pre>
 * address 192.0.2.1/24%eth0      an address of an interface, which is there then
 * device eth1                    an interface without one
 * route local 10.77.0.0/16       a line of Linux's local table beside those of the addresses; broadcast too
 * sysctl net.ipv6.bindv6only=1   a setting of Linux that a bind looks at
 * </pre>
 */
public final class Fact {
    private static final Pattern ADDRESS =
            Pattern.compile("([0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/(\\d{1,3}))?%(?<device>\\S{1,15})");
    private static final Pattern ROUTE = Pattern.compile("(local|broadcast) ([0-9.]+)(?:/(?<prefix>\\d{1,2}))?");
    private static final Pattern DEVICE = Pattern.compile("(\\S{1,15})(?: (\\d{1,9}))?");
    private static final String LO = "lo";

    private Fact() {}

    /**
     * Adds a fact to a host.
     *
     * @throws IllegalArgumentException in one sentence, if it is none
     */
    public static Host with(Host host, String fact) {
        int space = fact.indexOf(' ');
        String kind = space < 0 ? fact : fact.substring(0, space);
        String rest = space < 0 ? "" : fact.substring(space + 1).strip();
        return switch (kind) {
            case "address" ->
                withAddress(host, matched(ADDRESS, rest, "an address and its interface, as 192.0.2.1/24%eth0"));
            case "device" -> withDevice(host, matched(DEVICE, rest, "the name of an interface"));
            case "route" ->
                withRoute(host, matched(ROUTE, rest, "local or broadcast, and IPv4 addresses, as local 10.77.0.0/16"));
            case "sysctl" -> withSysctl(host, rest);
            default ->
                throw new IllegalArgumentException(
                        "of a host is said address, device, route or sysctl, not '" + kind + "'");
        };
    }

    private static Matcher matched(Pattern pattern, String text, String what) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not " + what);
        }
        return matcher;
    }

    private static Host withSysctl(Host host, String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("'" + text + "' is not NAME=VALUE, as net.ipv6.bindv6only=1");
        }
        return host.with(host.sysctls().with(text.substring(0, equals).strip(), text.substring(equals + 1)));
    }

    private static Host withDevice(Host host, Matcher device) {
        String name = device.group(1);
        if (host.index(name).isPresent()) {
            return host;
        }
        int index = device.group(2) == null
                ? 1 + host.devices().stream().mapToInt(Device::index).max().orElse(0)
                : Integer.parseInt(device.group(2));
        List<Device> devices = new ArrayList<>(host.devices());
        devices.add(new Device(name, index));
        return host.with(devices);
    }

    private static Host withAddress(Host host, Matcher found) {
        Sockaddr address = address(found.group(1));
        boolean ipv4 = address instanceof Sockaddr.Inet;
        int bits = ipv4 ? Integer.SIZE : 2 * Long.SIZE;
        int prefix = found.group(2) == null ? bits : Integer.parseInt(found.group(2));
        if (prefix > bits) {
            throw new IllegalArgumentException("an address has no more than " + bits + " bits");
        }
        String device = found.group("device");
        Host there = withDevice(host, matched(DEVICE, device, "the name of an interface"));
        int counts = ipv4 && device.equals(LO) ? prefix : bits;
        LocalAddress local = new LocalAddress(address, counts, device);
        if (there.locals().contains(local)) {
            return there;
        }
        LocalAddresses taken = taken(there);
        List<LocalAddresses.Route> routes = new ArrayList<>(taken.routes());
        List<LocalAddress> ipv6 = new ArrayList<>(taken.ipv6());
        if (address instanceof Sockaddr.Inet inet) {
            routes.addAll(routes(inet, prefix, device));
        } else {
            ipv6.add(local);
        }
        return there.with(
                Stream.concat(there.locals().stream(), Stream.of(local)).toList(),
                new LocalAddresses(taken.anyIpv4(), routes, ipv6));
    }

    /** What the kernel adds to its local table for an address ({@code fib_add_ifaddr}), while the interface is up. */
    private static List<LocalAddresses.Route> routes(Sockaddr.Inet address, int prefix, String device) {
        List<LocalAddresses.Route> routes = new ArrayList<>();
        routes.add(new LocalAddresses.Route(address.address(), Integer.SIZE, LocalAddresses.LOCAL));
        int hosts = prefix == 0 ? -1 : ~(-1 << (Integer.SIZE - prefix));
        if (device.equals(LO)) {
            routes.add(new LocalAddresses.Route(address.address() & ~hosts, prefix, LocalAddresses.LOCAL));
        }
        if (prefix < Integer.SIZE - 1) {
            routes.add(new LocalAddresses.Route(address.address() | hosts, Integer.SIZE, LocalAddresses.BROADCAST));
        }
        return routes;
    }

    private static Host withRoute(Host host, Matcher route) {
        Sockaddr.Inet network = (Sockaddr.Inet) address(route.group(2));
        int prefix = route.group("prefix") == null ? Integer.SIZE : Integer.parseInt(route.group("prefix"));
        if (prefix > Integer.SIZE) {
            throw new IllegalArgumentException("an address has no more than " + Integer.SIZE + " bits");
        }
        LocalAddresses taken = taken(host);
        List<LocalAddresses.Route> routes = new ArrayList<>(taken.routes());
        routes.add(new LocalAddresses.Route(
                network.address(), prefix, route.group(1).toUpperCase(Locale.ROOT)));
        return host.with(host.locals(), new LocalAddresses(taken.anyIpv4(), routes, taken.ipv6()));
    }

    /** What Linux takes on a host of which only the addresses of its interfaces are known. */
    private static LocalAddresses taken(Host host) {
        if (host.taken().isPresent()) {
            return host.taken().get();
        }
        List<LocalAddresses.Route> routes = new ArrayList<>();
        List<LocalAddress> ipv6 = new ArrayList<>();
        for (LocalAddress local : host.locals()) {
            if (local.address() instanceof Sockaddr.Inet inet) {
                routes.addAll(routes(inet, local.prefix(), local.device()));
            } else {
                ipv6.add(local);
            }
        }
        return new LocalAddresses(false, routes, ipv6);
    }

    private static Sockaddr address(String text) {
        try {
            InetAddress found = InetAddress.getByName(text);
            return Sockaddr.of(new InetSocketAddress(found, 0), null);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is no address", e);
        }
    }

    /** Returns the facts that make a host of one that has only its loopback interface. */
    public static List<String> of(Host host) {
        List<String> facts = new ArrayList<>();
        host.devices().forEach(device -> facts.add("device " + device.name() + " " + device.index()));
        Host made = new Host(List.of(), host.devices());
        for (LocalAddress local : addresses(host)) {
            String fact = "address " + local.address().host() + "/" + local.prefix() + "%" + local.device();
            facts.add(fact);
            made = with(made, fact);
        }
        for (LocalAddresses.Route route : routes(host)) {
            if (!taken(made).routes().contains(route)) {
                facts.add("route " + route.type().toLowerCase(Locale.ROOT) + " "
                        + new Sockaddr.Inet(route.network(), 0).host() + "/" + route.prefix());
            }
        }
        host.sysctls().lines().forEach(line -> facts.add("sysctl " + line));
        return facts;
    }

    /** Those that bind takes: an IPv6 address that is not ready yet is none. */
    private static List<LocalAddress> addresses(Host host) {
        Optional<LocalAddresses> taken = host.taken();
        return Stream.concat(
                        host.locals().stream()
                                .filter(local -> taken.isEmpty() || local.address() instanceof Sockaddr.Inet),
                        taken.stream().flatMap(read -> read.ipv6().stream()))
                .toList();
    }

    private static List<LocalAddresses.Route> routes(Host host) {
        LocalAddresses taken = taken(host);
        return taken.anyIpv4()
                ? List.of(new LocalAddresses.Route(0, 0, LocalAddresses.LOCAL))
                : taken.routes().stream()
                        .filter(route -> route.type().equals(LocalAddresses.LOCAL)
                                || route.type().equals(LocalAddresses.BROADCAST))
                        .distinct()
                        .toList();
    }
}
