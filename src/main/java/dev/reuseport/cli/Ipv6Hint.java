package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Ipv6Loopback;
import dev.reuseport.sys.Binding;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.NotPossibleException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Optional;

/** What is said beside a failure on a machine without ::1, which commands take if they are told nothing else. */
final class Ipv6Hint {
    private Ipv6Hint() {}

    /** Returns the address of IPv4 for one of IPv6 that every machine is expected to have; empty for all others. */
    static Optional<String> ipv4For(Sockaddr address) {
        if (!(address instanceof Sockaddr.Inet6 six) || six.high() != 0 || six.low() > 1 || six.low() < 0) {
            return Optional.empty();
        }
        return Optional.of(six.low() == 0 ? "0.0.0.0" : "127.0.0.1");
    }

    /** For commands whose receivers are processes of their own, and only print what failed. */
    static void need(Optional<String> instead) throws NotPossibleException {
        Optional<String> lacking = instead.flatMap(Ipv6Hint::of);
        if (lacking.isPresent()) {
            throw new NotPossibleException(lacking.get());
        }
    }

    /** Tells whether a failure is one that no IPv6 explains. */
    static boolean concerns(IOException failure) {
        if (failure instanceof ErrnoException call) {
            return concerns(call.errno().name());
        }
        return failure instanceof SocketException
                || failure instanceof NotPossibleException
                        && failure.getCause() instanceof UnsupportedOperationException;
    }

    /** The same of an errno's name. */
    static boolean concerns(String errno) {
        return errno.equals(Const.EADDRNOTAVAIL.name()) || errno.equals(Const.EAFNOSUPPORT.name());
    }

    /** Returns what the machine lacks and what to type instead; empty if that is not why it failed. */
    static Optional<String> of(IOException failure, Command failed) {
        return concerns(failure) ? failed.withoutIpv6().flatMap(Ipv6Hint::of) : Optional.empty();
    }

    /** Returns what the machine lacks and what to type instead; empty if it lacks nothing. */
    static Optional<String> of(String instead) {
        try {
            return Ipv6Loopback.missing(Binding.JNR.load(), Proc.ofHost()).map(why -> why + "; without it: " + instead);
        } catch (IOException | LinkageError e) {
            return Optional.empty();
        }
    }
}
