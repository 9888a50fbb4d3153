package dev.reuseport.cli;

import dev.reuseport.cli.value.Seconds;
import dev.reuseport.print.Answer;
import dev.reuseport.print.Stdout;
import dev.reuseport.print.group.Redrawn;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** {@code --watch} and {@code --count}: to look again and again. */
final class WatchOptions {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final String EVERY_SECOND = "1s";

    private final Command command;
    private final Supplier<Duration> watch;
    private final Supplier<Integer> count;

    /** What is seen at the next look. */
    interface Look {
        Answer next() throws IOException;
    }

    /** Declares them. */
    WatchOptions(Command command) {
        this.command = command;
        watch = command.option(
                Duration.class,
                "TIME",
                OptionSpec.builder("--watch")
                        .arity("0..1")
                        .fallbackValue(EVERY_SECOND)
                        .converters(new Seconds())
                        .preprocessor((stack, spec, option, info) -> {
                            // What stands behind "=" is meant for it; a word of its own may be an address.
                            boolean time = "=".equals(info.get("separator"))
                                    || !stack.isEmpty() && stack.peek().matches("\\d{1,3}|[0-9.]+(?:ms|s|m)");
                            option.setValue(seconds(time ? stack.pop() : EVERY_SECOND));
                            return true;
                        })
                        .description("Look again and again, and show rates. Default: every second."));
        count = command.option(
                Integer.class, "--count", "N", null, "Look so many times, and end. Without --watch once a second.");
    }

    private Duration seconds(String text) {
        try {
            return new Seconds().convert(text);
        } catch (TypeConversionException e) {
            throw Arguments.wrong(command.spec, "--watch: " + e.getMessage());
        }
    }

    /** Refuses what makes no sense. */
    void check() {
        if (count.get() != null) {
            Arguments.range(command.spec, "--count", count.get(), 1, Integer.MAX_VALUE);
        }
        if (watch.get() != null && watch.get().compareTo(SHORTEST) < 0) {
            throw Arguments.wrong(command.spec, "--watch is 100ms or more");
        }
    }

    /** Tells whether one look is enough. */
    boolean once() {
        return watch.get() == null && count.get() == null;
    }

    /** Prints what was seen first, and looks again until it was often enough, or nobody reads any more. */
    void repeat(Answer first, Look look, boolean json) throws IOException, InterruptedException {
        long interval = (watch.get() == null ? new Seconds().convert(EVERY_SECOND) : watch.get()).toNanos();
        long next = System.nanoTime();
        int left = count.get() == null ? Integer.MAX_VALUE : count.get();
        PrintWriter out = command.out();
        boolean redraw = !json && out instanceof Stdout stdout && stdout.terminal();
        Redrawn picture = new Redrawn(out, redraw);
        for (Answer answer = first; ; answer = look.next()) {
            if (json) {
                answer.json().printLine(out);
            } else {
                picture.show(answer);
            }
            left -= left == Integer.MAX_VALUE ? 0 : 1;
            if (left == 0 || out.checkError()) {
                return;
            }
            next = Math.max(next + interval, System.nanoTime());
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        }
    }
}
