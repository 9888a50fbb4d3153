/**
 * A host as rules see one: its addresses, interfaces and settings, and what its users may.
 *
 * <p>Pure data, read by others or supposed. How a bind uses it is in {@code bind.rules}. The seam is {@link dev.reuseport.bind.host.Host}.
 */
package dev.reuseport.bind.host;
