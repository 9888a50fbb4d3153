package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.reuseport.inspect.Comparison;
import dev.reuseport.socket.Probe;
import java.util.Locale;

/** The JSON of {@code compare}. */
public final class CompareJson {
    private CompareJson() {}

    public static JsonObject of(Comparison comparison) {
        JsonArray rows = new JsonArray();
        for (Comparison.Row row : comparison.rows()) {
            JsonObject json = new JsonObject();
            json.addProperty("stage", row.stage().name().toLowerCase(Locale.ROOT));
            json.addProperty("level", row.option().level().name());
            json.addProperty("name", row.option().name());
            json.add("native", Json.option(row.option(), row.nativeProbe()));
            json.add(
                    "ffm",
                    row.ffm()
                            .<JsonElement>map(probe -> Json.option(row.option(), probe))
                            .orElse(JsonNull.INSTANCE));
            json.add("jdk", row.jdk() instanceof Probe.Value<?> found ? valueOnly(found) : JsonNull.INSTANCE);
            json.add("jdkDescriptor", Json.option(row.option(), row.jdkDescriptor()));
            json.addProperty("agree", row.agree());
            json.addProperty("reason", row.reason().orElse(null));
            rows.add(json);
        }
        JsonObject json = new JsonObject();
        json.add("rows", rows);
        return json;
    }

    private static JsonObject valueOnly(Probe.Value<?> found) {
        JsonObject json = new JsonObject();
        json.add("value", Json.value(found.value()));
        return json;
    }
}
