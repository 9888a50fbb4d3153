package dev.reuseport.inspect;

import dev.reuseport.abi.InetDiag;
import dev.reuseport.option.TcpInfo;
import java.util.Optional;

/**
 * A listener's queue of connections that wait to be accepted.
 *
 * @param length how many wait
 * @param limit how many may: the backlog given to {@code listen}, at most net.core.somaxconn; one more than it fits
 */
public record AcceptQueue(long length, long limit) {

    /** Reads it out of a listener's TCP_INFO, where unacked and sacked stand for them ({@code tcp_get_info}). */
    static Optional<AcceptQueue> of(TcpInfo info) {
        Long length = info.fields().get("unacked");
        Long limit = info.fields().get("sacked");
        return length == null || limit == null ? Optional.empty() : Optional.of(new AcceptQueue(length, limit));
    }

    /** Takes it from what the kernel tells everybody of a listener. */
    static AcceptQueue of(InetDiag listener) {
        return new AcceptQueue(listener.receiveQueue(), listener.transmitQueue());
    }

    /** {@code 3 of 128}. */
    @Override
    public String toString() {
        return length + " of " + limit;
    }
}
