package dev.reuseport.bind.rules;

import dev.reuseport.abi.LinuxRelease;
import dev.reuseport.abi.Platform;
import java.util.List;
import java.util.Optional;

/**
 * Rules by their name.
 *
 * @param name {@code linux-6.1}
 */
public record Ruleset(String name, SystemRules rules) {
    /** Linux, of the newest release that is known; where that is known, it stands for the kernel that this runs on. */
    public static final Ruleset LINUX = new Ruleset("linux", new LinuxRules(LinuxRules.NEWEST));

    public static final Ruleset MACOS = new Ruleset("macos", new MacosRules());
    public static final Ruleset FREEBSD = new Ruleset("freebsd", new FreebsdRules(false));
    public static final Ruleset FREEBSD_14_0 = new Ruleset("freebsd-14.0", new FreebsdRules(true));
    public static final Ruleset OPENBSD = new Ruleset("openbsd", new OpenbsdRules());
    public static final Ruleset NETBSD = new Ruleset("netbsd", new NetbsdRules());
    public static final Ruleset WINDOWS = new Ruleset("windows", new WindowsRules());

    private static final String OF_A_RELEASE = "linux-";
    private static final List<Ruleset> NAMED = List.of(
            LINUX,
            linux("linux-5.4"),
            linux("linux-5.10"),
            linux("linux-6.1"),
            linux("linux-6.8"),
            linux("linux-6.12"),
            MACOS,
            FREEBSD,
            FREEBSD_14_0,
            OPENBSD,
            NETBSD,
            WINDOWS);

    /** Returns those that have a name of their own; {@link #named} knows every release of Linux beside them. */
    public static List<Ruleset> all() {
        return NAMED;
    }

    /**
     * Finds rules by their name: one of {@link #all}, or {@code linux-} and a release, as {@code linux-6.1.170}.
     *
     * @param here the release of the kernel that this runs on, which {@code linux} stands for
     */
    public static Optional<Ruleset> named(String name, Optional<LinuxRelease> here) {
        if (name.equals(LINUX.name)) {
            return Optional.of(here.map(Ruleset::linux).orElse(LINUX));
        }
        Optional<Ruleset> known =
                NAMED.stream().filter(each -> each.name.equals(name)).findFirst();
        return known.isPresent() || !name.startsWith(OF_A_RELEASE)
                ? known
                : LinuxRelease.parse(name.substring(OF_A_RELEASE.length()))
                        .map(release -> new Ruleset(name, new LinuxRules(release)));
    }

    /** Returns those of a platform, if they are known; its release counts on Linux. */
    public static Optional<Ruleset> of(Platform platform, Optional<LinuxRelease> release) {
        return platform.linux()
                ? named(LINUX.name, release)
                : switch (platform) {
                    case DARWIN -> Optional.of(MACOS);
                    case FREEBSD -> Optional.of(FREEBSD);
                    case OPENBSD -> Optional.of(OPENBSD);
                    case NETBSD -> Optional.of(NETBSD);
                    default -> Optional.empty();
                };
    }

    private static Ruleset linux(String name) {
        return new Ruleset(
                name,
                new LinuxRules(LinuxRelease.parse(name.substring(OF_A_RELEASE.length()))
                        .orElseThrow()));
    }

    private static Ruleset linux(LinuxRelease here) {
        return new Ruleset(LINUX.name, new LinuxRules(here));
    }

    @Override
    public String toString() {
        return name;
    }
}
