package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** libc through java.lang.foreign. */
@EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "java.lang.foreign needs Java 22")
final class FfmUdpSocketTest extends UdpSocketContract {
    @Override
    UdpSocket open(Const family, int room) throws IOException {
        return NativeUdpSocket.open(Binding.FFM.load(), family, room);
    }
}
