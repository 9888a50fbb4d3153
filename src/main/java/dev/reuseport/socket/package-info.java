/**
 * Sockets that this process owns, natively or through the JDK.
 *
 * <p>Numbers and bytes stop at {@code sys} and {@code option}: here options have names and values. The seam is {@link
 * dev.reuseport.socket.TcpListener}, and for datagrams {@link dev.reuseport.socket.UdpSocket}.
 */
package dev.reuseport.socket;
