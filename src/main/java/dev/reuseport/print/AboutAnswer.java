package dev.reuseport.print;

import dev.reuseport.abi.Platform;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.SockOpts;
import java.io.PrintWriter;
import java.net.SocketOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What options are: no socket is asked.
 *
 * @param host this host's platform, if it is known
 */
public record AboutAnswer(List<SockOpt<?>> options, Optional<Platform> host) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("options", options.stream().map(AboutAnswer::about).toList());
    }

    private static Json about(SockOpt<?> option) {
        Json numbers = new Json();
        for (Platform platform : Platform.values()) {
            numbers.with(
                    platform.id(),
                    option.definedOn(platform)
                            ? new Json()
                                    .with("level", option.level().on(platform))
                                    .with("option", option.option().on(platform))
                            : null);
        }
        return new Json()
                .with("level", option.level().name())
                .with("name", option.name())
                .with("shape", option.codec().shape())
                .with("takes", takes(option))
                .with("readable", option.access().readable())
                .with("writable", option.access().writable())
                .with("privilege", SockOpts.privilege(option))
                .with("page", option.page())
                .with("since", option.since())
                .with("jdk", option.twin().map(SocketOption::name))
                .with("numbers", numbers);
    }

    @Override
    public void print(PrintWriter out) {
        boolean first = true;
        for (SockOpt<?> option : options) {
            out.print(first ? "" : System.lineSeparator());
            first = false;
            out.println(option.level() + " " + option);
            Table table = new Table().row("holds", option.codec().shape()).row("access", access(option));
            takes(option).ifPresent(takes -> table.row("takes", takes));
            table.row("page", option.page());
            option.since().ifPresent(release -> table.row("since", "Linux " + option.linux()));
            table.row("JDK", option.twin().map(SocketOption::name).orElse("no name"));
            Map<String, String> numbers = numbers(option);
            String[] title = {"number"};
            numbers.forEach((number, where) -> {
                table.row(title[0], number + ": " + where);
                title[0] = "";
            });
            table.print(out, "  ");
        }
    }

    private static Optional<String> takes(SockOpt<?> option) {
        return Optional.of(option.codec().takes())
                .filter(takes -> option.access().writable());
    }

    private static String access(SockOpt<?> option) {
        String how = switch (option.access()) {
            case READ_WRITE -> "can be read and set";
            case READ_ONLY -> "can only be read";
            case READ_CLEARS -> "can only be read, which clears it";
            case WRITE_ONLY -> "can only be set";
        };
        return how
                + SockOpts.privilege(option)
                        .map(takes -> "; setting it takes " + takes)
                        .orElse("");
    }

    /** The platforms that agree, by level and option; this host's has a star. */
    private Map<String, String> numbers(SockOpt<?> option) {
        return Stream.of(Platform.values())
                .collect(Collectors.groupingBy(
                        platform -> option.definedOn(platform)
                                ? option.option().text(option.option().on(platform)) + " at level "
                                        + option.level().text(option.level().on(platform))
                                : "not defined",
                        LinkedHashMap::new,
                        Collectors.mapping(
                                platform -> (host.filter(platform::equals).isPresent() ? "*" : "") + platform.id(),
                                Collectors.joining(", "))));
    }
}
