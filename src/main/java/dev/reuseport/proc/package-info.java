/**
 * All that Linux tells below {@code /proc}: lists of sockets, processes and their descriptors, settings, addresses.
 *
 * <p>What follows from it is for the rooms above to say. The seam is {@link dev.reuseport.proc.Proc}, whose root tests replace.
 */
package dev.reuseport.proc;
