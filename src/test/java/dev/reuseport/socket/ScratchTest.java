package dev.reuseport.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.SockOpts;
import dev.reuseport.sys.JnrSyscalls;
import dev.reuseport.sys.Syscalls;
import org.junit.jupiter.api.Test;

class ScratchTest {
    @Test
    void socketsThatShareItKeepTheirOwnAddressesAndOptions() throws Exception {
        Syscalls syscalls = new JnrSyscalls();
        Scratch shared = new Scratch(syscalls);
        try (NativeSocket one = own(syscalls, shared);
                NativeSocket other = own(syscalls, shared)) {
            one.set(SockOpts.SO_KEEPALIVE, true);
            one.bind(new Sockaddr.Inet(0x7f000001, 0));
            other.bind(new Sockaddr.Inet(0x7f000002, 0));
            assertEquals("127.0.0.1", one.localAddress().host());
            assertEquals("127.0.0.2", other.localAddress().host());
            assertEquals(true, one.get(SockOpts.SO_KEEPALIVE).toOptional().orElseThrow());
            assertEquals(false, other.get(SockOpts.SO_KEEPALIVE).toOptional().orElseThrow());
        }
    }

    private static NativeSocket own(Syscalls syscalls, Scratch shared) {
        int fd = syscalls.socket(
                syscalls.abi().number(Const.AF_INET), syscalls.abi().number(Const.SOCK_STREAM), 0);
        return NativeSocket.own(syscalls, shared, fd);
    }
}
