package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class NativeTcpListenerTest extends TcpListenerContract {
    @Override
    NativeTcpListener open(Const family) throws IOException {
        return NativeTcpListener.open(new JnrSyscalls(), family);
    }

    @Test
    void bindAndListenAreTwoCalls() throws IOException {
        try (NativeTcpListener listener = open(Const.AF_INET6)) {
            listener.socket().bind(LOOPBACK6);
            assertEquals(
                    Optional.of(false), listener.get(SockOpts.SO_ACCEPTCONN).toOptional());
            listener.socket().listen(1);
            assertEquals(Optional.of(true), listener.get(SockOpts.SO_ACCEPTCONN).toOptional());
        }
    }

    @Test
    void aRefusedBindSaysWhichCallAndWhichErrno() throws IOException {
        try (NativeTcpListener first = open(Const.AF_INET6);
                NativeTcpListener second = open(Const.AF_INET6)) {
            first.listen(LOOPBACK6, 1);
            ErrnoException refused =
                    Assertions.assertThrows(ErrnoException.class, () -> second.listen(first.localAddress(), 1));
            assertEquals("bind", refused.call());
            assertEquals("EADDRINUSE", refused.errno().name());
            assertEquals(Abi.host().number(Const.EADDRINUSE), refused.errno().number());
        }
    }
}
