package dev.reuseport.bind.host;

import dev.reuseport.abi.Sockaddr;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses Linux lets a socket have, which is not the list of those that its interfaces were given.
 *
 * <p>For IPv4 the local table of its routes decides ({@code inet_addr_type_table}): the addresses of interfaces that are
 * down stay there, broadcast addresses are there while their interface is up, and {@code ip route add local} adds whole
 * networks. A network namespace has no such table until its first address comes, and then takes every address
 * ({@code __inet_dev_addr_type} begins with RTN_BROADCAST). For IPv6 it is the addresses of interfaces, but for those that
 * are tentative: their interface is not up, or has not asked for long enough whether another host has them.
 *
 * @param anyIpv4 whether every IPv4 address is taken, for there is no table
 * @param routes the table
 * @param ipv6 the addresses of interfaces that are not tentative
 */
public record LocalAddresses(boolean anyIpv4, List<Route> routes, List<LocalAddress> ipv6) {
    static final String LOCAL = "LOCAL";
    static final String BROADCAST = "BROADCAST";

    /**
     * A line of the table.
     *
     * @param type LOCAL and BROADCAST are the two that bind takes
     */
    public record Route(int network, int prefix, String type) {
        private boolean covers(int address) {
            int mask = prefix == 0 ? 0 : -1 << (Integer.SIZE - prefix);
            return (address & mask) == (network & mask);
        }
    }

    public LocalAddresses {
        routes = List.copyOf(routes);
        ipv6 = List.copyOf(ipv6);
    }

    /** Tells whether bind takes an address, from a socket that is bound to a device or not. */
    public boolean has(Sockaddr address, Optional<String> device) {
        return address instanceof Sockaddr.Inet inet
                ? anyIpv4 || type(inet).equals(LOCAL) || broadcasts(inet)
                : ipv6.stream().anyMatch(local -> local.gives(address, device));
    }

    /** Tells whether it is a broadcast address, which no client of TCP connects to. */
    boolean broadcasts(Sockaddr.Inet address) {
        return type(address).equals(BROADCAST);
    }

    /** The route with the longest prefix decides, and no device. */
    private String type(Sockaddr.Inet address) {
        return routes.stream()
                .filter(route -> route.covers(address.address()))
                .max(Comparator.comparingInt(Route::prefix))
                .map(Route::type)
                .orElse("");
    }
}
