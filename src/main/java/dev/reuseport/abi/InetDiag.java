package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A TCP or UDP socket as Linux tells of it to everybody, whoever owns it: {@code struct inet_diag_msg} and what stands
 * behind it (sock_diag(7), linux/inet_diag.h, {@code inet_sk_diag_fill}).
 *
 * <p>Of SO_REUSEADDR and SO_REUSEPORT no kernel up to 7.2 tells anything.
 *
 * @param protocol IPPROTO_TCP or IPPROTO_UDP, as asked for; a subflow of MPTCP is TCP here
 * @param local what it is bound to; the scope of a link-local address is the device's
 * @param peer the other end, port 0 if there is none
 * @param state what it does; CLOSE if it is bound and no more
 * @param device the index of the interface that it is bound to, 0 for none
 * @param receiveQueue bytes not read yet; of a listener the connections not accepted yet
 * @param transmitQueue bytes not acknowledged yet; of a listener its limit, see {@code listen(2)}
 * @param uid who made it, as this user namespace counts
 * @param inode which socket it is; 0 if no process has a descriptor of it
 * @param cookie what SO_COOKIE reads
 * @param attributes what else was told, as it stood in memory
 */
public record InetDiag(
        Const protocol,
        Sockaddr local,
        Sockaddr peer,
        SocketState state,
        int device,
        long receiveQueue,
        long transmitQueue,
        int uid,
        long inode,
        long cookie,
        ByteBuffer attributes) {
    // Attributes, with the Linux that first told them.
    static final int INET_DIAG_INFO = 2;
    static final int INET_DIAG_CONG = 4;
    static final int INET_DIAG_TOS = 5;
    static final int INET_DIAG_TCLASS = 6;
    static final int INET_DIAG_SKMEMINFO = 7; // 3.6
    static final int INET_DIAG_SHUTDOWN = 8; // 3.7
    static final int INET_DIAG_SKV6ONLY = 11; // 4.3, of what listens or is bound and no more
    static final int INET_DIAG_MARK = 15; // 4.7, to whoever has CAP_NET_ADMIN
    static final int INET_DIAG_CGROUP_ID = 21; // 5.8
    static final int INET_DIAG_SOCKOPT = 22; // after 5.8, at the latest in 5.10

    /** {@code sizeof(struct inet_diag_req_v2)} and the places of its fields, behind the header. */
    static final int REQUEST = 56;

    static final int EXTENSIONS_AT = 2;
    static final int STATES_AT = 4;

    /** Of {@code struct inet_diag_sockid} within the request; the addresses, the device and the cookie stay 0. */
    static final int REQUEST_SPORT_AT = 8;

    /** {@code sizeof(struct inet_diag_msg)} and the places of its fields. */
    static final int MESSAGE = 72;

    static final int SPORT_AT = 4;
    static final int DPORT_AT = 6;
    static final int SRC_AT = 8;
    static final int DST_AT = 24;
    static final int IF_AT = 40;
    static final int COOKIE_AT = 44;
    static final int RQUEUE_AT = 56;
    static final int WQUEUE_AT = 60;
    static final int UID_AT = 64;
    static final int INODE_AT = 68;

    /**
     * The state that asks for TCP sockets that are bound and neither listen nor are connected (net/tcp_states.h, Linux 6.8,
     * "tcp: Dump bound-only sockets in inet_diag"); they are told as CLOSE. Before, no list has them.
     */
    private static final int TCP_BOUND_INACTIVE = 13;

    /** The release since which {@link #request} gets sockets that are bound and no more. */
    public static final LinuxRelease BOUND_SINCE = new LinuxRelease(6, 8, LinuxRelease.ANY);

    /** Words of INET_DIAG_SKMEMINFO, which has the bytes of SO_MEMINFO (linux/sock_diag.h). */
    static final int SK_MEMINFO_RCVBUF = 1;

    static final int SK_MEMINFO_SNDBUF = 3;
    static final int SK_MEMINFO_DROPS = 8;

    /** Bits of INET_DIAG_SHUTDOWN: RCV_SHUTDOWN and SEND_SHUTDOWN (net/sock.h). */
    private static final int BOTH_SHUT = 3;

    private static final Map<Integer, String> SHUTDOWNS = Map.of(1, "SHUT_RD", 2, "SHUT_WR", BOTH_SHUT, "SHUT_RDWR");

    // struct inet_diag_sockopt is of bit-fields, in this order.
    private static final int RECVERR = 0;
    private static final int FREEBIND = 2;
    private static final int HDRINCL = 3;
    private static final int MC_LOOP = 4;
    private static final int TRANSPARENT = 5;
    private static final int MC_ALL = 6;
    private static final int NODEFRAG = 7;
    private static final int BIND_ADDRESS_NO_PORT = 8;
    private static final int RECVERR_RFC4884 = 9;

    /** Which sockets are asked for, and how much of them. */
    public enum Wanted {
        /** All but connections that are not there yet or not any more: addresses, queues, memory. */
        BIND(1 << (INET_DIAG_SKMEMINFO - 1)),
        /** The same ones, with all that can be told. */
        EVERYTHING(BIND.extensions
                | 1 << (INET_DIAG_INFO - 1)
                | 1 << (INET_DIAG_CONG - 1)
                | 1 << (INET_DIAG_TOS - 1)
                | 1 << (INET_DIAG_TCLASS - 1)),
        /** What listens, or is bound and not connected: addresses, queues, memory. */
        SERVERS(BIND.extensions),
        /** What listens alone, of TCP. */
        LISTENERS(BIND.extensions),
        /** What is or was connected: addresses and inodes alone, which {@link #decodeEnd} reads. */
        CONNECTIONS(0);

        private final int extensions;

        Wanted(int extensions) {
            this.extensions = extensions;
        }

        private boolean has(SocketState state) {
            return switch (state) {
                case TIME_WAIT, SYN_RECV, NEW_SYN_RECV -> false;
                case LISTEN -> this != CONNECTIONS;
                case CLOSE -> this != CONNECTIONS && this != LISTENERS;
                default -> this != SERVERS && this != LISTENERS;
            };
        }
    }

    /**
     * Writes a request for sockets of a family, and returns its length.
     *
     * @param port of which local port; 0 for all. Of sockets that are bound and no more the kernel tells all the same
     */
    public static int request(Abi abi, ByteBuffer into, Const family, Const protocol, int port, Wanted wanted) {
        for (int i = 0; i < Netlink.HEADER + REQUEST; i++) {
            into.put(i, (byte) 0);
        }
        into.order(abi.order());
        into.put(Netlink.HEADER, (byte) abi.number(family)).put(Netlink.HEADER + 1, (byte) abi.number(protocol));
        into.put(Netlink.HEADER + EXTENSIONS_AT, (byte) wanted.extensions);
        into.putInt(Netlink.HEADER + STATES_AT, states(abi, wanted));
        into.order(ByteOrder.BIG_ENDIAN).putShort(Netlink.HEADER + REQUEST_SPORT_AT, (short) port);
        into.order(abi.order());
        Netlink.putDump(into, Netlink.SOCK_DIAG_BY_FAMILY, Netlink.HEADER + REQUEST);
        return Netlink.HEADER + REQUEST;
    }

    private static int states(Abi abi, Wanted wanted) {
        int states = wanted.has(SocketState.CLOSE) ? 1 << TCP_BOUND_INACTIVE : 0;
        for (SocketState state : SocketState.values()) {
            states |= wanted.has(state) ? 1 << state.number(abi) : 0;
        }
        return states;
    }

    /**
     * Reads a message's payload.
     *
     * @throws IllegalArgumentException if it is not what {@link #request} asks for
     */
    public static InetDiag decode(Abi abi, Const protocol, ByteBuffer payload) {
        checkLength(payload);
        ByteBuffer from = payload.slice().order(abi.order());
        int device = from.getInt(IF_AT);
        return new InetDiag(
                protocol,
                address(abi, payload, SPORT_AT, SRC_AT, device),
                address(abi, payload, DPORT_AT, DST_AT, device),
                state(abi, from.get(1)),
                device,
                from.getInt(RQUEUE_AT) & 0xffffffffL,
                from.getInt(WQUEUE_AT) & 0xffffffffL,
                from.getInt(UID_AT),
                from.getInt(INODE_AT) & 0xffffffffL,
                from.getInt(COOKIE_AT) & 0xffffffffL | (long) from.getInt(COOKIE_AT + Integer.BYTES) << Integer.SIZE,
                attributes(abi, from));
    }

    /** What takes the ends of connections: there may be a hundred thousand at each look, so that they are no objects. */
    public interface Ends {
        /** Takes the next one; see {@link InetDiag} for what it is told. */
        void end(Sockaddr local, Sockaddr peer, SocketState state, int device, int uid, long inode);
    }

    /**
     * Reads of a message's payload what is wanted of connections, and hands it on.
     *
     * @param former what one of the others is bound to: most are bound to the same
     * @return what this one is bound to; {@code former} if that is the same
     * @throws IllegalArgumentException as {@link #decode}
     */
    public static Sockaddr decodeEnd(Abi abi, ByteBuffer payload, Sockaddr former, Ends ends) {
        checkLength(payload);
        int at = payload.position();
        ByteOrder callers = payload.order();
        payload.order(abi.order());
        int device = payload.getInt(at + IF_AT);
        int uid = payload.getInt(at + UID_AT);
        long inode = payload.getInt(at + INODE_AT) & 0xffffffffL;
        payload.order(callers);
        Sockaddr address = address(abi, payload, SPORT_AT, SRC_AT, device);
        Sockaddr local = address.equals(former) ? former : address;
        Sockaddr peer = address(abi, payload, DPORT_AT, DST_AT, device);
        ends.end(local, peer, state(abi, payload.get(at + 1)), device, uid, inode);
        return local;
    }

    private static void checkLength(ByteBuffer payload) {
        if (payload.remaining() < MESSAGE) {
            throw new IllegalArgumentException("a message that was cut off");
        }
    }

    private static SocketState state(Abi abi, int number) {
        return SocketState.of(abi, number).orElseThrow(() -> new IllegalArgumentException("no such state: " + number));
    }

    private static ByteBuffer attributes(Abi abi, ByteBuffer from) {
        // The buffer is the next answer's by then, and there may be a hundred thousand of these.
        ByteBuffer attributes = ByteBuffer.allocate(from.remaining() - MESSAGE).order(abi.order());
        attributes.put(0, from, MESSAGE, attributes.capacity());
        Netlink.checkAttributes(attributes);
        return attributes.asReadOnlyBuffer().order(abi.order());
    }

    /** Addresses and ports are in network order. */
    private static Sockaddr address(Abi abi, ByteBuffer payload, int portAt, int addressAt, int device) {
        int at = payload.position();
        ByteOrder callers = payload.order();
        payload.order(ByteOrder.BIG_ENDIAN);
        int port = payload.getShort(at + portAt) & 0xffff;
        int four = payload.getInt(at + addressAt);
        long high = payload.getLong(at + addressAt);
        long low = payload.getLong(at + addressAt + Long.BYTES);
        payload.order(callers);
        int family = payload.get(at);
        if (family == abi.number(Const.AF_INET)) {
            return new Sockaddr.Inet(four, port);
        }
        if (family != abi.number(Const.AF_INET6)) {
            throw new IllegalArgumentException("no such family: " + family);
        }
        boolean scoped = new Sockaddr.Inet6(high, low, 0, 0, 0).needsScope();
        return new Sockaddr.Inet6(high, low, port, 0, scoped ? device : 0);
    }

    /** Returns whether it has IPV6_V6ONLY; empty of what is connected, of IPv4, and before Linux 4.3. */
    public Optional<Boolean> v6only() {
        return attribute(INET_DIAG_SKV6ONLY, Byte.BYTES).map(value -> value.get(0) != 0);
    }

    /** Returns the number of its cgroup of version 2; empty before Linux 5.8. */
    public OptionalLong cgroup() {
        return attribute(INET_DIAG_CGROUP_ID, Long.BYTES).stream()
                .mapToLong(value -> value.getLong(0))
                .findFirst();
    }

    /** Returns how many packets or connections it had no room for. */
    public OptionalLong drops() {
        return memory(SK_MEMINFO_DROPS).stream()
                .mapToLong(word -> word & 0xffffffffL)
                .findFirst();
    }

    /** Returns how many bytes it has room for that are not read yet, as SO_RCVBUF reads it. */
    public OptionalLong receiveBuffer() {
        return memory(SK_MEMINFO_RCVBUF).stream().mapToLong(Integer::longValue).findFirst();
    }

    /** Returns what it was shut down for, as {@code shutdown(2)} calls it: SHUT_RD, SHUT_WR or SHUT_RDWR. */
    public Optional<String> shutdown() {
        return attribute(INET_DIAG_SHUTDOWN, Byte.BYTES).map(value -> SHUTDOWNS.get(value.get(0) & BOTH_SHUT));
    }

    /**
     * Returns the bytes that {@code getsockopt(2)} would give for an option, where they follow from what was told; empty
     * where they do not. SO_BINDTODEVICE is a name, which is for the caller to find.
     */
    public Optional<byte[]> optval(Abi abi, Const option) {
        return switch (option) {
            case SO_ACCEPTCONN -> word(abi, state == SocketState.LISTEN ? 1 : 0);
            case SO_BINDTOIFINDEX -> word(abi, device);
            case SO_COOKIE ->
                Optional.of(ByteBuffer.allocate(Long.BYTES)
                        .order(abi.order())
                        .putLong(cookie)
                        .array());
            case SO_DOMAIN -> word(abi, abi.number(local.family()));
            case SO_TYPE -> word(abi, abi.number(protocol == Const.IPPROTO_UDP ? Const.SOCK_DGRAM : Const.SOCK_STREAM));
            case SO_PROTOCOL -> protocol == Const.IPPROTO_UDP ? word(abi, abi.number(protocol)) : Optional.empty();
            case SO_MARK -> bytes(INET_DIAG_MARK);
            case SO_MEMINFO -> bytes(INET_DIAG_SKMEMINFO);
            case SO_RCVBUF -> memory(SK_MEMINFO_RCVBUF).flatMap(word -> word(abi, word));
            case SO_SNDBUF -> memory(SK_MEMINFO_SNDBUF).flatMap(word -> word(abi, word));
            case IP_TOS -> octet(abi, INET_DIAG_TOS);
            case IPV6_TCLASS -> octet(abi, INET_DIAG_TCLASS);
            case IPV6_V6ONLY -> octet(abi, INET_DIAG_SKV6ONLY);
            case IP_RECVERR -> bit(abi, RECVERR);
            case IP_FREEBIND -> bit(abi, FREEBIND);
            case IPV6_FREEBIND -> ipv6(bit(abi, FREEBIND));
            case IP_HDRINCL -> bit(abi, HDRINCL);
            case IP_MULTICAST_LOOP -> bit(abi, MC_LOOP);
            case IP_TRANSPARENT -> bit(abi, TRANSPARENT);
            case IPV6_TRANSPARENT -> ipv6(bit(abi, TRANSPARENT));
            case IP_MULTICAST_ALL -> bit(abi, MC_ALL);
            case IP_NODEFRAG -> bit(abi, NODEFRAG);
            case IP_BIND_ADDRESS_NO_PORT -> bit(abi, BIND_ADDRESS_NO_PORT);
            case IP_RECVERR_RFC4884 -> bit(abi, RECVERR_RFC4884);
            case TCP_INFO -> bytes(INET_DIAG_INFO);
            case TCP_CONGESTION -> bytes(INET_DIAG_CONG);
            default -> Optional.empty();
        };
    }

    /** An IPv4 socket has no options of IPv6. */
    private Optional<byte[]> ipv6(Optional<byte[]> bytes) {
        return bytes.filter(any -> local.family() == Const.AF_INET6);
    }

    private Optional<ByteBuffer> attribute(int type, int length) {
        return Netlink.attribute(attributes, type).filter(value -> value.remaining() >= length);
    }

    private Optional<byte[]> bytes(int type) {
        return attribute(type, 1).map(value -> {
            byte[] bytes = new byte[value.remaining()];
            value.get(0, bytes);
            return bytes;
        });
    }

    /** Returns what SO_MEMINFO says of packets that were dropped, as INET_DIAG_SKMEMINFO does; empty before Linux 4.6. */
    public static OptionalInt drops(Abi abi, byte[] meminfo) {
        int at = SK_MEMINFO_DROPS * Integer.BYTES;
        return meminfo.length < at + Integer.BYTES
                ? OptionalInt.empty()
                : OptionalInt.of(ByteBuffer.wrap(meminfo).order(abi.order()).getInt(at));
    }

    private Optional<Integer> memory(int word) {
        return attribute(INET_DIAG_SKMEMINFO, (word + 1) * Integer.BYTES)
                .map(value -> value.getInt(word * Integer.BYTES));
    }

    private Optional<byte[]> octet(Abi abi, int type) {
        return attribute(type, Byte.BYTES).flatMap(value -> word(abi, value.get(0) & 0xff));
    }

    /** The compiler fills bit-fields from the low end on little-endian CPUs and from the high end on the others. */
    private Optional<byte[]> bit(Abi abi, int number) {
        int place = number % Byte.SIZE;
        int shift = abi.order() == ByteOrder.LITTLE_ENDIAN ? place : Byte.SIZE - 1 - place;
        return attribute(INET_DIAG_SOCKOPT, number / Byte.SIZE + 1)
                .flatMap(value -> word(abi, value.get(number / Byte.SIZE) >>> shift & 1));
    }

    private static Optional<byte[]> word(Abi abi, int value) {
        return Optional.of(ByteBuffer.allocate(Integer.BYTES)
                .order(abi.order())
                .putInt(value)
                .array());
    }
}
