package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlacementTest {
    private static final String ID = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder;

    private Placement of(String text) throws IOException {
        return Placement.of(new ProcFile(Files.writeString(folder.resolve("cgroup"), text)));
    }

    /** As the runtimes call them, with systemd's cgroup driver and with cgroupfs's. */
    @ParameterizedTest
    @CsvSource({
        "/system.slice/docker-ID.scope, docker://ID, ''",
        "/docker/ID, docker://ID, ''",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-ID.scope, docker://ID, user@1000.service",
        "/docker/ID/system.slice/nginx.service, docker://ID, nginx.service",
        "/machine.slice/libpod-ID.scope, podman://ID, ''",
        "/machine.slice/libpod-ID.scope/container, podman://ID, ''",
        "/libpod_parent/libpod-ID, podman://ID, ''",
        "/machine.slice/libpod-conmon-ID.scope, '', libpod-conmon-ID.scope",
        "/system.slice/web.service/libpod-payload-ID, podman://ID, web.service",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/crio-ID.scope, cri-o://ID, ''",
        "/kubepods.slice/kubepods-pod1_2.slice/crio-conmon-ID.scope, '', crio-conmon-ID.scope",
        "/kubepods.slice/kubepods-pod1_2.slice/cri-containerd-ID.scope, containerd://ID, ''",
        "/system.slice/kubepods-pod1.slice:cri-containerd:ID, containerd://ID, ''",
        "/system.slice/nerdctl-ID.scope, containerd://ID, ''",
        "/kubepods/burstable/pod0f-1/ID, kubepods://ID, ''",
        "/kubepods/pod0f-1/ID, kubepods://ID, ''",
        "/default/ID, ID, ''",
        "/docker/ID/docker/fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210, "
                + "docker://fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210, ''",
        "/lxc.payload.web/system.slice/ssh.service, lxc://web, ssh.service",
        "/lxc/web, lxc://web, ''",
        "/lxc.monitor.web, '', ''",
        "/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service, systemd-nspawn://web, ssh.service",
        "/machine.slice/systemd-nspawn@web.service/supervisor, '', systemd-nspawn@web.service",
        "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator, '', machine-qemu\\x2d1\\x2dvm.scope",
        "/system.slice/nginx.service, '', nginx.service",
        "/system.slice/system-getty.slice/getty@tty1.service, '', getty@tty1.service",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service, '', web.service",
        "/user.slice/user-1000.slice/session-3.scope, '', session-3.scope",
        "/init.scope, '', init.scope",
        "/, '', ''",
        "/../../x, '', ''",
        "/docker/0123, '', ''"
    })
    void aPathSaysTheUnitAndTheContainer(String path, String container, String unit) throws IOException {
        Placement placement = of("0::" + path.replace("ID", ID) + "\n");
        assertEquals(
                container.replace("ID", ID),
                placement.container().map(Container::toString).orElse(""));
        assertEquals(unit.replace("ID", ID), placement.unit().orElse(""));
    }

    @Test
    void version1SaysItInSomeOfItsLines() throws IOException {
        Placement placement = of("9:name=systemd:/system.slice/web.service\n4:memory:/docker/" + ID + "\n0::/\n");
        assertEquals(Optional.of("web.service"), placement.unit());
        assertEquals(Optional.of(new Container("docker", ID)), placement.container());
        assertEquals("0123456789ab", placement.container().get().shortId());
    }

    @Test
    void whatIsNoListOfCgroupsSaysNothing() throws IOException {
        for (String text : new String[] {"", "\n", "x", "0:", "0:::", "\r0::/docker/" + ID + "\rx"}) {
            assertEquals(new Placement(Optional.empty(), Optional.empty()), of(text), text);
        }
    }
}
