package dev.reuseport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code -Pdist} makes, installed as a user would and on a machine that has nothing else. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class DistributionIT {
    private static final Path DIST = Path.of("target", "dist").toAbsolutePath();

    /** Nobody else's in /tmp. */
    private static final int UID = 54_321;

    private static final String READOUT = "SOL_SOCKET\n  SO_REUSEPORT  off  00000000\n";

    @TempDir
    private static Path shared;

    /** The tar.gz unpacked, in a folder that it was not made in. */
    private static Path unpacked;

    private static Path home;
    private static Path empty;

    private record Run(int status, String out, String err) {}

    @BeforeAll
    static void unpack() throws Exception {
        Path packed = only(".tar.gz");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path bare = Files.createDirectory(shared.resolve("a bare folder"));
        assertEquals(0, run(bare, Map.of(), "tar", "-xzf", packed.toString()).status());
        try (Stream<Path> one = Files.list(bare)) {
            unpacked = one.findFirst().orElseThrow();
        }
        home = Files.createDirectory(shared.resolve("home"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        empty = Files.createDirectory(shared.resolve("no programs"));
    }

    private static Path only(String ending) throws IOException {
        assumeTrue(Files.isDirectory(DIST), "the distribution, which -Pdist makes, is not there");
        try (Stream<Path> files = Files.list(DIST)) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(ending)).toList();
            assumeTrue(found.size() == 1, "there is no " + ending + " among what -Pdist made");
            return found.get(0);
        }
    }

    private static Run run(Path in, Map<String, String> environment, String... command) throws Exception {
        Path out = Files.createTempFile(shared, "stdout", "");
        Path err = Files.createTempFile(shared, "stderr", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new Run(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    /** As an ordinary user who has a home, and not even a program on PATH; as root one is taken who has no name. */
    private static Run asUser(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + UID, "--regid=" + UID, "--clear-groups", "--inh-caps=-all"));
        }
        command.addAll(List.of("/usr/bin/env", "-i", "HOME=" + home, "PATH=" + empty));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.add(unpacked.resolve("bin/reuseport").toString());
        command.addAll(List.of(arguments));
        return run(home, Map.of(), command.toArray(String[]::new));
    }

    private static boolean isRoot() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    /** What a user without a name has left in /tmp; of an own user's files nobody could say whose they are. */
    private static List<Path> leftInTmp() throws IOException {
        if (!isRoot()) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(Path.of("/tmp"))) {
            List<Path> left = new ArrayList<>();
            for (Path file : files.toList()) {
                if (Files.exists(file) && (int) Files.getAttribute(file, "unix:uid") == UID) {
                    left.add(file);
                }
            }
            return left;
        }
    }

    private static void assertNothingIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            assertEquals(List.of(), files.toList());
        }
        assertEquals(List.of(), leftInTmp());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(Loopback.host()))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void itInspectsWithoutAJavaAndLeavesNothing() throws Exception {
        assertEquals(new Run(0, READOUT, ""), asUser(Map.of(), "inspect", "SO_REUSEPORT"));
        assertNothingIsLeft();
    }

    @Test
    void itReplaysTheArticleAndLeavesNothing() throws Exception {
        Run demo = asUser(Map.of(), "demo", "--listen-addr", Loopback.host(), "--port", Integer.toString(freePort()));
        assertEquals(0, demo.status(), demo::toString);
        assertEquals("", demo.err());
        assertTrue(demo.out().contains("=== jdk ==="), demo::out);
        assertNothingIsLeft();
    }

    /** With {@code AOTMode=on} a JVM that cannot take its archive does not start. */
    @Test
    void itsArchiveIsTakenWhereverItLies() throws Exception {
        Run run = asUser(Map.of("JDK_JAVA_OPTIONS", "-XX:AOTMode=on"), "inspect", "SO_REUSEPORT");
        assertEquals(0, run.status(), run::toString);
        assertEquals(READOUT, run.out());
        Path archive = unpacked.resolve("lib/reuseport/archive");
        Path away = archive.resolveSibling("away");
        Files.move(archive, away);
        try {
            assertFalse(asUser(Map.of("JDK_JAVA_OPTIONS", "-XX:AOTMode=on"), "inspect", "SO_REUSEPORT")
                            .status()
                    == 0);
            assertEquals(new Run(0, READOUT, ""), asUser(Map.of(), "inspect", "SO_REUSEPORT"), "only slower");
        } finally {
            Files.move(away, archive);
        }
    }

    @Test
    void aLinkToItStartsIt() throws Exception {
        Path link = Files.createSymbolicLink(home.resolveSibling("reuse"), unpacked.resolve("bin/reuseport"));
        Run run = run(home, Map.of(), link.toString(), "--version");
        assertEquals(0, run.status(), run::toString);
        assertTrue(run.out().matches("reuseport [0-9].*\n"), run::out);
    }

    @Test
    void aPngIsRefusedInASentence() throws Exception {
        Run run = asUser(Map.of(), "spread", "--connections", "20", "--chart", home + "/chart.png");
        Files.deleteIfExists(home.resolve("chart.png"));
        assertEquals(1, run.status(), run::toString);
        assertTrue(run.err().contains(".svg"), run::err);
    }

    @Test
    void theSumsAreRight() throws Exception {
        only(".tar.gz");
        Run run = run(DIST, Map.of(), "sha256sum", "--strict", "-c", "SHA256SUMS");
        assertEquals(0, run.status(), run::toString);
        assertTrue(run.out().contains(".tar.gz: OK"), run::out);
    }

    @Test
    void theBillNamesWhatIsInItAndNothingOfTheTests() throws Exception {
        JsonObject bill =
                JsonParser.parseString(Files.readString(only(".cdx.json"))).getAsJsonObject();
        assertEquals("CycloneDX", bill.get("bomFormat").getAsString());
        Set<String> names = StreamSupport.stream(
                        bill.getAsJsonArray("components").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(component -> component.get("name").getAsString())
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(names.containsAll(Set.of("jffi", "jnr-ffi", "gson", "picocli", "HdrHistogram")), names::toString);
        assertFalse(names.contains("junit-jupiter"), names::toString);
    }

    @Test
    void manualPagesAreCleanRoff() throws Exception {
        assumeProgram("groff");
        try (Stream<Path> pages = Files.list(unpacked.resolve("share/man/man1"))) {
            List<String> command = new ArrayList<>(List.of("groff", "-man", "-ww", "-z", "-Tutf8"));
            pages.map(Path::toString).forEach(command::add);
            assertTrue(command.contains(
                    unpacked.resolve("share/man/man1/reuseport-inspect.1").toString()));
            assertEquals(new Run(0, "", ""), run(home, Map.of(), command.toArray(String[]::new)));
        }
    }

    private static void assumeProgram(String name) {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                name + " is not installed");
    }

    private static List<String> completions(String shell, String script) throws Exception {
        assumeProgram(shell);
        Run run = run(home, Map.of("HOME", home.toString()), shell, "-c", script);
        assertEquals(0, run.status(), run::toString);
        return run.out().lines().map(String::strip).toList();
    }

    @Test
    void bashCompletesNamesOfOptions() throws Exception {
        List<String> found = completions("bash", """
                source '%s/share/bash-completion/completions/reuseport'
                COMP_WORDS=(reuseport inspect SO_REUSE) COMP_CWORD=2
                _complete_reuseport
                printf '%%s\\n' "${COMPREPLY[@]}"
                """.formatted(unpacked));
        assertTrue(found.containsAll(List.of("SO_REUSEADDR", "SO_REUSEPORT")), found::toString);
        List<String> formats = completions("bash", """
                source '%s/share/bash-completion/completions/reuseport'
                COMP_WORDS=(reuseport diff --format j) COMP_CWORD=3
                _complete_reuseport
                printf '%%s\n' "${COMPREPLY[@]}"
                """.formatted(unpacked));
        assertEquals(List.of("json"), formats.stream().map(String::strip).toList());
    }

    @Test
    void fishCompletesNamesOfOptions() throws Exception {
        List<String> found = completions("fish", """
                source '%s/share/fish/vendor_completions.d/reuseport.fish'
                complete -C 'reuseport inspect SO_REUSE'
                """.formatted(unpacked));
        assertTrue(found.containsAll(List.of("SO_REUSEADDR", "SO_REUSEPORT")), found::toString);
        assertFalse(found.contains("SO_RCVBUF"), found::toString);
        for (String before : List.of("diff", "try --file")) {
            List<String> files = completions("fish", """
                    source '%s/share/fish/vendor_completions.d/reuseport.fish'
                    complete -C 'reuseport %s /etc/pass'
                    """.formatted(unpacked, before));
            assertTrue(files.contains("/etc/passwd"), files::toString);
        }
    }

    /** As zsh calls it, but that what it would offer is printed: it offers only in a terminal. */
    @Test
    void zshCompletesNamesOfOptions() throws Exception {
        String script = """
                compadd() { shift; print -l -- "$@" }
                complete() { CURRENT=$#words PREFIX=$words[-1]; source '%s/share/zsh/site-functions/_reuseport' }
                words=(reuseport %s); complete
                """;
        List<String> names = completions("zsh", script.formatted(unpacked, "inspect SO_REUSE"));
        assertTrue(names.containsAll(List.of("SO_REUSEADDR", "SO_REUSEPORT")), names::toString);
        assertTrue(completions("zsh", script.formatted(unpacked, "in")).contains("inspect"));
        assertEquals(List.of("inet", "inet6"), completions("zsh", script.formatted(unpacked, "inspect --family in")));
        assertTrue(
                completions("zsh", script.formatted(unpacked, "inspect --fa")).contains("--family"));
    }

    /** A root folder of what a Java runtime and a shell need of this machine, and the list of packages of an empty one. */
    @Test
    void thePackageIsInstalledRunAndRemoved() throws Exception {
        Path deb = only(".deb");
        assumeProgram("dpkg");
        assumeProgram("unshare");
        Root.assume("installing a package");
        Path root = Files.createDirectory(shared.resolve("root"));
        for (String folder : List.of("bin", "etc", "proc", "dev", "tmp", "var/lib/dpkg/info", "var/lib/dpkg/updates")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.createFile(root.resolve("dev/null"));
        Files.createFile(root.resolve("var/lib/dpkg/available"));
        Path runtime = unpacked.resolve("lib/reuseport/runtime");
        Files.copy(Path.of("/bin/sh").toRealPath(), root.resolve("bin/sh"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.copy(
                Path.of("/usr/bin/readlink").toRealPath(),
                root.resolve("bin/readlink"),
                StandardCopyOption.COPY_ATTRIBUTES);
        try (Stream<Path> libraries = Files.walk(runtime.resolve("lib"))) {
            List<String> ldd = new ArrayList<>(List.of("ldd", "/bin/sh", "/usr/bin/readlink", runtime + "/bin/java"));
            libraries
                    .filter(file -> file.toString().endsWith(".so"))
                    .map(Path::toString)
                    .forEach(ldd::add);
            for (String line :
                    run(shared, Map.of(), ldd.toArray(String[]::new)).out().split("\n")) {
                String library = line.strip().replaceFirst("^.* => ", "").replaceFirst(" \\(.*", "");
                if (library.startsWith("/lib") || library.startsWith("/usr/lib")) {
                    Path copy = root.resolve(library.substring(1));
                    Files.createDirectories(copy.getParent());
                    Files.copy(Path.of(library).toRealPath(), copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        Run libc = run(shared, Map.of(), "dpkg-query", "-s", "libc6");
        assumeTrue(libc.status() == 0, "dpkg knows no libc6 here");
        // Alone, without what it depends on in turn.
        Files.writeString(
                root.resolve("var/lib/dpkg/status"),
                libc.out()
                                .lines()
                                .filter(line ->
                                        line.matches("(Package|Status|Version|Architecture|Maintainer|Multi-Arch): .*"))
                                .collect(Collectors.joining("\n"))
                        + "\nDescription: C library\n");

        Set<String> before = filesBelow(root);
        Run installed = run(shared, Map.of(), "dpkg", "--root=" + root, "-i", deb.toString());
        assertEquals(0, installed.status(), installed::toString);
        assertTrue(Files.exists(root.resolve("usr/share/man/man1/reuseport.1")));
        Run demo = run(
                shared,
                Map.of("SCENE", root.toString(), "HOME", "/"),
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind /proc \"$SCENE/proc\" && mount --bind /dev/null \"$SCENE/dev/null\""
                        + " && exec chroot \"$SCENE\" /usr/bin/reuseport demo --listen-addr " + Loopback.host()
                        + " --port " + freePort());
        assumeTrue(!demo.err().startsWith("mount: ") && !demo.err().startsWith("unshare: "), demo::err);
        assertEquals(0, demo.status(), demo::toString);
        assertTrue(demo.out().contains("=== jdk ==="), demo::out);
        Run removed = run(shared, Map.of(), "dpkg", "--root=" + root, "-r", "reuseport");
        assertEquals(0, removed.status(), removed::toString);
        assertEquals(before, filesBelow(root));
    }

    /** But what dpkg itself writes. */
    private static Set<String> filesBelow(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> !file.startsWith("var/lib/dpkg"))
                    .filter(file -> !file.startsWith("var/log"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
