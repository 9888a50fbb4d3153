package dev.reuseport.bind.rules;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.proc.ProcFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which addresses Linux lets a socket have, which is not the list of those that its interfaces were given.
 *
 * <p>For IPv4 the local table of its routes decides ({@code inet_addr_type_table}): the addresses of interfaces that are
 * down stay there, broadcast addresses are there while their interface is up, and {@code ip route add local} adds whole
 * networks. A network namespace has no such table until its first address comes, and then takes every address
 * ({@code __inet_dev_addr_type} begins with RTN_BROADCAST). For IPv6 it is the addresses of interfaces, but for those that
 * are tentative: their interface is not up, or has not asked for long enough whether another host has them. Only {@code
 * ::1} and link-local ones are one device's ({@code ipv6_chk_addr_and_flags}).
 *
 * @param anyIpv4 whether every IPv4 address is taken: there is no table, or net.ipv4.ip_nonlocal_bind is set
 * @param anyIpv6 whether every IPv6 address is taken: net.ipv6.ip_nonlocal_bind is set
 * @param routes the table
 * @param ipv6 the addresses of interfaces that are not tentative
 */
record LocalAddresses(boolean anyIpv4, boolean anyIpv6, List<Route> routes, List<Host.Local> ipv6) {
    /**
     * A line of the table.
     *
     * @param own whether it is of the type LOCAL or BROADCAST, the two that bind takes
     */
    record Route(int network, int prefix, boolean own) {
        private boolean covers(int address) {
            int mask = prefix == 0 ? 0 : -1 << (Integer.SIZE - prefix);
            return (address & mask) == (network & mask);
        }
    }

    private static final Path PROC = Path.of("/proc");

    /** Of the calling thread, whose network namespace may be another than the process's. */
    private static final Path NET = Path.of("thread-self", "net");

    private static final int HEX = 16;

    /** A line of if_inet6: address, interface, prefix, scope, flags, name. */
    private static final Pattern INET6 = Pattern.compile("(?<high>\\p{XDigit}{16})(?<low>\\p{XDigit}{16}) \\p{XDigit}+"
            + " (?<prefix>\\p{XDigit}{2}) \\p{XDigit}{2} (?<flags>\\p{XDigit}{2}) +(?<device>\\S+)");

    private static final String LOCAL = "Local:";
    private static final Pattern LEAF = Pattern.compile(" *\\|-- (\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)");
    private static final Pattern ALIAS = Pattern.compile(" +/(\\d+) \\S+ (\\S+).*");

    /** Reads them; empty where there is no such file, as on other systems. */
    static Optional<LocalAddresses> observe() {
        return of(PROC);
    }

    /** As above, from another folder than {@code /proc}. */
    static Optional<LocalAddresses> of(Path proc) {
        Trie trie = new Trie();
        try {
            new ProcFile(proc.resolve(NET).resolve("fib_trie")).lines(trie);
        } catch (IOException e) {
            return Optional.empty();
        }
        Path sysctls = proc.resolve("sys").resolve("net");
        // An empty table has no line in fib_trie, but one here.
        boolean table = !trie.routes.isEmpty()
                || List.of(new ProcFile(proc.resolve(NET).resolve("fib_triestat"))
                                .text()
                                .split("\n"))
                        .contains(LOCAL);
        return Optional.of(new LocalAddresses(
                !table || set(sysctls.resolve("ipv4")),
                set(sysctls.resolve("ipv6")),
                List.copyOf(trie.routes),
                ipv6(new ProcFile(proc.resolve(NET).resolve("if_inet6")))));
    }

    private static List<Host.Local> ipv6(ProcFile addresses) {
        List<Host.Local> found = new ArrayList<>();
        for (String line : addresses.text().split("\n")) {
            Matcher fields = INET6.matcher(line);
            if (fields.matches() && !LinuxBits.tentative(Integer.parseInt(fields.group("flags"), HEX))) {
                Sockaddr address = new Sockaddr.Inet6(
                        Long.parseUnsignedLong(fields.group("high"), HEX),
                        Long.parseUnsignedLong(fields.group("low"), HEX),
                        0,
                        0,
                        0);
                found.add(
                        new Host.Local(address, Integer.parseInt(fields.group("prefix"), HEX), fields.group("device")));
            }
        }
        return List.copyOf(found);
    }

    private static boolean set(Path family) {
        return new ProcFile(family.resolve("ip_nonlocal_bind")).number().orElse(0) != 0;
    }

    /** Reads the part of fib_trie that is the local table, a leaf of which has a line for each length of prefix. */
    private static final class Trie implements Consumer<String> {
        private final List<Route> routes = new ArrayList<>();
        private boolean local;
        private int network;

        @Override
        public void accept(String line) {
            if (!line.startsWith(" ")) {
                local = line.equals(LOCAL);
            }
            if (!local) {
                return;
            }
            Matcher leaf = LEAF.matcher(line);
            Matcher alias = ALIAS.matcher(line);
            if (leaf.matches()) {
                network = 0;
                for (int i = 1; i <= leaf.groupCount(); i++) {
                    network = network << Byte.SIZE | Integer.parseInt(leaf.group(i));
                }
            } else if (alias.matches()) {
                boolean own = alias.group(2).equals("LOCAL") || alias.group(2).equals("BROADCAST");
                routes.add(new Route(network, Integer.parseInt(alias.group(1)), own));
            }
        }
    }

    /** Tells whether bind takes an address, from a socket that is bound to a device or not. */
    boolean has(Sockaddr address, Optional<String> device) {
        if (address instanceof Sockaddr.Inet inet) {
            return has(inet.address());
        }
        Sockaddr.Inet6 inet6 = (Sockaddr.Inet6) address;
        boolean onAnyDevice = device.isEmpty() || !inet6.loopback() && !inet6.linkLocal();
        return anyIpv6
                || ipv6.stream()
                        .anyMatch(local ->
                                local.has(inet6) && (onAnyDevice || device.get().equals(local.device())));
    }

    /** The route with the longest prefix decides, and no device. */
    private boolean has(int address) {
        boolean own = anyIpv4;
        int longest = -1;
        for (Route route : routes) {
            if (!anyIpv4 && route.prefix() > longest && route.covers(address)) {
                longest = route.prefix();
                own = route.own();
            }
        }
        return own;
    }
}
