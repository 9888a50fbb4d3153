package dev.reuseport.bind.rules;

/** Why two addresses are in each other's way. */
public enum Overlap {
    /** They are the same; {@code 127.0.0.1} and {@code ::ffff:127.0.0.1} are. */
    SAME,
    /** The owner is bound to the wildcard of the newcomer's family. */
    OWNER_WILDCARD,
    /** The newcomer is bound to the wildcard of the owner's family. */
    NEWCOMER_WILDCARD,
    /** The owner is bound to {@code ::} without IPV6_V6ONLY, which takes IPv4 too. */
    OWNER_DUAL_STACK,
    /** The newcomer is bound to {@code ::} without IPV6_V6ONLY, which takes IPv4 too. */
    NEWCOMER_DUAL_STACK
}
