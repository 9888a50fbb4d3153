/**
 * Cases on this kernel: sockets of this process, of another user, of the JDK; and this host as rules see one.
 *
 * <p>What a step means is in {@code bind.step}; what should come of it is in {@code bind.rules}. The seam is {@link dev.reuseport.bind.run.CaseSockets}: where the sockets of a case are.
 */
package dev.reuseport.bind.run;
