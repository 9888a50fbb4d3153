package dev.reuseport.bind.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reuseport.Loopback;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.bind.PrivateNetwork;
import dev.reuseport.bind.explain.Explain;
import dev.reuseport.bind.explain.Explanation;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.host.LocalAddresses;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.option.Setting;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.JnrSyscalls;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which addresses bind takes: what the rules say beside what this kernel does, in networks that were made for it. */
final class ThisHostTest {
    private static final List<String> ADDRESSES = List.of(
            "127.0.0.1",
            "127.0.0.0",
            "127.9.9.9",
            "127.255.255.255",
            "255.255.255.255",
            "0.0.0.0",
            "0.0.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "203.0.113.7",
            "10.1.1.0",
            "10.1.1.1",
            "10.1.1.255",
            "10.9.3.4",
            "10.9.8.4",
            "::1",
            "::",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8::7",
            "::ffff:127.0.0.1",
            "::ffff:255.255.255.255",
            "::ffff:203.0.113.7");

    private static final Sockaddr LOOPBACK = new Sockaddr.Inet(0x7f000001, 0);
    private static final Sockaddr NEXT_TO_IT = new Sockaddr.Inet(0x7f000002, 0);
    private static final Sockaddr LOOPBACK6 = new Sockaddr.Inet6(0, 1, 0, 0, 0);

    private static final String MAPPED = "::ffff:";

    @TempDir
    private Path proc;

    private static Sockaddr address(String text) throws IOException {
        boolean mapped = text.startsWith(MAPPED);
        InetAddress host = InetAddress.getByName(mapped ? text.substring(MAPPED.length()) : text);
        return Sockaddr.of(new InetSocketAddress(host, 0), mapped ? Const.AF_INET6 : null);
    }

    /** Says where kernel and rules differ, and adds to {@code taken} what both take. */
    private static List<String> disagreements(List<String> taken) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (String address : ADDRESSES) {
            for (Protocol protocol : Protocol.values()) {
                for (String device : List.of("", "lo", "v0")) {
                    if (!device.isEmpty()
                            && !ThisHost.observe(Proc.ofHost(), new JnrSyscalls())
                                    .index(device)
                                    .isPresent()) {
                        continue;
                    }
                    Sockaddr bound = address(address);
                    Explanation explanation = Explain.run(
                            new JnrSyscalls(),
                            Proc.ofHost(),
                            Ruleset.LINUX.rules(),
                            List.of(),
                            new Explain.Request(
                                    protocol,
                                    bound,
                                    device.isEmpty() ? List.of() : List.of(Setting.parse("SO_BINDTODEVICE=" + device)),
                                    OptionalInt.empty(),
                                    true));
                    if (!explanation.agrees()) {
                        wrong.add(protocol + " " + address + " " + device + ": " + explanation.reason());
                    } else if (explanation.verdict().ok() && device.isEmpty()) {
                        taken.add(address);
                    }
                }
            }
        }
        return wrong;
    }

    /** Runs {@code script} as root of a new network namespace, and compares there. */
    private static List<String> taken(String script) {
        PrivateNetwork.assumePossible();
        List<String> taken = new ArrayList<>();
        boolean ran = PrivateNetwork.bare(() -> {
            if (!script.isEmpty()
                    && new ProcessBuilder("sh", "-ec", script)
                                    .inheritIO()
                                    .start()
                                    .waitFor()
                            != 0) {
                return false;
            }
            assertEquals(List.of(), disagreements(taken));
            return true;
        });
        assumeTrue(ran, "ip(8) is not here, or cannot do this: " + script);
        return taken;
    }

    @Test
    void thisHostHasItsLoopbackAddresses() throws IOException {
        Host host = ThisHost.observe(Proc.ofHost(), new JnrSyscalls());
        assertTrue(host.has(LOOPBACK, Optional.empty()));
        assertTrue(host.hasExactly(LOOPBACK));
        assertEquals(Loopback.hasIpv6(), host.hasExactly(LOOPBACK6));
        assertTrue(host.has(NEXT_TO_IT, Optional.empty()));
        assertFalse(host.hasExactly(NEXT_TO_IT));
        assertFalse(host.has(LOOPBACK6, Optional.of("none0")));
    }

    @Test
    void portsAreReadToTheirLastDigit() throws IOException {
        File sysctl = new File("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        assumeTrue(sysctl.canRead(), "no " + sysctl + " here");
        Process cat = new ProcessBuilder("cat", sysctl.getPath()).start();
        int start = Integer.parseInt(new String(cat.getInputStream().readAllBytes()).strip());
        assertEquals(
                start,
                ThisHost.observe(Proc.ofHost(), new JnrSyscalls()).sysctls().unprivilegedPorts());
    }

    @Test
    void aNetworkWithoutAnyAddressLetsASocketHaveAnyOfIpv4() {
        assertTrue(taken("").containsAll(List.of("127.0.0.1", "203.0.113.7", "0.0.0.1", "255.255.255.255")));
    }

    @Test
    void theLoopbackAddressesOutliveTheirInterface() {
        List<String> taken = taken("ip link set lo up; ip link set lo down");
        assertTrue(taken.containsAll(List.of("127.0.0.1", "127.9.9.9", "127.255.255.255", "255.255.255.255")));
        assertFalse(taken.contains("203.0.113.7"));
    }

    @Test
    void anAddressOfAnInterfaceThatIsDownIsTakenAndItsBroadcastIsNot() {
        String down = "ip link add v0 type veth peer name v1; ip address add 10.1.1.1/24 broadcast 10.1.1.255 dev v0;"
                + " ip -6 address add 2001:db8::1/64 dev v0; ip -6 address add 2001:db8::2/64 dev v0 nodad;";
        List<String> taken = taken("ip link set lo up;" + down);
        assertTrue(taken.contains("10.1.1.1"));
        assertFalse(taken.contains("10.1.1.255"));
        taken = taken("ip link set lo up;" + down + "ip link set v0 up");
        assertTrue(taken.containsAll(List.of("10.1.1.1", "10.1.1.255")));
        taken("ip link set lo up;" + down + "ip link set v0 up; ip link set v0 down");
    }

    @Test
    void routesToThisHostAddAddressesAndLongerOnesTakeThemAway() {
        List<String> taken = taken("ip link set lo up; ip route add local 10.9.0.0/16 dev lo;"
                + "ip route add unreachable 10.9.8.0/24 table local");
        assertTrue(taken.contains("10.9.3.4"));
        assertFalse(taken.contains("10.9.8.4"));
    }

    @Test
    void rulesOfRoutingKeepTheTablesApart() {
        taken("ip link set lo up; ip rule add from 10.0.0.0/8 lookup 77; ip route add 127.9.9.0/24 dev lo");
    }

    @Test
    void aTableThatIsEmptyIsNotNone() {
        List<String> taken = taken("ip link set lo up; ip address flush dev lo");
        assertFalse(taken.contains("127.0.0.1"));
    }

    @Test
    void theSysctlsLetAnyAddressBeBound() {
        assertTrue(taken("ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind")
                .contains("203.0.113.7"));
    }

    @Test
    void theTableIsReadFromItsFile() throws IOException {
        assertEquals(Optional.empty(), ThisHost.taken(new Proc(proc)));
        Path net = Files.createDirectories(proc.resolve("thread-self").resolve("net"));
        Files.writeString(net.resolve("fib_trie"), """
                Main:
                  |-- 192.0.2.0
                     /24 link UNICAST
                  |-- 198.51.100.1
                     /32 host LOCAL
                Local:
                  +-- 0.0.0.0/1 2 0 2
                     |-- 10.1.1.255
                        /32 link BROADCAST
                     |-- 127.0.0.0
                        /31 link UNICAST
                        /8 host LOCAL
                a line of another form
                """);
        LocalAddresses read = ThisHost.taken(new Proc(proc)).orElseThrow();
        assertFalse(read.anyIpv4());
        assertEquals(3, read.routes().size());
        Sockaddr broadcast = new Sockaddr.Inet(0x0a0101ff, 0);
        assertTrue(read.has(broadcast, Optional.empty()) && read.has(broadcast, Optional.of("lo")));
        assertTrue(read.has(new Sockaddr.Inet(0x7f000002, 0), Optional.empty()));
        for (int other : new int[] {0x7f000001, 0xc0000201, 0xc6336401}) {
            assertFalse(read.has(new Sockaddr.Inet(other, 0), Optional.empty()));
        }
    }
}
