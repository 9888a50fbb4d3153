package dev.reuseport.experiment.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.LinuxBits;
import dev.reuseport.proc.Proc;
import dev.reuseport.socket.Ipv6Loopback;
import dev.reuseport.sys.Syscalls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What a host is, as far as it decides how sockets behave there. Nothing in it changes from one look to the next. */
final class HostFacts {
    /** What an option's default, a bind, a queue or a restart depends on. */
    private static final List<String> SYSCTLS = List.of(
            "net.core.somaxconn",
            "net.core.rmem_default",
            "net.core.wmem_default",
            "net.core.rmem_max",
            "net.core.wmem_max",
            "net.core.busy_read",
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_wmem",
            "net.ipv4.tcp_congestion_control",
            "net.ipv4.tcp_keepalive_time",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
            "net.ipv4.tcp_notsent_lowat",
            "net.ipv4.tcp_migrate_req",
            "net.ipv4.tcp_tw_reuse",
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_abort_on_overflow",
            "net.ipv4.tcp_max_syn_backlog",
            "net.ipv4.tcp_syncookies",
            "net.ipv4.ip_default_ttl",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ip_autobind_reuse",
            "net.ipv4.ip_nonlocal_bind",
            "net.ipv6.ip_nonlocal_bind",
            "net.ipv6.bindv6only");

    private static final Map<String, Integer> CAPABILITIES = capabilities();

    private HostFacts() {}

    private static Map<String, Integer> capabilities() {
        Map<String, Integer> bits = new LinkedHashMap<>();
        bits.put("CAP_NET_BIND_SERVICE", LinuxBits.CAP_NET_BIND_SERVICE);
        bits.put("CAP_NET_ADMIN", LinuxBits.CAP_NET_ADMIN);
        bits.put("CAP_NET_RAW", LinuxBits.CAP_NET_RAW);
        bits.put("CAP_SYS_PTRACE", LinuxBits.CAP_SYS_PTRACE);
        return bits;
    }

    static JsonObject host(Proc proc, Syscalls syscalls, String version) {
        JsonObject host = new JsonObject();
        host.addProperty("reuseport", version);
        host.addProperty("system", System.getProperty("os.name"));
        host.addProperty("kernel", System.getProperty("os.version"));
        host.addProperty("release", proc.release().map(Object::toString).orElse(null));
        host.addProperty("arch", System.getProperty("os.arch"));
        host.addProperty("abi", Abi.host().platform().id());
        host.addProperty("emulator", proc.emulator().orElse(null));
        host.addProperty("cpu", proc.cpuModel().map(cpu -> cpu.text()).orElse(null));
        host.addProperty("cpus", Runtime.getRuntime().availableProcessors());
        host.addProperty("java", System.getProperty("java.version"));
        host.addProperty("javaVendor", System.getProperty("java.vendor"));
        host.addProperty("javaVm", System.getProperty("java.vm.name"));
        host.addProperty("uid", syscalls.geteuid());
        host.add("capabilities", held(proc.ownStatus().capabilities()));
        host.addProperty(
                "openFilesLimit",
                proc.openFilesLimit().isPresent() ? proc.openFilesLimit().getAsLong() : null);
        host.addProperty("ipv6Loopback", Ipv6Loopback.missing(syscalls, proc).isEmpty());
        return host;
    }

    /** Null where the system has no such thing. */
    private static JsonArray held(OptionalLong inEffect) {
        if (inEffect.isEmpty()) {
            return null;
        }
        JsonArray held = new JsonArray();
        CAPABILITIES.forEach((name, bit) -> {
            if ((inEffect.getAsLong() >>> bit & 1) != 0) {
                held.add(name);
            }
        });
        return held;
    }

    static Part sysctls(Proc proc) {
        if (proc.sysctl("kernel.ostype").text().isEmpty()) {
            return Part.notPossible("the settings stand in Linux's /proc/sys, and there is none here");
        }
        JsonObject values = new JsonObject();
        for (String name : SYSCTLS) {
            String text = proc.sysctl(name).printable().text().strip().replaceAll("\\s+", " ");
            values.addProperty(name, proc.sysctl(name).path().toFile().canRead() ? text : null);
        }
        return Part.done(values);
    }
}
