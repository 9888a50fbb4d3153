package dev.reuseport.bind;

import dev.reuseport.abi.LinuxBits;
import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.bind.host.Device;
import dev.reuseport.bind.host.Host;
import dev.reuseport.proc.LocalTable;
import dev.reuseport.proc.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A network to draw cases for, and where its cases may bind.
 *
 * @param devices the interfaces
 * @param ipv4 addresses as they are typed
 * @param ipv6 addresses as they are typed, with their brackets
 * @param fewPorts whether port 0 may be used up: then nothing connects, for clients and TIME_WAIT take ports too
 * @param portRange whether the kernel has IP_LOCAL_PORT_RANGE
 */
public record Terrain(List<Device> devices, List<String> ipv4, List<String> ipv6, boolean fewPorts, boolean portRange) {
    /** Addresses that every host has. */
    private static final Terrain PLAIN = new Terrain(
            List.of(new Device("lo", 1)),
            List.of("0.0.0.0", "127.0.0.1", "127.0.0.2"),
            List.of("[::]", "[::1]", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]", "[::ffff:127.0.0.2]"),
            false,
            false);

    /** What the interfaces get, and what else the table of local routes does. */
    private static final String ADDRESSES = """
            ip addr add 10.9.0.1/24 broadcast 10.9.0.255 dev v0
            ip addr add 10.9.0.2/24 broadcast 10.9.0.255 dev v1
            ip addr add fe80::1/64 dev v0
            ip addr add fe80::1/64 dev v1
            ip addr add fe80::2/64 dev v0
            ip addr add 2001:db8::7/64 dev v1
            ip route add local 10.77.0.0/16 dev lo
            """;

    private static final List<String> ALSO_IPV4 = List.of(
            "10.9.0.1",
            "10.9.0.2",
            "10.9.0.255",
            "10.9.0.0",
            "10.9.0.7",
            "10.77.3.4",
            "127.255.255.255",
            "224.0.0.5",
            "240.0.0.1",
            "255.255.255.255");

    private static final List<String> ALSO_IPV6 = List.of(
            "[fe80::1%v0]",
            "[fe80::1%v1]",
            "[fe80::2%v0]",
            "[fe80::2%v1]",
            "[fe80::1]",
            "[fe80::1%99]",
            "[ff01::1%lo]",
            "[ff02::fb%v0]",
            "[ff02::fb%v1]",
            "[ff02::fb]",
            "[ff05::1]",
            "[ff05::1%v1]",
            "[2001:db8::7]",
            "[2001:db8::7%v0]",
            "[2001:db8::8]",
            "[::1%v0]",
            "[::ffff:10.9.0.1]",
            "[::ffff:10.9.0.7]",
            "[::ffff:224.0.0.5]",
            "[::ffff:255.255.255.255]");

    /** A host that has only what every host has, and its interfaces. */
    static Terrain plain(Host host) {
        return new Terrain(host.devices(), PLAIN.ipv4, PLAIN.ipv6, false, false);
    }

    /** A host of nothing but its loopback interface. */
    public static Terrain plain() {
        return PLAIN;
    }

    /**
     * Makes the network of the calling thread another: addresses of all kinds on v0 and v1, and now and then each setting
     * that a bind looks at.
     */
    static Terrain furnished(Random random, Host host) throws IOException, InterruptedException {
        if (host.index("v0").isEmpty()) {
            return plain(host);
        }
        // No address waits until nobody else on the link has answered.
        set("net.ipv6.conf.v0.accept_dad", "0");
        set("net.ipv6.conf.v1.accept_dad", "0");
        PrivateNetwork.shell("ip link set v0 up\nip link set v1 up\n" + ADDRESSES);
        while (tentative()) {
            Thread.sleep(1);
        }
        boolean few = random.nextInt(3) == 0;
        if (few) {
            int lowest = 40_000 + random.nextInt(10_000);
            set("net.ipv4.ip_local_port_range", lowest + " " + (lowest + random.nextInt(5)));
            set("net.ipv4.ip_local_reserved_ports", random.nextBoolean() ? "" : lowest + ",1-3");
        }
        for (String sysctl : List.of(
                "net.ipv4.ip_nonlocal_bind",
                "net.ipv6.ip_nonlocal_bind",
                "net.ipv6.bindv6only",
                "net.ipv4.ip_autobind_reuse")) {
            if (random.nextInt(4) == 0 && Files.exists(path(sysctl))) {
                set(sysctl, "1");
            }
        }
        if (random.nextInt(4) == 0) {
            set("net.ipv4.ip_unprivileged_port_start", Integer.toString(random.nextInt(100)));
        }
        boolean portRange = Proc.ofHost()
                .release()
                .filter(here -> here.atLeast(LinuxRelease.parse("6.3").orElseThrow()))
                .isPresent();
        return new Terrain(host.devices(), both(PLAIN.ipv4, ALSO_IPV4), both(PLAIN.ipv6, ALSO_IPV6), few, portRange);
    }

    /** Whether an address is not ready: a thread of the kernel makes it so. */
    private static boolean tentative() {
        return LocalTable.read(Proc.ofHost()).orElseThrow().ipv6().stream()
                .anyMatch(local -> LinuxBits.tentative(local.flags()));
    }

    /** Those that all hosts have twice as often, for cases in which sockets meet. */
    private static List<String> both(List<String> plain, List<String> others) {
        List<String> all = new ArrayList<>(others);
        for (int i = 0; i < 2; i++) {
            all.addAll(plain);
        }
        return List.copyOf(all);
    }

    private static Path path(String sysctl) {
        return Path.of("/proc/sys", sysctl.replace('.', '/'));
    }

    private static void set(String sysctl, String value) throws IOException {
        Files.writeString(path(sysctl), value + "\n");
    }

    List<String> deviceNames() {
        return devices.stream().map(Device::name).toList();
    }
}
