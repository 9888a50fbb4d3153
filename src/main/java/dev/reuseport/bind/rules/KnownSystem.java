package dev.reuseport.bind.rules;

import dev.reuseport.abi.Platform;
import java.util.Locale;
import java.util.Optional;

/** The systems whose rules are known. */
public enum KnownSystem {
    LINUX(new LinuxRules()),
    MACOS(new MacosRules()),
    FREEBSD(new FreebsdRules()),
    OPENBSD(new OpenbsdRules());

    private final SystemRules rules;

    KnownSystem(SystemRules rules) {
        this.rules = rules;
    }

    /** Returns its rules. */
    public SystemRules rules() {
        return rules;
    }

    /** Returns the kernel of a platform, if its rules are known. */
    public static Optional<KnownSystem> of(Platform platform) {
        return Optional.ofNullable(
                platform.linux()
                        ? LINUX
                        : switch (platform) {
                            case DARWIN -> MACOS;
                            case FREEBSD -> FREEBSD;
                            case OPENBSD -> OPENBSD;
                            default -> null;
                        });
    }

    /** {@code linux}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
