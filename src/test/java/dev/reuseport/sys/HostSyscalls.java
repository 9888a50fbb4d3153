package dev.reuseport.sys;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Platform;
import java.util.Optional;

/** The calls of this host for tests, with the numbers of another platform where somebody asks to see them fail. */
public final class HostSyscalls {
    /** A system property: the id of the platform whose numbers this host is to be taken to have. */
    private static final String CLAIM = "reuseport.test.platform";

    /** A system property: what runs this JVM's instructions where no CPU does, as {@code qemu 7.2}. */
    private static final String EMULATOR = "reuseport.test.emulator";

    private HostSyscalls() {}

    /** Returns what stands between this JVM and the kernel, if anything does. */
    public static Optional<String> emulator() {
        return Optional.ofNullable(System.getProperty(EMULATOR));
    }

    /** Returns libc's calls with this host's numbers, or with those that the control run claims. */
    public static Syscalls open() {
        String claim = System.getProperty(CLAIM);
        return claim == null ? new JnrSyscalls() : claiming(Platform.of(claim).orElseThrow());
    }

    /** Returns libc's calls as if this host had the numbers of {@code platform}. */
    public static Syscalls claiming(Platform platform) {
        Abi host = Abi.host();
        return new JnrSyscalls(new Abi(platform, host.wordSize(), host.order()));
    }
}
