package dev.reuseport.bind.explain;

import dev.reuseport.abi.Sockaddr;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpt;
import java.util.List;

/** What a remedy changes, for whoever carries it out: of the newcomer, of the owners or of the host. */
public sealed interface Change {
    /** The newcomer sets an option before it binds. */
    record Sets(Setting<?> setting) implements Change {}

    /** The newcomer does not set an option. */
    record LeavesOut(SockOpt<?> option) implements Change {}

    /** The newcomer binds to another address. */
    record BindsTo(Sockaddr address) implements Change {}

    /** The newcomer binds as another effective user. */
    record BindsAs(int uid) implements Change {}

    /**
     * Owners begin anew, and set an option before they bind.
     *
     * @param members which ones, by their places in {@link Explanation#members}, from 0
     */
    record OwnersSet(SockOpt<Boolean> option, List<Integer> members) implements Change {}

    /**
     * Whoever holds these members ends, or closes them.
     *
     * @param members as above
     */
    record OwnersEnd(List<Integer> members) implements Change {}

    /**
     * What is left of connections has passed.
     *
     * @param members as above
     */
    record Passes(List<Integer> members) implements Change {}

    /**
     * A setting of the host, as sysctl(8) writes it.
     *
     * @param name {@code net.ipv4.ip_nonlocal_bind}
     */
    record Sysctl(String name, String value) implements Change {}

    /** Something else, which only the text says. */
    record Other() implements Change {}

    /** Tells whether it is the newcomer that changes, so that it can be tried. */
    default boolean ofNewcomer() {
        return this instanceof Sets || this instanceof LeavesOut || this instanceof BindsTo || this instanceof BindsAs;
    }
}
