package dev.reuseport.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.reuseport.bind.Kernel;
import dev.reuseport.bind.Outcome;
import dev.reuseport.bind.Predicted;
import dev.reuseport.bind.Ran;
import dev.reuseport.bind.Trial;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The JSON of {@code try}. */
final class TryJson {
    private TryJson() {}

    static JsonObject of(Optional<Kernel> rules, List<Trial> trials) {
        JsonArray cases = new JsonArray();
        for (Trial trial : trials) {
            JsonArray steps = new JsonArray();
            trial.steps().forEach(row -> steps.add(step(row)));
            JsonObject one = new JsonObject();
            one.add("steps", steps);
            cases.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("rules", rules.map(Kernel::toString).orElse(null));
        json.add("cases", cases);
        return json;
    }

    private static JsonObject step(Trial.Row row) {
        JsonObject json = new JsonObject();
        json.addProperty("step", row.step().toString());
        outcomes(json, row.ran());
        json.add("port", number(row.ran().map(Ran::port).orElse(OptionalInt.empty())));
        json.add("acceptor", number(row.ran().map(Ran::acceptor).orElse(OptionalInt.empty())));
        json.addProperty("note", row.ran().flatMap(Ran::note).orElse(null));
        json.add(
                "predicted",
                row.predicted().<JsonElement>map(TryJson::predicted).orElse(JsonNull.INSTANCE));
        json.addProperty("differs", row.differs());
        return json;
    }

    private static JsonObject predicted(Predicted predicted) {
        JsonObject json = new JsonObject();
        outcomes(json, Optional.of(predicted.ran()));
        json.addProperty("rule", predicted.rule().toString());
        JsonArray inTheWay = new JsonArray();
        predicted.inTheWay().forEach(inTheWay::add);
        json.add("inTheWay", inTheWay);
        json.addProperty("reason", predicted.reason());
        return json;
    }

    private static void outcomes(JsonObject json, Optional<Ran> ran) {
        json.addProperty("bind", ran.flatMap(Ran::bind).map(Outcome::name).orElse(null));
        json.addProperty("listen", ran.flatMap(Ran::listen).map(Outcome::name).orElse(null));
        json.addProperty("result", ran.flatMap(Ran::result).map(Outcome::name).orElse(null));
    }

    private static JsonElement number(OptionalInt number) {
        return number.isPresent() ? new JsonPrimitive(number.getAsInt()) : JsonNull.INSTANCE;
    }
}
