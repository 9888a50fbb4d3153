package dev.reuseport.print;

import com.google.gson.JsonObject;
import dev.reuseport.experiment.RestartCount;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;

/** The JSON of {@code restart}. */
public final class RestartJson {
    private RestartJson() {}

    public static JsonObject of(RestartCount result) {
        JsonObject json = new JsonObject();
        json.addProperty("mode", result.plan().mode().toString());
        json.addProperty("strategy", result.plan().strategy().toString());
        json.addProperty("address", result.address().toString());
        json.addProperty("listeners", result.plan().listeners());
        json.addProperty("migrateReq", orNull(result.migrateReq()));
        json.addProperty("queued", result.queued());
        json.addProperty("queuedOnLeaver", orNull(result.queuedOnLeaver()));
        json.addProperty("answered", result.answered());
        json.addProperty("lost", result.lost());
        json.add("failures", Json.counts(result.failures()));
        json.add("rolling", result.rolling().map(RestartJson::rolling).orElse(null));
        json.addProperty("endedEarly", result.endedEarly().orElse(null));
        return json;
    }

    private static JsonObject rolling(RestartCount.Course seen) {
        Histogram latency = seen.latency();
        JsonObject micros = new JsonObject();
        micros.addProperty("p50", latency.getValueAtPercentile(50));
        micros.addProperty("p90", latency.getValueAtPercentile(90));
        micros.addProperty("p99", latency.getValueAtPercentile(99));
        micros.addProperty("p999", latency.getValueAtPercentile(99.9));
        micros.addProperty("max", latency.getMaxValue());
        JsonObject json = new JsonObject();
        json.addProperty("replaced", seen.replaced());
        json.add("latencyMicros", micros);
        json.addProperty("worstStallMicros", seen.worstStall().toNanos() / 1000);
        return json;
    }

    private static Integer orNull(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : null;
    }
}
