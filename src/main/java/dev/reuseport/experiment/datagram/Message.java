package dev.reuseport.experiment.datagram;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What an experiment sends.
 *
 * @param run drawn for each run, so that what somebody else sends is not counted
 * @param source who sends it, from 0
 * @param number which of its datagrams it is, from 0
 */
public record Message(long run, int source, int number) {
    /** How many bytes it takes. */
    public static final int SIZE = Long.BYTES + 2 * Integer.BYTES;

    byte[] bytes() {
        return ByteBuffer.allocate(SIZE)
                .putLong(run)
                .putInt(source)
                .putInt(number)
                .array();
    }

    /** Reads one; empty if it is none. */
    static Optional<Message> of(byte[] bytes) {
        if (bytes.length != SIZE) {
            return Optional.empty();
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        return Optional.of(new Message(from.getLong(), from.getInt(), from.getInt()));
    }
}
