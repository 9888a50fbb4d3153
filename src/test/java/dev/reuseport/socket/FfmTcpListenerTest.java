package dev.reuseport.socket;

import dev.reuseport.abi.Const;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

@EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "java.lang.foreign needs Java 22")
final class FfmTcpListenerTest extends TcpListenerContract {
    @Override
    NativeTcpListener open(Const family) throws IOException {
        return NativeTcpListener.open(Binding.FFM.load(), family);
    }
}
