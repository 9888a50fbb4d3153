/**
 * What sockets are set to: every option of a fresh one, two readings compared, the sockets of other processes.
 *
 * <p>Nothing here changes a socket of somebody else's. The seams are {@link dev.reuseport.inspect.Reading} and {@link dev.reuseport.inspect.PortSockets}.
 */
package dev.reuseport.inspect;
