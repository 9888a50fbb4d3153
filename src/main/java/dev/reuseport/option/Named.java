package dev.reuseport.option;

import java.util.Optional;

/**
 * A number that has a C name on the system it was read on: {@code 1 (SOCK_STREAM)}.
 *
 * @param number the number as read
 * @param name its name, where it has one
 */
public record Named(int number, Optional<String> name) {
    @Override
    public String toString() {
        return name.map(known -> number + " (" + known + ")").orElse(Integer.toString(number));
    }
}
