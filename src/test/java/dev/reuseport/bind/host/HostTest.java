package dev.reuseport.bind.host;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Sockaddr;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HostTest {
    private static final Sockaddr ELSEWHERE = new Sockaddr.Inet(0xc0000201, 0);
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 0, 0, 0);

    @Test
    void whatItDoesNotHaveIsNotThere() {
        assertFalse(Host.loopback().has(ELSEWHERE, Optional.empty()));
        assertFalse(Host.loopback().hasExactly(ELSEWHERE));
        assertTrue(Host.loopback().has(LOOPBACK6, Optional.of("lo")));
    }
}
