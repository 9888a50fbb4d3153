package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonWriter;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Codec;
import dev.reuseport.option.LingerTime;
import dev.reuseport.option.Named;
import dev.reuseport.option.PortRange;
import dev.reuseport.option.SockOpt;
import dev.reuseport.option.TcpInfo;
import dev.reuseport.socket.Probe;
import dev.reuseport.sys.Errno;
import dev.reuseport.sys.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A JSON object, key by key: a public interface. Lower-camel keys, C names for options and errnos, {@code null} for what is
 * not known, raw bytes as lower-case hex in memory order, times in seconds.
 */
public final class Json {
    private static final String INDENT = "  ";

    private final JsonObject object;

    public Json() {
        this(new JsonObject());
    }

    private Json(JsonObject object) {
        this.object = object;
    }

    /** A document that was built elsewhere. */
    public static Json of(JsonObject document) {
        return new Json(document);
    }

    /**
     * Adds a key.
     *
     * @param value empty and null are {@code null}, collections and maps of such values are arrays and objects, an option's
     *     value is as {@code inspect} has it, and all else is its text
     */
    public Json with(String key, Object value) {
        object.add(key, element(value));
        return this;
    }

    /** Prints it on one line. */
    public void printLine(PrintWriter out) {
        print("", out);
    }

    /** Prints it. A terminal obeys more characters than JSON makes one escape; they stand in strings alone. */
    public void print(PrintWriter out) {
        print(INDENT, out);
    }

    private void print(String indent, PrintWriter out) {
        StringBuilder printed = new StringBuilder();
        text(indent).codePoints().forEach(point -> {
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

    private String text(String indent) {
        StringWriter text = new StringWriter();
        try (JsonWriter writer = new JsonWriter(text)) {
            writer.setIndent(indent);
            write(object, writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Gson itself has an adapter for every type that Java has, and each start of this program would pay for them. */
    private static void write(JsonElement element, JsonWriter writer) throws IOException {
        if (element instanceof JsonObject each) {
            writer.beginObject();
            for (Map.Entry<String, JsonElement> entry : each.entrySet()) {
                write(entry.getValue(), writer.name(entry.getKey()));
            }
            writer.endObject();
        } else if (element instanceof JsonArray each) {
            writer.beginArray();
            for (JsonElement one : each) {
                write(one, writer);
            }
            writer.endArray();
        } else if (element instanceof JsonPrimitive each && each.isNumber()) {
            writer.value(each.getAsNumber());
        } else if (element instanceof JsonPrimitive each && each.isBoolean()) {
            writer.value(each.getAsBoolean());
        } else if (element instanceof JsonPrimitive each) {
            writer.value(each.getAsString());
        } else {
            writer.nullValue();
        }
    }

    /** An OPTION for each reading. */
    static List<Json> readings(List<Reading> readings) {
        return readings.stream()
                .map(reading -> option(reading.option(), reading.probe()))
                .toList();
    }

    /** An OPTION of the table. */
    static Json option(SockOpt<?> option, Probe<?> probe) {
        return option(option.level().name(), option.name(), probe);
    }

    /** An OPTION; level and name may be what was typed. */
    static Json option(String level, String name, Probe<?> probe) {
        Json json = new Json().with("level", level).with("name", name);
        if (probe instanceof Probe.Value<?> found) {
            return json.with("status", "value").with("value", found.value()).with("raw", found.raw());
        }
        if (probe instanceof Probe.Refused<?> refused) {
            json.with("status", "refused").with("errno", refused.errno().map(Errno::name));
            refused.since().ifPresent(since -> json.with("since", since));
            return json;
        }
        if (probe instanceof Probe.Undecodable<?> undecodable) {
            return json.with("status", "undecodable").with("raw", undecodable.raw());
        }
        if (probe instanceof Probe.Unknown<?>) {
            return json.with("status", "unknown");
        }
        return probe instanceof Probe.NotAsked<?> notAsked
                ? json.with("status", "notAsked").with("reason", notAsked.reason())
                : json.with("status", "notDefined");
    }

    private static JsonElement element(Object value) {
        if (value == null) {
            return JsonNull.INSTANCE;
        }
        if (value instanceof Json json) {
            return json.object;
        }
        if (value instanceof Optional<?> optional) {
            return element(optional.orElse(null));
        }
        if (value instanceof OptionalInt number) {
            return element(number.isPresent() ? number.getAsInt() : null);
        }
        if (value instanceof OptionalLong number) {
            return element(number.isPresent() ? number.getAsLong() : null);
        }
        if (value instanceof Collection<?> values) {
            JsonArray array = new JsonArray();
            values.forEach(each -> array.add(element(each)));
            return array;
        }
        if (value instanceof Map<?, ?> map) {
            Json json = new Json();
            map.forEach((key, each) -> json.with(key.toString(), each));
            return json.object;
        }
        if (value instanceof Boolean bool) {
            return new JsonPrimitive(bool);
        }
        if (value instanceof Long unsigned) {
            return new JsonPrimitive(
                    unsigned >= 0 ? (Number) unsigned : new BigDecimal(Long.toUnsignedString(unsigned)));
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
        if (value instanceof LingerTime linger) {
            return new Json().with("on", linger.on()).with("seconds", linger.time()).object;
        }
        if (value instanceof PortRange range) {
            return new Json().with("lower", range.lower()).with("upper", range.upper()).object;
        }
        return value instanceof TcpInfo info ? element(info.fields()) : new JsonPrimitive(value.toString());
    }
}
