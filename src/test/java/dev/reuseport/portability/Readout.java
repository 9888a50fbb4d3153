package dev.reuseport.portability;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.option.SockOpt;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A row: an option, what it is set to, and what each system then says that it is.
 *
 * @param kind the socket
 * @param option the option
 * @param arguments two values, of which the one is set that the option does not have yet; none if it is only read
 * @param rules what the systems say; no system in two of them
 * @param <T> the Java value
 */
record Readout<T>(SocketKind kind, SockOpt<T> option, List<T> arguments, List<Rule<T>> rules) {

    /** What a system says, and why. */
    record Rule<T>(Set<Platform> where, Answer<T> answer, String reason) {}

    /** What is said about an option after it was set. */
    sealed interface Answer<T> {
        /** A value, which follows from the one that was set. */
        record Reads<T>(UnaryOperator<T> from) implements Answer<T> {}

        /** {@code setsockopt} or {@code getsockopt} fails. */
        record Refuses<T>(Const errno) implements Answer<T> {}

        /** The system's headers do not have it. */
        record Lacks<T>() implements Answer<T> {}
    }

    /** Begins a row of an option that is set to whichever of two values it does not have. */
    static <T> Readout<T> row(SocketKind kind, SockOpt<T> option, T argument, T other) {
        return new Readout<>(kind, option, List.of(argument, other), List.of());
    }

    /** Begins a row of an option that is only read. */
    static <T> Readout<T> row(SocketKind kind, SockOpt<T> option) {
        return new Readout<>(kind, option, List.of(), List.of());
    }

    /** These systems read back what was set. */
    Readout<T> asSet(Set<Platform> where, String reason) {
        return with(where, new Answer.Reads<>(UnaryOperator.identity()), reason);
    }

    /** These systems read back something else than what was set. */
    Readout<T> changed(Set<Platform> where, UnaryOperator<T> change, String reason) {
        return with(where, new Answer.Reads<>(change), reason);
    }

    /** These systems read this value. */
    Readout<T> reads(Set<Platform> where, T value, String reason) {
        return with(where, new Answer.Reads<>(set -> value), reason);
    }

    /** These systems have the option and do not let it be read, or not set to one of the values. */
    Readout<T> refuses(Set<Platform> where, Const errno, String reason) {
        return with(where, new Answer.Refuses<>(errno), reason);
    }

    /** These systems do not have the option. */
    Readout<T> lacks(Set<Platform> where, String reason) {
        return with(where, new Answer.Lacks<>(), reason);
    }

    private Readout<T> with(Set<Platform> where, Answer<T> answer, String reason) {
        List<Rule<T>> more = new ArrayList<>(rules);
        more.add(new Rule<>(where, answer, reason));
        return new Readout<>(kind, option, arguments, List.copyOf(more));
    }

    /** Returns what is expected of a platform; empty where nobody has looked. */
    Optional<Rule<T>> rule(Platform platform) {
        return rules.stream().filter(rule -> rule.where().contains(platform)).findFirst();
    }

    /** Returns the platforms of several sets that {@code without} does not name. */
    static Set<Platform> but(Set<Platform> all, Platform... without) {
        EnumSet<Platform> rest = EnumSet.copyOf(all);
        for (Platform platform : without) {
            rest.remove(platform);
        }
        return rest;
    }

    @Override
    public String toString() {
        return option + " of " + kind;
    }
}
