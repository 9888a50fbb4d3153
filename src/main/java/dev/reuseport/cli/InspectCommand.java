package dev.reuseport.cli;

import com.google.gson.JsonObject;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.inspect.Reading;
import dev.reuseport.inspect.Setting;
import dev.reuseport.option.SockOpt;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.OptionSocket;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reuseport inspect}. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        header = "Read every option of a fresh socket, or the named ones.",
        description = {
            "Each option with its value and the bytes that the kernel returned; where there is no value, why: not"
                    + " defined on this system, refused with an errno, or of an unknown shape.",
            ""
        },
        footer = {
            "",
            "--set values: on, off, 1, 0; integers; seconds with a fraction for timeouts; off or seconds for SO_LINGER;"
                    + " text for names.",
            "Try: reuseport inspect SO_RCVBUF SO_RCVTIMEO --set SO_RCVBUF=65536 --set SO_RCVTIMEO=0.25"
        })
final class InspectCommand implements Callable<Integer> {
    enum Family {
        INET(Const.AF_INET),
        INET6(Const.AF_INET6);

        final Const number;

        Family(Const number) {
            this.number = number;
        }
    }

    enum Type {
        STREAM(Const.SOCK_STREAM),
        DGRAM(Const.SOCK_DGRAM);

        final Const number;

        Type(Const number) {
            this.number = number;
        }
    }

    @Parameters(paramLabel = "NAME", description = "Options by their C names, as SO_REUSEPORT.")
    private List<String> names = List.of();

    @Option(
            names = "--mode",
            defaultValue = "native",
            description = "native: getsockopt through jnr-ffi. ffm: the same through java.lang.foreign (Java 22). jdk:"
                    + " getOption of a SocketChannel or DatagramChannel, which shows no bytes. Default:"
                    + " ${DEFAULT-VALUE}.")
    private Mode mode;

    @Option(names = "--family", defaultValue = "inet6", description = "inet or inet6. Default: ${DEFAULT-VALUE}.")
    private Family family;

    @Option(names = "--type", defaultValue = "stream", description = "stream or dgram. Default: ${DEFAULT-VALUE}.")
    private Type type;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Set this option first. May be repeated.")
    private List<String> settings = List.of();

    @Option(names = "--format", defaultValue = "text", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<SockOpt<?>> options = Arguments.options(spec, names);
        List<? extends Setting<?>> toSet =
                settings.stream().map(text -> Arguments.setting(spec, text)).toList();
        List<Reading> readings;
        try (OptionSocket socket = mode.open(family.number, type.number)) {
            for (Setting<?> setting : toSet) {
                setting.applyTo(socket);
            }
            readings = Reading.all(socket, options);
        }
        if (format == Format.JSON) {
            JsonObject json = new JsonObject();
            json.addProperty("mode", mode.toString());
            json.addProperty("abi", Abi.host().platform().id());
            json.addProperty("family", family.number.name());
            json.addProperty("type", type.number.name());
            json.add("options", Json.readings(readings));
            Json.print(spec.commandLine().getOut(), json);
        } else {
            new ReadingsText(spec.commandLine().getOut()).print(readings, !names.isEmpty());
        }
        return ExitCode.OK;
    }
}
