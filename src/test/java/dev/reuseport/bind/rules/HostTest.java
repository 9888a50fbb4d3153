package dev.reuseport.bind.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Sockaddr;
import java.io.File;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HostTest {
    private static final Sockaddr ELSEWHERE = new Sockaddr.Inet(0xc0000201, 0);
    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final Sockaddr NEXT_TO_IT = new Sockaddr.Inet(0x7f000002, 0);
    private static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 0, 0, 0);

    @Test
    void thisHostHasItsLoopbackAddresses() throws IOException {
        Host host = Host.observe();
        assertTrue(host.has(LOOPBACK, Optional.empty()));
        assertTrue(host.hasExactly(LOOPBACK));
        assertEquals(Loopback.hasIpv6(), host.hasExactly(LOOPBACK6));
        assertTrue(host.has(NEXT_TO_IT, Optional.empty()));
        assertFalse(host.hasExactly(NEXT_TO_IT));
        assertFalse(host.has(LOOPBACK6, Optional.of("none0")));
    }

    @Test
    void whatItDoesNotHaveIsNotThere() {
        assertFalse(Host.loopback().has(ELSEWHERE, Optional.empty()));
        assertFalse(Host.loopback().hasExactly(ELSEWHERE));
        assertTrue(Host.loopback().has(LOOPBACK6, Optional.of("lo")));
    }

    @Test
    void portsAreReadToTheirLastDigit() throws IOException {
        File sysctl = new File("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        assumeTrue(sysctl.canRead(), "no " + sysctl + " here");
        Process cat = new ProcessBuilder("cat", sysctl.getPath()).start();
        int start = Integer.parseInt(new String(cat.getInputStream().readAllBytes()).strip());
        assertEquals(start, Host.observe().unprivilegedPorts());
    }
}
