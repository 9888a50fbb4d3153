package dev.reuseport.abi;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A socket address as the kernel takes and gives it: {@code struct sockaddr_in} or {@code struct sockaddr_in6}.
 *
 * <p>Linux and illumos begin with a 16-bit family, macOS and the BSDs with a length byte and a family byte. Ports and
 * addresses are in network order everywhere; the scope is in the host's. An IPv4-mapped address stays an {@link Inet6}
 * here, where {@link InetAddress} would turn it into IPv4 silently.
 */
public sealed interface Sockaddr {
    /** {@code struct sockaddr_in}: 16 bytes. {@code address} is big-endian, 127.0.0.1 being 0x7f000001. */
    record Inet(int address, int port) implements Sockaddr {
        @Override
        public Const family() {
            return Const.AF_INET;
        }

        /** Returns {@code ::ffff:a.b.c.d}, as an IPv6 socket writes this address. */
        public Inet6 mapped() {
            return new Inet6(0, 0xffffL << 32 | (address & 0xffffffffL), port, 0, 0);
        }

        @Override
        public String host() {
            return dotted(address);
        }

        @Override
        public boolean wildcard() {
            return address == 0;
        }

        @Override
        public boolean multicast() {
            return address >>> 28 == 0xe;
        }

        @Override
        public Inet withPort(int newPort) {
            return new Inet(address, newPort);
        }

        @Override
        public String toString() {
            return host() + ":" + port;
        }
    }

    /**
     * {@code struct sockaddr_in6}: 28 bytes, 32 on illumos. {@code high} and {@code low} are the two big-endian halves of
     * the address, ::1 being 0 and 1.
     */
    record Inet6(long high, long low, int port, int flowinfo, int scopeId) implements Sockaddr {
        @Override
        public Const family() {
            return Const.AF_INET6;
        }

        /** Tells whether this is {@code ::ffff:a.b.c.d}. */
        public boolean v4Mapped() {
            return high == 0 && low >>> 32 == 0xffff;
        }

        /** Tells whether this is {@code ::1}. */
        public boolean loopback() {
            return high == 0 && low == 1;
        }

        /** Tells whether it is one interface's alone: link-local, or multicast of the scopes 1 and 2 (RFC 4291). */
        public boolean needsScope() {
            int scope = (int) (high >>> 48) & 0xf;
            return linkLocal() || high >>> 56 == 0xff && (scope == 1 || scope == 2);
        }

        /** Tells whether this is of fe80::/10. */
        public boolean linkLocal() {
            return high >>> 54 == 0xfe80 >> 6;
        }

        @Override
        public String host() {
            int[] groups = new int[8];
            for (int i = 0; i < 8; i++) {
                groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i % 4))) & 0xffff;
            }
            int zerosAt = -1;
            int zeros = 1;
            for (int i = 0; i < 8; i++) {
                int end = i;
                while (end < 8 && groups[end] == 0) {
                    end++;
                }
                if (end - i > zeros) {
                    zerosAt = i;
                    zeros = end - i;
                }
                i = Math.max(i, end - 1);
            }
            boolean dottedTail = v4Mapped() || (zerosAt == 0 && zeros == 6);
            StringBuilder text = new StringBuilder(45);
            for (int i = 0; i < (dottedTail ? 6 : 8); i++) {
                if (i == zerosAt) {
                    text.append("::");
                    i += zeros - 1;
                } else {
                    text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                            .append(Integer.toHexString(groups[i]));
                }
            }
            if (dottedTail) {
                text.append(text.charAt(text.length() - 1) == ':' ? "" : ":").append(dotted((int) low));
            }
            return text.toString();
        }

        @Override
        public boolean multicast() {
            return v4Mapped() ? new Inet((int) low, port).multicast() : high >>> 56 == 0xff;
        }

        @Override
        public boolean wildcard() {
            return high == 0 && low == 0;
        }

        @Override
        public Inet6 withPort(int newPort) {
            return new Inet6(high, low, newPort, flowinfo, scopeId);
        }

        @Override
        public String toString() {
            return "[" + host() + (scopeId == 0 ? "" : "%" + scopeId) + "]:" + port;
        }
    }

    /** The size that holds any of them, in bytes. */
    int MAX_SIZE = 32;

    /** Returns AF_INET or AF_INET6. */
    Const family();

    /** Returns the port, 0 to 65535. */
    int port();

    /** Returns the address as {@code inet_ntop(3)} of glibc writes it, without a scope. */
    String host();

    /** Tells whether this is {@code 0.0.0.0} or {@code ::}. */
    boolean wildcard();

    /** Tells whether it is one of 224.0.0.0/4 or ff00::/8; an IPv4-mapped address counts as the IPv4 one. */
    boolean multicast();

    /** Tells whether it is 255.255.255.255; an IPv4-mapped address counts as the IPv4 one. */
    default boolean limitedBroadcast() {
        return this instanceof Inet inet
                ? inet.address() == -1
                : this instanceof Inet6 inet6 && inet6.v4Mapped() && (int) inet6.low() == -1;
    }

    /** Returns the IPv4 address of an IPv4-mapped one, and every other as it is. */
    default Sockaddr unmapped() {
        return this instanceof Inet6 inet6 && inet6.v4Mapped() ? new Inet((int) inet6.low(), port()) : this;
    }

    /** Returns the same address with another port. */
    Sockaddr withPort(int newPort);

    /** Returns the same address without a scope, as {@code /proc/net} has it. */
    default Sockaddr unscoped() {
        return this instanceof Inet6 inet6 && inet6.scopeId != 0
                ? new Inet6(inet6.high, inet6.low, inet6.port, inet6.flowinfo, 0)
                : this;
    }

    /** Returns {@code 0.0.0.0} or {@code ::} with this port. */
    default Sockaddr anyHost() {
        return this instanceof Inet ? new Inet(0, port()) : new Inet6(0, 0, port(), 0, 0);
    }

    /** Writes the structure at index 0 of {@code into} and returns its length in bytes. */
    default int encode(Abi abi, ByteBuffer into) {
        int length = this instanceof Inet ? abi.sockaddrInSize() : abi.sockaddrIn6Size();
        for (int i = 0; i < length; i++) {
            into.put(i, (byte) 0);
        }
        if (abi.sockaddrHasLength()) {
            into.put(0, (byte) length).put(1, (byte) abi.number(family()));
        } else {
            into.order(abi.order()).putShort(0, (short) abi.number(family()));
        }
        into.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) port());
        if (this instanceof Inet inet) {
            into.putInt(4, inet.address);
        } else if (this instanceof Inet6 inet6) {
            into.putInt(4, inet6.flowinfo).putLong(8, inet6.high).putLong(16, inet6.low);
            into.order(abi.order()).putInt(24, inet6.scopeId);
        }
        into.order(abi.order());
        return length;
    }

    /**
     * Reads the structure at index 0 of {@code from}, of which the kernel wrote {@code length} bytes.
     *
     * @throws IllegalArgumentException if it is neither AF_INET nor AF_INET6, or too short for its family
     */
    static Sockaddr decode(Abi abi, ByteBuffer from, int length) {
        ByteOrder callers = from.order();
        try {
            int family = length < 2
                    ? -1
                    : abi.sockaddrHasLength()
                            ? from.get(1) & 0xff
                            : from.order(abi.order()).getShort(0) & 0xffff;
            if (family == abi.number(Const.AF_INET) && length >= abi.sockaddrInSize()) {
                from.order(ByteOrder.BIG_ENDIAN);
                return new Inet(from.getInt(4), from.getShort(2) & 0xffff);
            }
            if (family == abi.number(Const.AF_INET6) && length >= abi.sockaddrIn6Size()) {
                int scopeId = from.order(abi.order()).getInt(24);
                from.order(ByteOrder.BIG_ENDIAN);
                int port = from.getShort(2) & 0xffff;
                return new Inet6(from.getLong(8), from.getLong(16), port, from.getInt(4), scopeId);
            }
            throw new IllegalArgumentException("a sockaddr of " + length + " bytes and family " + family);
        } finally {
            from.order(callers);
        }
    }

    /**
     * Turns what the user typed into an address: an IPv4 or IPv6 literal ({@code fe80::1%eth0} too), or a name. Of a
     * name's addresses the first IPv6 one is taken, else the first.
     *
     * @throws UnknownHostException if the name has no address, or the scope is no interface of this host
     */
    static Sockaddr resolve(String host, int port) throws UnknownHostException {
        InetAddress[] found = InetAddress.getAllByName(host);
        InetAddress chosen = found[0];
        for (InetAddress address : found) {
            if (address instanceof Inet6Address) {
                chosen = address;
                break;
            }
        }
        boolean typedAsIpv6 = host.indexOf(':') >= 0;
        return of(new InetSocketAddress(chosen, port), typedAsIpv6 ? Const.AF_INET6 : null);
    }

    /**
     * Turns what the user typed into all the addresses that it names: of a literal one, of a name those of IPv6 first.
     *
     * @throws UnknownHostException as above
     */
    static List<Sockaddr> resolveAll(String host, int port) throws UnknownHostException {
        boolean typedAsIpv6 = host.indexOf(':') >= 0;
        return Arrays.stream(InetAddress.getAllByName(host))
                .map(found -> of(new InetSocketAddress(found, port), typedAsIpv6 ? Const.AF_INET6 : null))
                .distinct()
                .sorted(Comparator.comparing(address -> address instanceof Inet))
                .toList();
    }

    /** Converts the JDK's address; under AF_INET6 an IPv4 address becomes IPv4-mapped, as it is to the kernel. */
    static Sockaddr of(InetSocketAddress address, Const family) {
        InetAddress host = address.getAddress();
        ByteBuffer bytes = ByteBuffer.wrap(host.getAddress());
        if (host instanceof Inet4Address) {
            Inet inet = new Inet(bytes.getInt(), address.getPort());
            return family == Const.AF_INET6 ? inet.mapped() : inet;
        }
        int scope = host instanceof Inet6Address inet6 ? inet6.getScopeId() : 0;
        return new Inet6(bytes.getLong(), bytes.getLong(), address.getPort(), 0, scope);
    }

    /** Converts to the JDK's address, which has no flow label and shows an IPv4-mapped address as IPv4. */
    default InetSocketAddress toInetSocketAddress() {
        try {
            if (this instanceof Inet inet) {
                byte[] bytes = ByteBuffer.allocate(4).putInt(inet.address).array();
                return new InetSocketAddress(InetAddress.getByAddress(bytes), port());
            }
            Inet6 inet6 = (Inet6) this;
            byte[] bytes = ByteBuffer.allocate(16)
                    .putLong(inet6.high)
                    .putLong(inet6.low)
                    .array();
            InetAddress host = inet6.v4Mapped() || inet6.scopeId == 0
                    ? InetAddress.getByAddress(bytes)
                    : Inet6Address.getByAddress(null, bytes, inet6.scopeId);
            return new InetSocketAddress(host, port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 4 or 16 bytes is always one", e);
        }
    }

    private static String dotted(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address & 0xff);
    }
}
