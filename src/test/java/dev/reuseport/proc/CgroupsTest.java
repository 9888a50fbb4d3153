package dev.reuseport.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsTest {
    @TempDir
    private Path root;

    private Proc proc;

    @BeforeEach
    void mount() throws IOException {
        Path self = Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(
                self.resolve("mounts"),
                "proc /proc proc rw 0 0\ncgroup2 " + root.resolve("cgroup") + " cgroup2 rw,nosuid 0 0\n");
        Files.createDirectories(root.resolve("cgroup/system.slice/nginx.service"));
        Files.createDirectories(root.resolve("cgroup/user.slice"));
        Files.writeString(root.resolve("cgroup/system.slice/cgroup.procs"), "");
        proc = new Proc(root.resolve("proc"));
    }

    private long number(String path) throws IOException {
        return (Long) Files.getAttribute(root.resolve("cgroup").resolve(path), "unix:ino");
    }

    @Test
    void aCgroupIsFoundByItsNumber() throws IOException {
        long nginx = number("system.slice/nginx.service");
        long user = number("user.slice");
        long top = number("");
        assertEquals(
                Map.of(nginx, "/system.slice/nginx.service", user, "/user.slice", top, Cgroups.ROOT),
                proc.cgroups().paths(Set.of(nginx, user, top)));
    }

    @Test
    void whatIsNotThereIsNotFound() throws IOException {
        long file = number("system.slice/cgroup.procs");
        assertEquals(Map.of(), proc.cgroups().paths(Set.of(file)));
        assertEquals(Map.of(), proc.cgroups().paths(Set.of()));
    }

    @Test
    void whereItIsMountedMayBeOddlyNamed() throws IOException {
        Files.move(root.resolve("cgroup"), root.resolve("a b\\c"));
        Files.createDirectory(root.resolve("cgroup"));
        Files.writeString(
                root.resolve("proc/self/mounts"), "cgroup2 " + root.resolve("a\\040b\\134c") + " cgroup2 rw 0 0\n");
        long user = (Long) Files.getAttribute(root.resolve("a b\\c/user.slice"), "unix:ino");
        assertEquals(Map.of(user, "/user.slice"), proc.cgroups().paths(Set.of(user)));
        Files.write(
                root.resolve("proc/self/mounts"),
                new byte[] {'a', ' ', (byte) 0xff, ' ', 'c', 'g', 'r', 'o', 'u', 'p', '2'});
        assertEquals(Map.of(), proc.cgroups().paths(Set.of(user)));
    }

    @Test
    void withoutAMountNothingIsFound() throws IOException {
        Files.writeString(root.resolve("proc/self/mounts"), "proc /proc proc rw 0 0\n");
        assertEquals(Map.of(), proc.cgroups().paths(Set.of(number(""))));
        Files.delete(root.resolve("proc/self/mounts"));
        assertEquals(Map.of(), proc.cgroups().paths(Set.of(number(""))));
    }
}
