package dev.reuseport.bind.rules;

import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.util.Optional;
import java.util.Set;

/**
 * The options of a socket that a bind looks at.
 *
 * @param device the interface of SO_BINDTODEVICE
 * @param anyAddress IP_FREEBIND, IP_TRANSPARENT, SO_BINDANY or one of their twins: an address need not be local
 */
public record Flags(
        boolean reuseAddr,
        boolean reusePort,
        boolean reusePortLb,
        boolean shareUid,
        boolean v6only,
        Optional<String> device,
        boolean anyAddress) {

    /** Nothing is set. */
    public static final Flags NONE = new Flags(false, false, false, false, false, Optional.empty(), false);

    private static final Set<SockOpt<?>> ANY_ADDRESS = Set.of(
            SockOpts.IP_FREEBIND,
            SockOpts.IPV6_FREEBIND,
            SockOpts.IP_TRANSPARENT,
            SockOpts.IPV6_TRANSPARENT,
            SockOpts.SO_BINDANY,
            SockOpts.IP_BINDANY);

    private static final Set<SockOpt<?>> OTHERS = Set.of(
            SockOpts.SO_REUSEADDR,
            SockOpts.SO_REUSEPORT,
            SockOpts.SO_REUSEPORT_LB,
            SockOpts.SO_REUSESHAREUID,
            SockOpts.IPV6_V6ONLY,
            SockOpts.SO_BINDTODEVICE);

    /** Tells whether a bind of some system looks at an option. */
    static boolean has(SockOpt<?> option) {
        return ANY_ADDRESS.contains(option) || OTHERS.contains(option);
    }

    /** Returns these flags after an option was set; the same if it is one that no bind looks at. */
    public Flags with(Setting<?> setting) {
        SockOpt<?> option = setting.option();
        if (setting.value() instanceof String text) {
            return option == SockOpts.SO_BINDTODEVICE
                    ? withDevice(Optional.of(text).filter(name -> !name.isEmpty()))
                    : this;
        }
        return setting.value() instanceof Boolean on ? with(option, on) : this;
    }

    private Flags with(SockOpt<?> option, boolean on) {
        if (option == SockOpts.SO_REUSEADDR) {
            return withReuseAddr(on);
        }
        if (option == SockOpts.SO_REUSEPORT) {
            return withReusePort(on);
        }
        if (option == SockOpts.SO_REUSEPORT_LB) {
            return new Flags(reuseAddr, reusePort, on, shareUid, v6only, device, anyAddress);
        }
        if (option == SockOpts.SO_REUSESHAREUID) {
            return new Flags(reuseAddr, reusePort, reusePortLb, on, v6only, device, anyAddress);
        }
        if (option == SockOpts.IPV6_V6ONLY) {
            return withV6only(on);
        }
        return ANY_ADDRESS.contains(option)
                ? new Flags(reuseAddr, reusePort, reusePortLb, shareUid, v6only, device, on)
                : this;
    }

    /** Returns these flags with another SO_REUSEADDR. */
    public Flags withReuseAddr(boolean on) {
        return new Flags(on, reusePort, reusePortLb, shareUid, v6only, device, anyAddress);
    }

    /** Returns these flags with another SO_REUSEPORT. */
    public Flags withReusePort(boolean on) {
        return new Flags(reuseAddr, on, reusePortLb, shareUid, v6only, device, anyAddress);
    }

    /** Returns these flags with another IPV6_V6ONLY. */
    public Flags withV6only(boolean on) {
        return new Flags(reuseAddr, reusePort, reusePortLb, shareUid, on, device, anyAddress);
    }

    /** Returns these flags with another SO_BINDTODEVICE. */
    public Flags withDevice(Optional<String> name) {
        return new Flags(reuseAddr, reusePort, reusePortLb, shareUid, v6only, name, anyAddress);
    }
}
