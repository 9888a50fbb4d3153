package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;

/** Simulated: the native listener with Darwin's numbers and layouts. */
@Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a call of libc that waits hears no interrupt
final class SimulatedDarwinTcpListenerTest extends TcpListenerContract {
    @Override
    NativeTcpListener open(Const family) throws IOException {
        return NativeTcpListener.open(new SimulatedDarwin(new JnrSyscalls()), family);
    }
}
