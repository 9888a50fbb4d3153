package dev.reuseport.portability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.ErrnoException;
import dev.reuseport.sys.HostSyscalls;
import dev.reuseport.sys.Syscalls;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the other tests would see if the host had another platform's numbers: proof that they can fail. */
class WrongNumbersTest {
    private final Syscalls right = HostSyscalls.open();
    private final Syscalls wrong =
            HostSyscalls.claiming(Abi.host().platform() == Platform.LINUX_MIPS ? Platform.LINUX : Platform.LINUX_MIPS);

    @BeforeEach
    void theHostIsLinux() {
        assumeTrue(Abi.host().platform().linux(), "only Linux takes the flags that Linux's other columns add");
    }

    @Test
    void aStreamSocketByTheWrongTableIsADatagramSocket() throws IOException {
        try (NativeSocket socket = NativeSocket.open(wrong, Const.AF_INET, Const.SOCK_STREAM)) {
            int type = NativeSocket.borrow(right, socket.fd())
                    .get(SockOpts.SO_TYPE)
                    .toOptional()
                    .orElseThrow()
                    .number();
            assertEquals(right.abi().number(Const.SOCK_DGRAM), type);
        }
    }

    @Test
    void anOptionByTheWrongTableIsUnknown() throws IOException {
        try (NativeSocket socket = SocketKind.TCP.open(right)) {
            NativeSocket mistaken = NativeSocket.borrow(wrong, socket.fd());
            assertThrows(ErrnoException.class, () -> mistaken.set(SockOpts.SO_REUSEPORT, true));
            assertEquals(false, socket.get(SockOpts.SO_REUSEPORT).toOptional().orElseThrow());
        }
    }
}
