package dev.reuseport.print;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Codec;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Named;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.Raw;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON that commands print: a public interface. Lower-camel keys, C names for options and errnos, {@code null} for
 * what is not known, raw bytes as lower-case hex in memory order, times in seconds.
 */
public final class Json {
    private static final Gson PRINTER = new GsonBuilder()
            .serializeNulls()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    private Json() {}

    /** Prints it. A terminal obeys more characters than JSON makes one escape; they stand in strings alone. */
    public static void print(PrintWriter out, JsonElement json) {
        StringBuilder printed = new StringBuilder();
        PRINTER.toJson(json).codePoints().forEach(point -> {
            if (point == '\n' || !Printable.escaped(point)) {
                printed.appendCodePoint(point);
                return;
            }
            for (char unit : Character.toChars(point)) {
                printed.append(String.format("\\u%04x", (int) unit));
            }
        });
        out.println(printed);
    }

    static JsonArray readings(List<Reading> readings) {
        JsonArray array = new JsonArray();
        readings.forEach(reading -> array.add(option(reading.option(), reading.probe())));
        return array;
    }

    /** How often each thing happened, by its name. */
    static JsonObject counts(Map<String, Integer> counts) {
        JsonObject json = new JsonObject();
        counts.forEach(json::addProperty);
        return json;
    }

    /** An OPTION of the table. */
    static JsonObject option(SockOpt<?> option, Probe<?> probe) {
        return option(option.level().name(), option.name(), probe);
    }

    /** An OPTION; level and name may be what was typed. */
    static JsonObject option(String level, String name, Probe<?> probe) {
        JsonObject json = new JsonObject();
        json.addProperty("level", level);
        json.addProperty("name", name);
        if (probe instanceof Probe.Value<?> found) {
            json.addProperty("status", "value");
            json.add("value", value(found.value()));
            json.addProperty("raw", found.raw().map(Raw::toString).orElse(null));
        } else if (probe instanceof Probe.NotDefined<?>) {
            json.addProperty("status", "notDefined");
        } else if (probe instanceof Probe.Refused<?> refused) {
            json.addProperty("status", "refused");
            json.addProperty("errno", refused.errno().map(Errno::name).orElse(null));
        } else if (probe instanceof Probe.Undecodable<?> undecodable) {
            json.addProperty("status", "undecodable");
            json.addProperty("raw", undecodable.raw().toString());
        } else if (probe instanceof Probe.NotAsked<?> notAsked) {
            json.addProperty("status", "notAsked");
            json.addProperty("reason", notAsked.reason());
        }
        return json;
    }

    static JsonElement value(Object value) {
        if (value instanceof Boolean bool) {
            return new JsonPrimitive(bool);
        }
        if (value instanceof Long unsigned) {
            return new JsonPrimitive(unsigned(unsigned));
        }
        if (value instanceof Number number) {
            return new JsonPrimitive(number);
        }
        if (value instanceof Named named) {
            return new JsonPrimitive(named.number());
        }
        if (value instanceof Duration time) {
            return new JsonPrimitive(Codec.seconds(time));
        }
        JsonObject json = new JsonObject();
        if (value instanceof LingerTime linger) {
            json.addProperty("on", linger.on());
            json.addProperty("seconds", Codec.seconds(linger.time()));
            return json;
        }
        if (value instanceof PortRange range) {
            json.addProperty("lower", range.lower());
            json.addProperty("upper", range.upper());
            return json;
        }
        if (value instanceof TcpInfo info) {
            info.fields().forEach((name, field) -> json.addProperty(name, unsigned(field)));
            return json;
        }
        if (value instanceof Optional<?> optional) {
            return optional.map(Json::value).orElse(JsonNull.INSTANCE);
        }
        return new JsonPrimitive(String.valueOf(value));
    }

    private static Number unsigned(long value) {
        return value >= 0 ? value : new BigDecimal(Long.toUnsignedString(value));
    }
}
