package dev.reuseport.experiment;

import dev.reuseport.sys.Sockaddr;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Addresses to connect from, each handed out once.
 *
 * <p>The kernel's hash is as even as what it hashes. Left to itself it gives ports that were just freed out again, and the
 * same port goes to the same member: a chi-square test then sees an uneven spread where there is none.
 */
final class SourcePorts {
    private static final int FIRST_UNPRIVILEGED = 1024;
    private static final int LAST = 0xffff;

    /** How many addresses of 127.0.0.0/8 to go through: sixteen million connections. */
    private static final int LOOPBACK_ADDRESSES = 254;

    private final Sockaddr first;
    private final int from;
    private final int span;
    private final int addresses;
    private final int offset;
    private long given;

    /** Goes through all ports of the loopback address that {@code target} is, and with IPv4 of those that follow it. */
    SourcePorts(Sockaddr target) {
        this(target, FIRST_UNPRIVILEGED, LAST, target instanceof Sockaddr.Inet ? LOOPBACK_ADDRESSES : 1);
    }

    /** Goes through the ports from {@code from} to {@code to} of so many addresses. */
    SourcePorts(Sockaddr first, int from, int to, int addresses) {
        this.first = first;
        this.from = from;
        this.span = to - from + 1;
        this.addresses = addresses;
        this.offset = ThreadLocalRandom.current().nextInt(span);
    }

    /** Returns the next one; empty if all were given. Somebody else may hold it. */
    Optional<Sockaddr> next() {
        if (given >= (long) span * addresses) {
            return Optional.empty();
        }
        int port = from + (int) ((given + offset) % span);
        int step = (int) (given / span);
        given++;
        return Optional.of(
                first instanceof Sockaddr.Inet inet
                        ? new Sockaddr.Inet(inet.address() + step, port)
                        : first.withPort(port));
    }
}
