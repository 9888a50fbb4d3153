package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.JnrSyscalls;
import java.io.IOException;

/** libc through jnr-ffi. */
final class NativeUdpSocketTest extends UdpSocketContract {
    @Override
    UdpSocket open(Const family, int room) throws IOException {
        return NativeUdpSocket.open(new JnrSyscalls(), family, room);
    }
}
