package dev.reuseport.bind.host;

import dev.reuseport.option.PortRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The settings of Linux that a bind looks at ({@code ip-sysctl.rst} of the kernel). Each network namespace has its own.
 *
 * @param unprivilegedPorts {@code net.ipv4.ip_unprivileged_port_start}: the lowest port that any user may bind to (since 4.11)
 * @param localPorts {@code net.ipv4.ip_local_port_range}: where port 0 is looked for
 * @param reservedPorts {@code net.ipv4.ip_local_reserved_ports}: what is left out there
 * @param autobindReuse {@code net.ipv4.ip_autobind_reuse}: port 0 may be one that others with SO_REUSEADDR have, once there
 *     is no other (since 5.7)
 * @param nonlocalIpv4 {@code net.ipv4.ip_nonlocal_bind}: an address need not be this host's
 * @param nonlocalIpv6 {@code net.ipv6.ip_nonlocal_bind}: as above (since 4.3)
 * @param bindV6only {@code net.ipv6.bindv6only}: IPv6 sockets start with IPV6_V6ONLY
 */
public record Sysctls(
        int unprivilegedPorts,
        PortRange localPorts,
        List<PortRange> reservedPorts,
        boolean autobindReuse,
        boolean nonlocalIpv4,
        boolean nonlocalIpv6,
        boolean bindV6only) {

    /** What Linux starts with. */
    public static final Sysctls DEFAULT =
            new Sysctls(1024, new PortRange(32_768, 60_999), List.of(), false, false, false, false);

    /** A setting by its name. */
    private enum Name {
        UNPRIVILEGED_PORTS("net.ipv4.ip_unprivileged_port_start"),
        LOCAL_PORTS("net.ipv4.ip_local_port_range"),
        RESERVED_PORTS("net.ipv4.ip_local_reserved_ports"),
        AUTOBIND_REUSE("net.ipv4.ip_autobind_reuse"),
        NONLOCAL_IPV4("net.ipv4.ip_nonlocal_bind"),
        NONLOCAL_IPV6("net.ipv6.ip_nonlocal_bind"),
        BIND_V6ONLY("net.ipv6.bindv6only");

        private final String sysctl;

        Name(String sysctl) {
            this.sysctl = sysctl;
        }
    }

    public Sysctls {
        reservedPorts = List.copyOf(reservedPorts);
    }

    /** Returns the names of the settings in sysctl(8). */
    public static List<String> names() {
        return Arrays.stream(Name.values()).map(name -> name.sysctl).toList();
    }

    /** Reads each of them by its name; what is not there, or is no value, is as Linux starts. */
    public static Sysctls read(Function<String, Optional<String>> value) {
        Sysctls read = DEFAULT;
        for (String name : names()) {
            Optional<String> text = value.apply(name);
            try {
                read = text.isPresent() ? read.with(name, text.get()) : read;
            } catch (IllegalArgumentException e) {
                // of a kernel that writes it in another way
                continue;
            }
        }
        return read;
    }

    /**
     * Returns these settings with another value of one, as sysctl(8) writes it.
     *
     * @throws IllegalArgumentException in one sentence, if there is no such setting here, or no such value of it
     */
    public Sysctls with(String sysctl, String value) {
        Name name = Arrays.stream(Name.values())
                .filter(each -> each.sysctl.equals(sysctl))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no bind looks at '" + sysctl + "': there are " + String.join(", ", names())));
        String text = value.strip();
        try {
            return switch (name) {
                case UNPRIVILEGED_PORTS -> withUnprivilegedPorts(port(text));
                case LOCAL_PORTS -> withLocalPorts(range(text.split("\\s+")));
                case RESERVED_PORTS -> withReservedPorts(ranges(text));
                case AUTOBIND_REUSE -> of(localPorts, set(text), nonlocalIpv4, nonlocalIpv6, bindV6only);
                case NONLOCAL_IPV4 -> of(localPorts, autobindReuse, set(text), nonlocalIpv6, bindV6only);
                case NONLOCAL_IPV6 -> of(localPorts, autobindReuse, nonlocalIpv4, set(text), bindV6only);
                case BIND_V6ONLY -> of(localPorts, autobindReuse, nonlocalIpv4, nonlocalIpv6, set(text));
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is no value of " + sysctl, e);
        }
    }

    private Sysctls of(PortRange local, boolean autobind, boolean nonlocal4, boolean nonlocal6, boolean v6only) {
        return new Sysctls(unprivilegedPorts, local, reservedPorts, autobind, nonlocal4, nonlocal6, v6only);
    }

    /** Returns these settings with another lowest port for everybody. */
    public Sysctls withUnprivilegedPorts(int lowest) {
        return new Sysctls(lowest, localPorts, reservedPorts, autobindReuse, nonlocalIpv4, nonlocalIpv6, bindV6only);
    }

    private Sysctls withLocalPorts(PortRange range) {
        return of(range, autobindReuse, nonlocalIpv4, nonlocalIpv6, bindV6only);
    }

    private Sysctls withReservedPorts(List<PortRange> ranges) {
        return new Sysctls(
                unprivilegedPorts, localPorts, ranges, autobindReuse, nonlocalIpv4, nonlocalIpv6, bindV6only);
    }

    /** Tells whether port 0 never becomes a port. */
    public boolean reserves(int port) {
        return reservedPorts.stream().anyMatch(range -> range.has(port));
    }

    /** Returns each setting by its name and value, as sysctl(8) writes them, in the order of the names. */
    public List<String> lines() {
        String reserved = reservedPorts.stream()
                .map(range -> range.lower() == range.upper() ? "" + range.lower() : range.lower() + "-" + range.upper())
                .collect(Collectors.joining(","));
        List<Object> values = List.of(
                unprivilegedPorts,
                localPorts.lower() + " " + localPorts.upper(),
                reserved,
                bit(autobindReuse),
                bit(nonlocalIpv4),
                bit(nonlocalIpv6),
                bit(bindV6only));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            lines.add(names().get(i) + "=" + values.get(i));
        }
        return lines;
    }

    private static int bit(boolean set) {
        return set ? 1 : 0;
    }

    private static boolean set(String text) {
        return Integer.parseInt(text) != 0;
    }

    private static int port(String text) {
        int port = Integer.parseInt(text);
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException();
        }
        return port;
    }

    private static PortRange range(String... ends) {
        PortRange range = new PortRange(port(ends[0]), port(ends[ends.length - 1]));
        if (range.lower() > range.upper() || ends.length > 2) {
            throw new IllegalArgumentException();
        }
        return range;
    }

    /** {@code 8080,9000-9010}; empty for none. */
    private static List<PortRange> ranges(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(","))
                        .map(part -> range(part.split("-")))
                        .toList();
    }
}
