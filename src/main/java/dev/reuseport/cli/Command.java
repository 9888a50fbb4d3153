package dev.reuseport.cli;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import dev.reuseport.cli.value.Seconds;
import dev.reuseport.experiment.group.OwnProgram;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Sheet;
import dev.reuseport.socket.Mode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command: what its help says, what it takes, and what it does.
 *
 * <p>It is declared by picocli's builders and not by its annotations. For each type of annotation that is read, Java
 * writes a class while the program runs, and that was a quarter of a start.
 */
abstract class Command implements Callable<Integer> {
    /** Exit status: not possible on this platform or without this privilege. */
    static final int NOT_POSSIBLE = 3;

    /** IPv4 or IPv6, as it is typed. */
    enum Family {
        INET(Const.AF_INET),
        INET6(Const.AF_INET6);

        final Const number;

        Family(Const number) {
            this.number = number;
        }
    }

    /** The constants of an enum as they are typed. */
    private record Words<T>(Class<T> type) implements CommandLine.ITypeConverter<T>, Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(type.getEnumConstants())
                    .map(each -> each.toString().toLowerCase(Locale.ROOT))
                    .iterator();
        }

        @Override
        public T convert(String text) {
            for (T each : type.getEnumConstants()) {
                if (each.toString().equalsIgnoreCase(text)) {
                    return each;
                }
            }
            throw new CommandLine.TypeConversionException("'" + text + "' is not one of " + String.join(", ", this));
        }
    }

    /** How a reading command prints. */
    enum Format {
        TEXT,
        JSON
    }

    /**
     * Makes what picocli wants an instance of: lists, and by picocli's own factory what is rare. That one looks for a class
     * of Groovy's when it is loaded, and a class that is not there has all of the jar opened, a fifth of a start.
     */
    static final class Factory implements CommandLine.IFactory {
        @Override
        public <T> T create(Class<T> type) throws Exception {
            return type == List.class
                    ? type.cast(new ArrayList<>())
                    : CommandLine.defaultFactory().create(type);
        }
    }

    /** What picocli knows of this command. */
    final CommandSpec spec;

    Command(String name, String header) {
        spec = CommandSpec.wrapWithoutInspection(this, new Factory()).name(name);
        spec.usageMessage().header(header);
    }

    /**
     * Declares an option with one value.
     *
     * @param label what the help calls the value; null for {@code <name>}
     * @param byDefault as it would be typed; null if there is none
     */
    final <T> Supplier<T> option(Class<T> type, String name, String label, String byDefault, String description) {
        return option(
                type, label, OptionSpec.builder(name).defaultValue(byDefault).description(description));
    }

    /** As above, of what is declared otherwise. */
    final <T> Supplier<T> option(Class<T> type, String label, OptionSpec.Builder declared) {
        String name = declared.names()[0].substring("--".length());
        if (type.isEnum() && declared.converters() == null) {
            Words<T> words = new Words<>(type);
            declared.converters(words).completionCandidates(words);
        }
        return added(declared.type(type)
                .paramLabel(label == null ? "<" + name + ">" : label)
                .build());
    }

    /** Declares an option that may be repeated. */
    final <T> Supplier<List<T>> options(Class<T> type, OptionSpec.Builder declared) {
        return added(declared.type(List.class)
                .auxiliaryTypes(type)
                .arity("1")
                .initialValue(List.of())
                .build());
    }

    /** Declares an option without a value. */
    final Supplier<Boolean> flag(String name, String description) {
        return added(OptionSpec.builder(name)
                .type(boolean.class)
                .initialValue(false)
                .description(description)
                .build());
    }

    /** Declares an option without a value that this program alone gives, to its own processes. */
    final Supplier<Boolean> hiddenFlag(String name) {
        return added(OptionSpec.builder(name)
                .type(boolean.class)
                .initialValue(false)
                .hidden(true)
                .build());
    }

    /** Declares an option whose value is a number. */
    final Supplier<Integer> number(String name, int byDefault, String description) {
        return option(int.class, name, "N", Integer.toString(byDefault), description);
    }

    /** Declares an option whose value is a time. */
    final Supplier<Duration> time(String name, String byDefault, String description) {
        return option(
                Duration.class,
                "TIME",
                OptionSpec.builder(name)
                        .defaultValue(byDefault)
                        .converters(new Seconds())
                        .description(description));
    }

    /** Declares {@code --mode}. */
    final Supplier<Mode> mode(String description) {
        return option(Mode.class, "--mode", "native|ffm|jdk", "native", description);
    }

    /** Declares {@code --listen-addr} of an experiment. */
    final Supplier<String> loopback() {
        return option(
                String.class, "--listen-addr", "ADDR", "127.0.0.1", "A loopback address. Default: ${DEFAULT-VALUE}.");
    }

    /** Declares {@code --family}. */
    final Supplier<Family> family() {
        return option(Family.class, "--family", "inet|inet6", "inet6", "Default: ${DEFAULT-VALUE}.");
    }

    /** Declares {@code --format}, for {@link #report}. */
    final Supplier<Format> format() {
        return option(Format.class, "--format", "text|json", "text", "Default: ${DEFAULT-VALUE}.");
    }

    /** Prints an answer in the format that was asked for. */
    final void report(Answer answer, Supplier<Format> format) {
        if (format.get() == Format.JSON) {
            answer.json().print(out());
        } else {
            print(answer);
        }
    }

    /** Prints an answer for people. */
    final void print(Answer answer) {
        PrintWriter sheet = sheet();
        answer.print(sheet);
        sheet.flush();
    }

    /** Returns where to print for people: on a terminal no line is wider than that. */
    final PrintWriter sheet() {
        return Sheet.over(out());
    }

    /** Returns this host's platform: those of others may be asked about on one that is not known. */
    static Optional<Platform> host() {
        return Abi.hostIfKnown().map(Abi::platform);
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints a line on stderr, behind the name of this command. */
    final void warn(String sentence) {
        err().println(spec.qualifiedName() + ": " + sentence);
    }

    /** Returns this program, to be started once more. */
    static OwnProgram ownProgram() {
        return OwnProgram.of("dev.reuseport.cli.Main");
    }

    /** Declares what stands at one place of the command line, and may be missing if there is a default. */
    final <T> Supplier<T> argument(Class<T> type, PositionalParamSpec.Builder declared) {
        return added(
                declared.type(type).required(declared.defaultValue() == null).build());
    }

    /** Declares what stands on the command line from one place on. */
    final <T> Supplier<List<T>> arguments(Class<T> type, PositionalParamSpec.Builder declared) {
        return added(declared.type(List.class)
                .auxiliaryTypes(type)
                .arity("0..*")
                .initialValue(List.of())
                .build());
    }

    /** Returns what to type on a machine without IPv6; empty if these arguments do not ask for it. */
    Optional<String> withoutIpv6() {
        return Optional.empty();
    }

    private <T> Supplier<T> added(ArgSpec declared) {
        spec.add(declared);
        return declared::getValue;
    }
}
