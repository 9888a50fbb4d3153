package dev.reuseport.abi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private Netlink() {}

    /**
     * A message.
     *
     * @param payload what stands behind its header
     */
    public record Message(int type, ByteBuffer payload) {
        /** Returns the {@code -errno} of an NLMSG_ERROR or NLMSG_DONE; empty if it went well. */
        public OptionalInt failure() {
            int word = payload.remaining() < Integer.BYTES ? 0 : payload.getInt(payload.position());
            return word < 0 ? OptionalInt.of(word) : OptionalInt.empty();
        }
    }

    /** Writes the header of a request that wants all that fit it; the payload stands behind it already. */
    static void putDump(ByteBuffer into, int type, int length) {
        into.putInt(0, length).putShort(TYPE_AT, (short) type);
        into.putShort(TYPE_AT + Short.BYTES, (short) (NLM_F_REQUEST | NLM_F_DUMP))
                .putLong(2 * Integer.BYTES, 0);
    }

    /**
     * Splits what one call has returned.
     *
     * @throws IllegalArgumentException if it ends within a message
     */
    public static List<Message> split(Abi abi, ByteBuffer datagram) {
        ByteBuffer from = datagram.duplicate().order(abi.order());
        List<Message> messages = new ArrayList<>();
        while (from.hasRemaining()) {
            int length = from.remaining() < HEADER ? 0 : from.getInt(from.position());
            if (length < HEADER || length > from.remaining()) {
                throw new IllegalArgumentException("a message that was cut off");
            }
            int type = from.getShort(from.position() + TYPE_AT) & 0xffff;
            messages.add(new Message(type, part(from, HEADER, length)));
            skip(from, length);
        }
        return messages;
    }

    /**
     * Reads attributes, each by its type.
     *
     * @throws IllegalArgumentException if they end within one
     */
    static Map<Integer, ByteBuffer> attributes(ByteBuffer all) {
        ByteBuffer from = all.duplicate().order(all.order());
        Map<Integer, ByteBuffer> attributes = new HashMap<>();
        while (from.hasRemaining()) {
            int length = from.remaining() < ATTRIBUTE_HEADER ? 0 : from.getShort(from.position()) & 0xffff;
            if (length < ATTRIBUTE_HEADER || length > from.remaining()) {
                throw new IllegalArgumentException("an attribute that was cut off");
            }
            int type = from.getShort(from.position() + ATTRIBUTE_TYPE_AT) & NLA_TYPE_MASK;
            attributes.put(type, part(from, ATTRIBUTE_HEADER, length));
            skip(from, length);
        }
        return attributes;
    }

    private static ByteBuffer part(ByteBuffer whole, int from, int to) {
        return whole.slice(whole.position() + from, to - from).order(whole.order());
    }

    private static void skip(ByteBuffer from, int length) {
        int next = from.position() + (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        from.position(Math.min(next, from.limit()));
    }
}
