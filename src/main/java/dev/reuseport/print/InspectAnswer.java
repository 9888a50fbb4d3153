package dev.reuseport.print;

import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.inspect.RawOption;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.NioOptions;
import dev.reuseport.socket.Probe;
import java.io.PrintWriter;
import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of a fresh socket.
 *
 * @param rawReadings what was asked for by numbers
 * @param named whether each option was asked for, so that each gets a line for people
 */
public record InspectAnswer(
        Mode mode,
        Const family,
        Const type,
        List<Reading> readings,
        Map<RawOption, Probe<Raw>> rawReadings,
        boolean named)
        implements Answer {
    @Override
    public Json json() {
        List<Json> options = new ArrayList<>(mode == Mode.JDK ? namedByJdk() : Json.readings(readings));
        rawReadings.forEach((option, probe) -> options.add(Json.option(option.level(), option.name(), probe)));
        return new Json()
                .with("mode", mode)
                .with("abi", Abi.host().platform().id())
                .with("family", family.name())
                .with("type", type.name())
                .with("options", options);
    }

    private List<Json> namedByJdk() {
        return readings.stream()
                .map(reading -> Json.option(reading.option(), reading.probe())
                        .with("jdkName", reading.option().twin().map(SocketOption::name))
                        .with("reaches", reached(reading.option()).map(SockOpt::name)))
                .toList();
    }

    private Optional<SockOpt<?>> reached(SockOpt<?> option) {
        return NioOptions.reached(family, option);
    }

    /** The JDK's name, and which C name it reaches if that is another one. */
    private String jdkName(SockOpt<?> option) {
        return reached(option)
                .map(reached -> option.twin().orElseThrow().name()
                        + (reached == option ? "" : ", which is " + reached + " on " + family))
                .orElse("");
    }

    @Override
    public void print(PrintWriter out) {
        Readings text = mode == Mode.JDK ? new Readings(out, this::jdkName) : new Readings(out);
        text.print(readings, named);
        if (!rawReadings.isEmpty()) {
            out.print(readings.isEmpty() ? "" : System.lineSeparator());
            text.printRaw(rawReadings);
        }
    }
}
