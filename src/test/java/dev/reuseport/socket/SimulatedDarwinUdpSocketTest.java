package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.SimulatedDarwin;
import java.io.IOException;

/** Simulated: libc of macOS. */
final class SimulatedDarwinUdpSocketTest extends UdpSocketContract {
    @Override
    UdpSocket open(Const family, int room) throws IOException {
        return NativeUdpSocket.open(new SimulatedDarwin(new JnrSyscalls()), family, room);
    }
}
