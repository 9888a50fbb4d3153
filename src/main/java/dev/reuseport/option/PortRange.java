package dev.reuseport.option;

/**
 * Ports, as IP_LOCAL_PORT_RANGE (Linux 6.3) has them: what the kernel may pick for port 0 on this socket.
 *
 * @param lower the first port, 0 for the system's own bound
 * @param upper the last port, 0 for the system's own bound
 */
public record PortRange(int lower, int upper) {
    /** Tells whether a port is one of them. */
    public boolean has(int port) {
        return lower <= port && port <= upper;
    }
}
