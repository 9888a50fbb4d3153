/**
 * The article's program: its accept loop, its lines, its client.
 *
 * <p>It knows one listener and no group. The seam is {@link dev.reuseport.receiver.Receiver}.
 */
package dev.reuseport.receiver;
