package dev.reuseport.abi;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * A column of {@link Const}: a system, and for Linux a family of CPUs, because each Unix that Linux was to run binaries of
 * left its numbers to the port. All other Linux CPUs have the numbers of {@link #LINUX}. The order is that of the cells.
 */
public enum Platform {
    /** x86, ARM, RISC-V, s390x, LoongArch, m68k: asm-generic/socket.h. */
    LINUX("linux"),
    /** IRIX's numbers; SOCK_STREAM and SOCK_DGRAM the other way round. */
    LINUX_MIPS("linux-mips"),
    /** SunOS 4's numbers. */
    LINUX_SPARC("linux-sparc"),
    /** OSF/1's numbers. */
    LINUX_ALPHA("linux-alpha"),
    /** HP-UX's numbers. */
    LINUX_PARISC("linux-parisc"),
    /** As {@link #LINUX} but for SO_PASSCRED, SO_PEERCRED, the low-water marks, the timeouts and EDEADLOCK. */
    LINUX_POWERPC("linux-powerpc"),
    DARWIN("darwin"),
    FREEBSD("freebsd"),
    OPENBSD("openbsd"),
    NETBSD("netbsd"),
    DRAGONFLY("dragonfly"),
    /** Not Oracle Solaris, though it too calls itself SunOS: Solaris 11.4 has an SO_REUSEPORT, illumos has none. */
    ILLUMOS("illumos");

    private final String id;

    Platform(String id) {
        this.id = id;
    }

    /** The name that options and JSON use: {@code linux-mips}. */
    public String id() {
        return id;
    }

    /** The platform of an id, in upper or lower case; empty if there is none. */
    public static Optional<Platform> of(String id) {
        return Stream.of(values())
                .filter(platform -> platform.id.equalsIgnoreCase(id))
                .findFirst();
    }

    /** Whether this is any of the Linux columns. */
    public boolean linux() {
        return ordinal() <= LINUX_POWERPC.ordinal();
    }
}
