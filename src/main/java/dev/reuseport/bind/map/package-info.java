/**
 * What never changes, and is cheap to make another of: the state of a case has as many forms as the case has steps.
 *
 * <p>It knows nothing of sockets. The seam is {@link dev.reuseport.bind.map.IntMap}.
 */
package dev.reuseport.bind.map;
