/**
 * All that Linux tells below {@code /proc}, and of sockets to whoever asks: lists of sockets, processes and their
 * descriptors, cgroups, settings, addresses.
 *
 * <p>What follows from it is for the rooms above to say. The seam is {@link dev.reuseport.proc.Proc}, whose root tests
 * replace; {@link dev.reuseport.proc.SockDiag} asks through the calls of libc, before which tests stand.
 */
package dev.reuseport.proc;
