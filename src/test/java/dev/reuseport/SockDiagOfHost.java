package dev.reuseport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.InetDiag;
import dev.reuseport.proc.Proc;
import dev.reuseport.proc.SockDiag;
import dev.reuseport.sys.JnrSyscalls;
import java.util.List;
import java.util.Optional;

/** What this kernel tells everybody of sockets: it may lack a module, and a sandbox may keep it away. */
public final class SockDiagOfHost {
    /** A port that nobody has. */
    private static final int NO_PORT = 1;

    private SockDiagOfHost() {}

    /** Skips the test where it tells nothing. */
    public static void assumePresent() {
        JnrSyscalls syscalls = new JnrSyscalls();
        assumeTrue(syscalls.abi().platform().linux(), "sock_diag is Linux's");
        for (Const protocol : List.of(Const.IPPROTO_TCP, Const.IPPROTO_UDP)) {
            Optional<String> problem =
                    SockDiag.atPort(syscalls, protocol, NO_PORT).problem();
            assumeTrue(problem.isEmpty(), () -> "sock_diag is not here: " + problem.orElseThrow());
        }
    }

    /** Tells whether it tells of TCP sockets that are bound and no more. */
    public static boolean tellsOfBound() {
        return Proc.ofHost().release().orElseThrow().atLeast(InetDiag.BOUND_SINCE);
    }
}
