package dev.reuseport.proc;

import dev.reuseport.abi.Sockaddr;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses of the network namespace that the calling thread is in: the local table of IPv4's routes ({@code fib_trie})
 * and the IPv6 addresses of its interfaces ({@code if_inet6}).
 *
 * @param exists whether there is such a table; a new namespace has none until its first address comes
 * @param routes what is in it
 * @param ipv6 the IPv6 addresses
 */
public record LocalTable(boolean exists, List<Route> routes, List<Ipv6> ipv6) {
    /**
     * A line of the table.
     *
     * @param network an address, the first octet in the highest bits
     * @param prefix how many of its bits count
     * @param type as {@code ip route} calls it: LOCAL, BROADCAST, UNREACHABLE
     */
    public record Route(int network, int prefix, String type) {}

    /**
     * An IPv6 address of an interface.
     *
     * @param prefix how many of its bits are the network's
     * @param flags IFA_F_TENTATIVE and its like (linux/if_addr.h)
     */
    public record Ipv6(Sockaddr address, int prefix, int flags, String device) {}

    private static final int HEX = 16;

    /** A line of if_inet6: address, interface, prefix, scope, flags, name. */
    private static final Pattern INET6 = Pattern.compile("(?<high>\\p{XDigit}{16})(?<low>\\p{XDigit}{16}) \\p{XDigit}+"
            + " (?<prefix>\\p{XDigit}{2}) \\p{XDigit}{2} (?<flags>\\p{XDigit}{2}) +(?<device>\\S+)");

    private static final String LOCAL = "Local:";
    private static final Pattern LEAF = Pattern.compile(" *\\|-- (\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)");
    private static final Pattern ALIAS = Pattern.compile(" +/(\\d+) \\S+ (\\S+).*");

    /** Reads them; empty where there is no such file, as on other systems. */
    public static Optional<LocalTable> read(Proc proc) {
        Trie trie = new Trie();
        try {
            proc.net("fib_trie").lines(trie);
        } catch (IOException e) {
            return Optional.empty();
        }
        // An empty table has no line in fib_trie, but one here.
        boolean exists = !trie.routes.isEmpty()
                || List.of(proc.net("fib_triestat").text().split("\n")).contains(LOCAL);
        return Optional.of(new LocalTable(exists, List.copyOf(trie.routes), ipv6(proc.net("if_inet6"))));
    }

    private static List<Ipv6> ipv6(ProcFile addresses) {
        List<Ipv6> found = new ArrayList<>();
        for (String line : addresses.text().split("\n")) {
            Matcher fields = INET6.matcher(line);
            if (fields.matches()) {
                Sockaddr address = new Sockaddr.Inet6(
                        Long.parseUnsignedLong(fields.group("high"), HEX),
                        Long.parseUnsignedLong(fields.group("low"), HEX),
                        0,
                        0,
                        0);
                found.add(new Ipv6(
                        address,
                        Integer.parseInt(fields.group("prefix"), HEX),
                        Integer.parseInt(fields.group("flags"), HEX),
                        fields.group("device")));
            }
        }
        return List.copyOf(found);
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
                routes.add(new Route(network, Integer.parseInt(alias.group(1)), alias.group(2)));
            }
        }
    }
}
