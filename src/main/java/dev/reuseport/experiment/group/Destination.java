package dev.reuseport.experiment.group;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.inspect.ServerSockets;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Ipv6Loopback;
import dev.reuseport.sys.NotPossibleException;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import java.util.Optional;

/** Where a client on this host connects to reach a server that runs already. */
public final class Destination {
    private Destination() {}

    /** Looks who listens there, if it is a wildcard, which is any of its port; and returns the loopback address to connect to. */
    public static Sockaddr of(Syscalls syscalls, Proc proc, Sockaddr asked) throws IOException {
        if (!asked.wildcard()) {
            return SystemRules.destination(asked);
        }
        Optional<RunningGroup> server;
        try {
            ServerSockets.Look look = new ServerSockets(syscalls, proc, Const.IPPROTO_TCP, asked.port()).look();
            server = Serving.chosen(RunningGroup.of(Const.IPPROTO_TCP, look, false), asked);
        } catch (NotPossibleException e) {
            server = Optional.empty();
        }
        return server.isPresent() ? of(syscalls, proc, asked, server.get()) : SystemRules.destination(asked);
    }

    /** The same where it is known who listens: a wildcard of IPv6 serves IPv4 too, which is left where there is no ::1. */
    public static Sockaddr of(Syscalls syscalls, Proc proc, Sockaddr asked, RunningGroup server) {
        if (!asked.wildcard()) {
            return SystemRules.destination(asked);
        }
        boolean bothFamilies =
                server.local().wildcard() && server.local().family() == Const.AF_INET6 && !server.v6only();
        return SystemRules.destination(
                bothFamilies && Ipv6Loopback.missing(syscalls, proc).isPresent()
                        ? new Sockaddr.Inet(0, asked.port())
                        : server.local());
    }
}
