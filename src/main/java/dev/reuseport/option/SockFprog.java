package dev.reuseport.option;

/**
 * A classic BPF program in memory, as {@code struct sock_fprog} names it (linux/filter.h).
 *
 * @param instructions how many {@code struct sock_filter} of 8 bytes there are
 * @param address where the first one is
 */
public record SockFprog(int instructions, long address) {}
