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

/** Ends of TCP connections. */
final class Farewell {
    private static final LingerTime AT_ONCE = new LingerTime(true, Duration.ZERO);

    private Farewell() {}

    /** Follows a peer that closed first, and returns once it has heard of that. */
    static void follow(NativeSocket socket, NativeBuffer scratch) throws IOException {
        // What the peer sent before it closed is of no interest.
        Patience.await("the peer's end of the connection", () -> {
            int count = socket.receiveNow(scratch, scratch.size());
            while (count > 0) {
                count = socket.receiveNow(scratch, scratch.size());
            }
            return count == 0;
        });
        // A listener on which shutdown failed ends what it accepts by itself.
        if (!gone(socket)) {
            socket.shutdownOutput();
            Patience.await("the end of the connection", () -> gone(socket));
        }
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
}
