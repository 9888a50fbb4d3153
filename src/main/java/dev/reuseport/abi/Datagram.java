package dev.reuseport.abi;

import java.nio.ByteBuffer;

/**
 * One message to one address as {@code sendmsg(2)} takes it, or from one as {@code recvmsg(2)} gives it, in one piece of
 * memory: {@code struct msghdr}, a {@code struct iovec}, the address and the bytes.
 *
 * <p>{@code msg_iovlen} is a {@code size_t} on Linux and an {@code int} elsewhere; what follows it is null here, and stands
 * in other places on other systems without doing harm. The members before it are words apart everywhere.
 *
 * @param abi whose layouts
 */
public record Datagram(Abi abi) {
    private static final int MEMBERS = 7;

    /** {@code offsetof(struct msghdr, msg_namelen)}; msg_name is at 0. */
    int namelenAt() {
        return abi.wordSize();
    }

    /** {@code offsetof(struct msghdr, msg_iov)}. */
    int iovAt() {
        return 2 * abi.wordSize();
    }

    /** {@code offsetof(struct msghdr, msg_iovlen)}. */
    int iovlenAt() {
        return 3 * abi.wordSize();
    }

    /** {@code sizeof(((struct msghdr *) 0)->msg_iovlen)}. */
    int iovlenSize() {
        return abi.platform().linux() ? abi.wordSize() : Integer.BYTES;
    }

    /** {@code sizeof(struct iovec)}: iov_base, iov_len. */
    int iovecSize() {
        return 2 * abi.wordSize();
    }

    private int iovecAt() {
        // Where struct msghdr has ended on every system.
        return MEMBERS * Long.BYTES;
    }

    private int nameAt() {
        return iovecAt() + 2 * Long.BYTES;
    }

    private int payloadAt() {
        return nameAt() + Sockaddr.MAX_SIZE;
    }

    /** Returns how many bytes of memory it takes with a payload of {@code length} bytes. */
    public int size(int length) {
        return payloadAt() + length;
    }

    /**
     * Writes it at index 0 of {@code into}.
     *
     * @param at the address of index 0 in memory
     */
    public void encode(ByteBuffer into, long at, Sockaddr to, byte[] payload) {
        into.put(payloadAt(), payload);
        encode(into, at, to.encode(abi, into.slice(nameAt(), Sockaddr.MAX_SIZE)), payload.length);
    }

    /**
     * Writes at index 0 of {@code into} that a message of at most {@code capacity} bytes is wanted, and whose it is.
     *
     * @param at the address of index 0 in memory
     */
    public void prepare(ByteBuffer into, long at, int capacity) {
        encode(into, at, Sockaddr.MAX_SIZE, capacity);
    }

    /** Returns who sent what came into the memory that was {@linkplain #prepare prepared}. */
    public Sockaddr sender(ByteBuffer from) {
        return Sockaddr.decode(
                abi,
                from.slice(nameAt(), Sockaddr.MAX_SIZE).order(abi.order()),
                from.order(abi.order()).getInt(namelenAt()));
    }

    /** Returns a copy of the {@code length} bytes that came. */
    public byte[] payload(ByteBuffer from, int length) {
        byte[] payload = new byte[length];
        from.get(payloadAt(), payload);
        return payload;
    }

    private void encode(ByteBuffer into, long at, int namelen, int length) {
        for (int i = 0; i < nameAt(); i++) {
            into.put(i, (byte) 0);
        }
        into.order(abi.order());
        putWord(into, 0, at + nameAt());
        into.putInt(namelenAt(), namelen);
        putWord(into, iovAt(), at + iovecAt());
        if (iovlenSize() == Integer.BYTES) {
            into.putInt(iovlenAt(), 1);
        } else {
            into.putLong(iovlenAt(), 1);
        }
        putWord(into, iovecAt(), at + payloadAt());
        putWord(into, iovecAt() + abi.wordSize(), length);
    }

    private void putWord(ByteBuffer into, int index, long value) {
        if (abi.wordSize() == Integer.BYTES) {
            into.putInt(index, (int) value);
        } else {
            into.putLong(index, value);
        }
    }
}
