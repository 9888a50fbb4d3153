package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The frames that Linux puts its answers into: netlink(7), {@code struct nlmsghdr} and {@code struct nlattr}
 * (linux/netlink.h). All numbers are in the host's byte order and the same on every CPU.
 */
public final class Netlink {
    /** The protocol of {@code socket(2)} that is asked about sockets: sock_diag(7), Linux 3.3. */
    public static final int NETLINK_SOCK_DIAG = 4;

    /** A request for sockets, and a socket. */
    public static final int SOCK_DIAG_BY_FAMILY = 20;

    /** An errno as its only word, negative; 0 if it went well. */
    public static final int NLMSG_ERROR = 2;

    /** The end of an answer of many messages; since Linux 4.15 with a word that is a negative errno if it is not whole. */
    public static final int NLMSG_DONE = 3;

    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_DUMP = 0x300;

    /** {@code sizeof(struct nlmsghdr)} and {@code sizeof(struct nlattr)}. */
    static final int HEADER = 16;

    static final int ATTRIBUTE_HEADER = 4;

    private static final int ALIGNMENT = 4;
    private static final int TYPE_AT = 4;
    private static final int ATTRIBUTE_TYPE_AT = 2;

    /** The bits above say that attributes are nested, or in network order. */
    private static final int NLA_TYPE_MASK = 0x3fff;

    private static final int NO_TYPE = -1;

    private Netlink() {}

    /** Writes the header of a request that wants all that fit it; the payload stands behind it already. */
    static void putDump(ByteBuffer into, int type, int length) {
        into.putInt(0, length).putShort(TYPE_AT, (short) type);
        into.putShort(TYPE_AT + Short.BYTES, (short) (NLM_F_REQUEST | NLM_F_DUMP))
                .putLong(2 * Integer.BYTES, 0);
    }

    /** Goes through what one call has returned, a message after another; there may be a hundred thousand in all. */
    public static final class Messages {
        private final ByteBuffer datagram;
        private int next;
        private int type;

        public Messages(Abi abi, ByteBuffer datagram) {
            this.datagram = datagram.slice().order(abi.order());
        }

        /**
         * Goes to the next one, and tells whether there is one.
         *
         * @throws IllegalArgumentException if it is cut off
         */
        public boolean next() {
            datagram.limit(datagram.capacity()).position(next);
            if (!datagram.hasRemaining()) {
                return false;
            }
            int length = datagram.remaining() < HEADER ? 0 : datagram.getInt(next);
            if (length < HEADER || length > datagram.remaining()) {
                throw new IllegalArgumentException("a message that was cut off");
            }
            type = datagram.getShort(next + TYPE_AT) & 0xffff;
            datagram.limit(next + length).position(next + HEADER);
            next = Math.min(next + aligned(length), datagram.capacity());
            return true;
        }

        /** Returns its type. */
        public int type() {
            return type;
        }

        /** Returns what stands behind its header; it is the same buffer each time. */
        public ByteBuffer payload() {
            return datagram;
        }

        /** Returns the {@code -errno} of an NLMSG_ERROR or NLMSG_DONE; empty if it went well. */
        public OptionalInt failure() {
            int word = datagram.remaining() < Integer.BYTES ? 0 : datagram.getInt(datagram.position());
            return word < 0 ? OptionalInt.of(word) : OptionalInt.empty();
        }
    }

    /** As {@link #attribute}, of a type that none has: it is there to see that they are whole. */
    static void checkAttributes(ByteBuffer all) {
        attribute(all, NO_TYPE);
    }

    /**
     * Returns an attribute; of several of its type the last.
     *
     * @throws IllegalArgumentException if they end within one
     */
    static Optional<ByteBuffer> attribute(ByteBuffer all, int type) {
        int found = -1;
        int length;
        for (int at = all.position(); at < all.limit(); at += aligned(length)) {
            int left = all.limit() - at;
            length = left < ATTRIBUTE_HEADER ? 0 : all.getShort(at) & 0xffff;
            if (length < ATTRIBUTE_HEADER || length > left) {
                throw new IllegalArgumentException("an attribute that was cut off");
            }
            if ((all.getShort(at + ATTRIBUTE_TYPE_AT) & NLA_TYPE_MASK) == type) {
                found = at;
            }
        }
        return found < 0
                ? Optional.empty()
                : Optional.of(all.slice(found + ATTRIBUTE_HEADER, (all.getShort(found) & 0xffff) - ATTRIBUTE_HEADER)
                        .order(all.order()));
    }

    private static int aligned(int length) {
        return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
