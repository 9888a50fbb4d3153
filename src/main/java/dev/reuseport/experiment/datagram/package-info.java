/**
 * Members of a group that get datagrams, and the sources of these.
 *
 * <p>What is counted, and what for, is the experiment's. The seam is {@link dev.reuseport.experiment.datagram.DatagramGroup}.
 */
package dev.reuseport.experiment.datagram;
