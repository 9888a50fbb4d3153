package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reuseport.abi.Const;
import dev.reuseport.socket.NativeSocket;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
    @Test
    void aSocketThatIsLeftOpenIsNoticed() throws Exception {
        Syscalls syscalls = new JnrSyscalls();
        List<NativeSocket> left = new ArrayList<>();
        try {
            assertThrows(
                    AssertionError.class,
                    () -> Descriptors.assertNoneLeftBy(
                            () -> left.add(NativeSocket.open(syscalls, Const.AF_INET6, Const.SOCK_STREAM))));
        } finally {
            for (NativeSocket socket : left) {
                socket.close();
            }
        }
    }
}
