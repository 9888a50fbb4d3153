package dev.reuseport.option;

/**
 * The value of IP_LOCAL_PORT_RANGE (Linux 6.3): what the kernel may pick for port 0 on this socket.
 *
 * @param lower the first port, 0 for the system's own bound
 * @param upper the last port, 0 for the system's own bound
 */
public record PortRange(int lower, int upper) {}
