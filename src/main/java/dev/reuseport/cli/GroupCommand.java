package dev.reuseport.cli;

import dev.reuseport.abi.Const;
import dev.reuseport.abi.Sockaddr;
import dev.reuseport.cli.value.Seconds;
import dev.reuseport.experiment.group.RunningGroups;
import dev.reuseport.print.Stdout;
import dev.reuseport.print.group.GroupAnswer;
import dev.reuseport.print.group.Redrawn;
import dev.reuseport.proc.Proc;
import dev.reuseport.sys.Binding;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code reuseport group}. */
final class GroupCommand extends Command {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final String EVERY_SECOND = "1s";

    private final Supplier<List<String>> which = arguments(
            String.class,
            PositionalParamSpec.builder()
                    .index("0..*")
                    .paramLabel("[tcp|udp] [ADDR:PORT]")
                    .hideParamSyntax(true)
                    .description(
                            "Whose members to show, as tcp 127.0.0.1:80; a port alone, :80 and *:80 are every address of"
                                    + " the port. Without: a line for each address with more than one socket."));

    private final Supplier<Duration> watch = option(
            Duration.class,
            "TIME",
            OptionSpec.builder("--watch")
                    .arity("0..1")
                    .fallbackValue(EVERY_SECOND)
                    .converters(new Seconds())
                    .parameterConsumer((stack, option, command) -> {
                        boolean time = !stack.isEmpty() && stack.peek().matches("\\d{1,3}|[0-9.]+(?:ms|s|m)");
                        option.setValue(new Seconds().convert(time ? stack.pop() : EVERY_SECOND));
                    })
                    .description("Look again and again, and show rates. Default: every second."));

    private final Supplier<Integer> count =
            option(Integer.class, "--count", "N", null, "Look so many times, and end. Without --watch once a second.");

    private final Supplier<Format> format = format();

    GroupCommand() {
        super("group", "Show who shares a port now: members, holders, queues, drops and shares.");
        spec.usageMessage()
                .description(
                        "Finds every socket that listens at an address, or for UDP is bound to it, with the processes"
                                + " that have it, its queue and what it dropped; counts who has how many of the"
                                + " connections, and tests the counts against even shares; and warns of what is wrong."
                                + " It connects to nobody and changes nothing.",
                        "")
                .footer(
                        "",
                        "Connections that come and go between two looks are not seen. Whether a program steers"
                                + " (SO_ATTACH_REUSEPORT_CBPF) no kernel tells.",
                        "Ctrl-C ends --watch, with status 130. Linux.",
                        "Exit status: 0 shown; 1 nobody listens there; 3 nothing can be seen.",
                        "Try: reuseport group",
                        "     reuseport group tcp :443 --watch",
                        "     reuseport group udp 127.0.0.1:53 --watch=500ms --count 10 --format json");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(which.get());
        List<Const> protocols = protocols(words);
        if (words.size() > 1) {
            throw Arguments.wrong(spec, "tcp or udp, and one ADDR:PORT, not '" + words.get(1) + "'");
        }
        Optional<Sockaddr> address = words.stream().findFirst().map(text -> Arguments.listening(spec, text));
        if (count.get() != null) {
            Arguments.range(spec, "--count", count.get(), 1, Integer.MAX_VALUE);
        }
        if (watch.get() != null && watch.get().compareTo(SHORTEST) < 0) {
            throw Arguments.wrong(spec, "--watch is 100ms or more");
        }
        RunningGroups groups = new RunningGroups(Binding.JNR.load(), Proc.ofHost(), protocols, address);
        RunningGroups.Seen first = groups.look();
        if (address.isPresent() && first.groups().isEmpty()) {
            throw new IOException("nobody has " + String.join(" ", which.get()) + " in this network namespace");
        }
        if (watch.get() == null && count.get() == null) {
            report(new GroupAnswer(first, address.isPresent(), false), format);
            return ExitCode.OK;
        }
        repeat(groups, first, address.isPresent());
        return ExitCode.OK;
    }

    /** Takes the protocol off the words, where one is named. */
    private List<Const> protocols(List<String> words) {
        Optional<Const> named = words.isEmpty()
                ? Optional.empty()
                : switch (words.get(0).toLowerCase(Locale.ROOT)) {
                    case "tcp" -> Optional.of(Const.IPPROTO_TCP);
                    case "udp" -> Optional.of(Const.IPPROTO_UDP);
                    default -> Optional.empty();
                };
        if (named.isPresent()) {
            words.remove(0);
        }
        return named.map(List::of).orElse(List.of(Const.IPPROTO_TCP, Const.IPPROTO_UDP));
    }

    private void repeat(RunningGroups groups, RunningGroups.Seen first, boolean whole)
            throws IOException, InterruptedException {
        long interval = (watch.get() == null ? new Seconds().convert(EVERY_SECOND) : watch.get()).toNanos();
        long next = System.nanoTime();
        int left = count.get() == null ? Integer.MAX_VALUE : count.get();
        boolean redraw = format.get() == Format.TEXT && out() instanceof Stdout stdout && stdout.terminal();
        try (Redrawn picture = new Redrawn(out(), redraw)) {
            for (RunningGroups.Seen seen = first; ; seen = groups.look()) {
                GroupAnswer answer = new GroupAnswer(seen, whole, true);
                if (format.get() == Format.JSON) {
                    answer.json().printLine(out());
                } else {
                    picture.show(answer);
                }
                left -= left == Integer.MAX_VALUE ? 0 : 1;
                if (left == 0 || out().checkError()) {
                    return;
                }
                next = Math.max(next + interval, System.nanoTime());
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            }
        }
    }
}
