package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import java.io.IOException;

/** The JDK's DatagramChannel. */
final class NioUdpSocketTest extends UdpSocketContract {
    @Override
    UdpSocket open(Const family, int room) throws IOException {
        return NioUdpSocket.open(family, room);
    }
}
