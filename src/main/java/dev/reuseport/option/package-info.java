/**
 * What a socket option is: its level, its name, how its bytes are a value, who may set it, where it is documented.
 *
 * <p>Its number is in {@code abi}; reading and setting it is in {@code socket}. The seam is the table, {@link dev.reuseport.option.SockOpts}.
 */
package dev.reuseport.option;
