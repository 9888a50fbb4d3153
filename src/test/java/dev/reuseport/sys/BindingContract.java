package dev.reuseport.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a binding of libc does beyond making the calls; a simulation need not. */
abstract class BindingContract extends SyscallsContract {
    /** What a call allocates is collected while others wait for their connections. */
    @Test
    void aCallAllocatesNothing() {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean,
                "this JVM does not count what is allocated");
        assumeFalse(
                System.getProperty("java.vm.info", "").startsWith("interpreted"),
                "this JVM compiles nothing, and interpreted code allocates");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Syscalls libc = open();
        Abi abi = libc.abi();
        int fd = libc.socket(abi.number(Const.AF_INET), abi.number(Const.SOCK_STREAM), 0);
        int level = abi.number(Const.SOL_SOCKET);
        int name = abi.number(Const.SO_TYPE);
        NativeBuffer value = libc.allocate(Integer.BYTES);
        NativeBuffer length = libc.allocate(Integer.BYTES);
        length.bytes().putInt(0, Integer.BYTES);
        int calls = 50_000;
        long allocated = calls;
        // Until it is compiled: interpreted code allocates where compiled code does not.
        for (int i = 0; i < 60 && allocated >= calls; i++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int j = 0; j < calls; j++) {
                libc.getsockopt(fd, level, name, value, length);
            }
            allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        }
        libc.close(fd);
        assertEquals(0, allocated / calls, "bytes a call");
    }
}
