package dev.reuseport.bind.host;

/**
 * An interface.
 *
 * @param index what sin6_scope_id and SO_BINDTOIFINDEX call it by ({@code if_nametoindex(3)}), from 1
 */
public record Device(String name, int index) {}
