package dev.reuseport.experiment.group;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Sockaddr;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Addresses to connect from, each handed out once.
 *
 * <p>The kernel's hash is as even as what it hashes. Left to itself it gives ports that were just freed out again, and the
 * same port goes to the same member: a chi-square test then sees an uneven spread where there is none. Nor does another
 * listening port change who gets what (Linux 6.18 only adds it to the hash), so that on Linux each run begins at another
 * address too, lest it repeat the former one.
 */
public final class SourcePorts {
    private static final int FIRST_UNPRIVILEGED = 1024;
    private static final int LAST = 0xffff;
    private static final int LOOPBACK = 0x7f000001;

    /** How many addresses of 127.0.0.0/8 to go through: sixteen million connections. */
    private static final int LOOPBACK_ADDRESSES = 254;

    private final Sockaddr target;
    private final Sockaddr first;
    private final int from;
    private final int span;
    private final int addresses;
    private final int offset;
    private long given;

    /**
     * Goes through all ports of a loopback address, and with IPv4 of those that follow it: on Linux, where all of
     * 127.0.0.0/8 is this host, of any one in it; elsewhere of {@code target}. Of another address of this host it goes
     * through the ports of that one.
     */
    public SourcePorts(Sockaddr target, Abi abi) {
        this(
                target,
                loopback(target) && abi.platform().linux() ? somewhereInLoopback() : target,
                FIRST_UNPRIVILEGED,
                LAST,
                loopback(target) ? LOOPBACK_ADDRESSES : 1);
    }

    private static boolean loopback(Sockaddr target) {
        return target instanceof Sockaddr.Inet
                && target.toInetSocketAddress().getAddress().isLoopbackAddress();
    }

    /** The first host of one of the networks 127.0.1.0/24 to 127.255.254.0/24. */
    private static Sockaddr somewhereInLoopback() {
        int network = ThreadLocalRandom.current().nextInt(1, 0xffff);
        return new Sockaddr.Inet(LOOPBACK | network << Byte.SIZE, 0);
    }

    /** Goes through the ports from {@code from} to {@code to} of so many addresses. */
    SourcePorts(Sockaddr first, int from, int to, int addresses) {
        this(first, first, from, to, addresses);
    }

    private SourcePorts(Sockaddr target, Sockaddr first, int from, int to, int addresses) {
        this.target = target;
        this.first = first;
        this.from = from;
        this.span = to - from + 1;
        this.addresses = addresses;
        this.offset = ThreadLocalRandom.current().nextInt(span);
    }

    /**
     * Returns the next one; empty if all were given. Somebody else may hold it. The target is none: while nobody listens
     * there, a socket would be connected with itself.
     */
    public Optional<Sockaddr> next() {
        Optional<Sockaddr> next = following();
        return next.filter(target::equals).isPresent() ? following() : next;
    }

    private Optional<Sockaddr> following() {
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
