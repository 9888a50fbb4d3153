package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.experiment.SpreadCount;
import dev.reuseport.experiment.Uniformity;
import dev.reuseport.experiment.group.Member;
import dev.reuseport.experiment.group.Steer;
import dev.reuseport.option.Codec;
import java.util.List;
import java.util.Optional;

/** The JSON of {@code spread}. */
public final class SpreadJson {
    private SpreadJson() {}

    public static JsonObject of(SpreadCount result) {
        JsonObject json = new JsonObject();
        json.addProperty("mode", result.plan().mode().toString());
        json.addProperty("steer", result.plan().steer().map(Steer::toString).orElse(null));
        json.addProperty("address", result.address().toString());
        json.addProperty("openingSeconds", Codec.seconds(result.opening()));
        json.addProperty("connections", result.made());
        JsonArray members = new JsonArray();
        for (Member member : result.members()) {
            JsonObject each = new JsonObject();
            each.addProperty("index", member.index());
            each.addProperty("pid", member.pid().isPresent() ? member.pid().getAsLong() : null);
            each.addProperty("connections", member.connections());
            each.addProperty("busy", member.busy());
            each.addProperty("died", member.died().orElse(null));
            members.add(each);
        }
        json.add("members", members);
        Optional<Uniformity> uniformity = result.uniformity();
        json.addProperty("chiSquare", uniformity.map(Uniformity::chiSquare).orElse(null));
        json.addProperty(
                "degreesOfFreedom", uniformity.map(Uniformity::degreesOfFreedom).orElse(null));
        json.addProperty("pValue", uniformity.map(Uniformity::pValue).orElse(null));
        json.add("failures", Json.counts(result.failures()));
        json.add("notes", sentences(result.notes()));
        json.addProperty("endedEarly", result.endedEarly().orElse(null));
        return json;
    }

    static JsonArray sentences(List<String> sentences) {
        JsonArray json = new JsonArray();
        sentences.forEach(json::add);
        return json;
    }
}
