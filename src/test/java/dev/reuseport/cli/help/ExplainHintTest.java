package dev.reuseport.cli.help;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;
import java.net.BindException;
import org.junit.jupiter.api.Test;

class ExplainHintTest {
    @Test
    void theHintIsTheCallToType() {
        Sockaddr address = new Sockaddr.Inet6(0, 1, 60001, 0, 0);
        assertEquals(
                "reuseport explain tcp '[::1]:60001' SO_REUSEADDR SO_REUSEPORT", ExplainHint.command(address, true));
        assertEquals(
                "reuseport explain tcp 127.0.0.1:80 SO_REUSEADDR",
                ExplainHint.command(new Sockaddr.Inet(0x7f000001, 80), false));
    }

    @Test
    void onlyAFailedBindOrListenIsHintedAt() {
        Abi abi = Abi.host();
        Errno inUse = Errno.of(new JnrSyscalls(), -abi.number(Const.EADDRINUSE));
        assertTrue(ExplainHint.concerns(new ErrnoException("bind", inUse)));
        assertTrue(ExplainHint.concerns(new ErrnoException("listen", inUse)));
        assertTrue(ExplainHint.concerns(new BindException("Address already in use")));
        assertFalse(ExplainHint.concerns(new ErrnoException("socket", inUse)));
        assertFalse(ExplainHint.concerns(new IOException("something else")));
    }
}
