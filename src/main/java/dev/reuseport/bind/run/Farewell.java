package dev.reuseport.bind.run;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.NativeBuffer;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Ends of TCP connections, waited for: a case must not depend on how fast the loopback interface delivers. */
final class Farewell {
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final LingerTime AT_ONCE = new LingerTime(true, Duration.ZERO);

    private Farewell() {}

    /** Follows a peer that closed first, and returns once it has heard of that. */
    static void follow(NativeSocket socket, NativeBuffer scratch) throws IOException {
        while (true) {
            int[] count = {-1};
            IOException[] failure = {null};
            await("the peer's end of the connection", () -> {
                try {
                    count[0] = socket.receiveNow(scratch, scratch.size());
                } catch (IOException e) {
                    failure[0] = e;
                }
                return count[0] >= 0 || failure[0] != null;
            });
            if (failure[0] != null) {
                throw failure[0];
            }
            if (count[0] == 0) {
                break;
            }
        }
        socket.shutdownOutput();
        await("the end of the connection", () -> gone(socket));
        socket.close();
    }

    private static boolean gone(NativeSocket socket) {
        Abi abi = socket.abi();
        if (!abi.defines(Const.TCP_CLOSE)) {
            return true;
        }
        // The first byte of struct tcp_info is the state.
        Probe<Raw> state = socket.getRaw(abi.number(Const.IPPROTO_TCP), abi.number(Const.TCP_INFO), 1);
        return state.toOptional()
                .map(raw -> raw.bytes()[0] == abi.number(Const.TCP_CLOSE))
                .orElse(true);
    }

    /** Closes with a RST, which leaves no TIME_WAIT. */
    static void abort(NativeSocket socket) throws IOException {
        socket.set(SockOpts.SO_LINGER, AT_ONCE);
        socket.close();
    }

    static void await(String what, BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException(what + " did not come within " + LONGEST.toSeconds() + " seconds");
            }
            Thread.yield();
        }
    }
}
