package dev.reuseport.experiment.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one host is: {@code {"schema":1,"host":{...},"parts":{...}}}. A part is a run of a command, or an object of several
 * by their names.
 */
public record Report(JsonObject json) {
    /** What the document's shape is called by; another one is not read. */
    public static final int SCHEMA = 1;

    /** The parts, in the order of the document. */
    public static final String NUMBERS = "numbers";

    public static final String SYSCTLS = "sysctls";
    public static final String OPTIONS = "options";
    public static final String COMPARE = "compare";
    public static final String BIND = "bind";
    public static final String CLAIMS = "claims";
    public static final String SPREAD = "spread";
    public static final String RESTART = "restart";
    public static final String START = "start";

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException in half a sentence that says why this is none
     */
    public static Report parse(String text) {
        JsonElement read;
        try {
            read = JsonParser.parseString(text);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("it is no JSON", e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("it is nested too deeply", e);
        }
        if (!read.isJsonObject()) {
            throw new IllegalArgumentException("it is no report");
        }
        Fields document = new Fields(read.getAsJsonObject());
        Optional<Number> schema = document.number("schema");
        if (schema.isEmpty()
                || document.object("host").entries().isEmpty()
                || document.object("parts").entries().isEmpty()) {
            throw new IllegalArgumentException("it is no report: schema, host or parts is missing");
        }
        if (schema.get().doubleValue() != SCHEMA) {
            throw new IllegalArgumentException(
                    "it is of schema " + schema.get() + ", and this program reads " + SCHEMA);
        }
        Report report = new Report(read.getAsJsonObject());
        for (Map.Entry<String, JsonElement> part : document.object("parts").entries()) {
            if (!part.getValue().isJsonObject()) {
                throw new IllegalArgumentException("its part " + part.getKey() + " is no object");
            }
            report.runs(part.getKey());
        }
        return report;
    }

    /** Returns what the host is. */
    public Fields host() {
        return new Fields(json).object("host");
    }

    /** Returns the runs of a part by their names; one that stands alone has the empty one. */
    public Map<String, Part> runs(String part) {
        Map<String, Part> runs = new LinkedHashMap<>();
        Fields found = new Fields(json).object("parts").object(part);
        if (Part.is(found.json())) {
            runs.put("", Part.of(found.json()));
        } else {
            found.entries().forEach(each -> {
                if (!each.getValue().isJsonObject()) {
                    throw new IllegalArgumentException("its part " + part + ", " + each.getKey() + ", is no object");
                }
                runs.put(each.getKey(), Part.of(each.getValue().getAsJsonObject()));
            });
        }
        return runs;
    }

    /** Returns the answer of a part that stands alone; no fields if there is none. */
    public Fields answer(String part) {
        Part found = runs(part).get("");
        return found == null ? new Fields(new JsonObject()) : found.fields();
    }

    /** Returns a line that says which host it is. */
    public String title() {
        Fields host = host();
        return host.shown("system") + " " + host.shown("kernel") + " on " + host.shown("arch") + ", Java "
                + host.shown("java") + ", uid " + host.shown("uid");
    }
}
