package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import java.io.IOException;

/** Simulated: the native listener with Darwin's numbers and layouts. */
final class SimulatedDarwinTcpListenerTest extends TcpListenerContract {
    @Override
    NativeTcpListener open(Const family) throws IOException {
        return NativeTcpListener.open(new SimulatedDarwin(new JnrSyscalls()), family);
    }
}
