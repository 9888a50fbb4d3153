package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.reuseport.bind.Trial;
import dev.reuseport.bind.rules.KnownSystem;
import dev.reuseport.bind.rules.Predicted;
import dev.reuseport.bind.step.Outcome;
import dev.reuseport.bind.step.StepOutcome;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The JSON of {@code try}. */
public final class TryJson {
    private TryJson() {}

    public static JsonObject of(Optional<KnownSystem> rules, List<Trial> trials) {
        JsonArray cases = new JsonArray();
        for (Trial trial : trials) {
            JsonArray steps = new JsonArray();
            trial.steps().forEach(row -> steps.add(step(row)));
            JsonObject one = new JsonObject();
            one.add("steps", steps);
            cases.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("rules", rules.map(KnownSystem::toString).orElse(null));
        json.add("cases", cases);
        return json;
    }

    private static JsonObject step(Trial.Row row) {
        JsonObject json = new JsonObject();
        json.addProperty("step", row.step().toString());
        outcomes(json, row.ran());
        json.add("port", number(row.ran().map(StepOutcome::port).orElse(OptionalInt.empty())));
        json.add("acceptor", number(row.ran().map(StepOutcome::acceptor).orElse(OptionalInt.empty())));
        json.addProperty("note", row.ran().flatMap(StepOutcome::note).orElse(null));
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

    private static void outcomes(JsonObject json, Optional<StepOutcome> ran) {
        json.addProperty(
                "bind", ran.flatMap(StepOutcome::bind).map(Outcome::name).orElse(null));
        json.addProperty(
                "listen", ran.flatMap(StepOutcome::listen).map(Outcome::name).orElse(null));
        json.addProperty(
                "result", ran.flatMap(StepOutcome::result).map(Outcome::name).orElse(null));
    }

    private static JsonElement number(OptionalInt number) {
        return number.isPresent() ? new JsonPrimitive(number.getAsInt()) : JsonNull.INSTANCE;
    }
}
