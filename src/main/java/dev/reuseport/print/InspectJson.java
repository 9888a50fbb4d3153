package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.abi.Abi;
import dev.reuseport.abi.Const;
import dev.reuseport.inspect.RawOption;
import dev.reuseport.inspect.Reading;
import dev.reuseport.option.Raw;
import dev.reuseport.socket.Mode;
import dev.reuseport.socket.Probe;
import java.util.List;
import java.util.Map;

/** The JSON of {@code inspect} for a fresh socket. */
public final class InspectJson {
    private InspectJson() {}

    public static JsonObject of(
            Mode mode, Const family, Const type, List<Reading> readings, Map<RawOption, Probe<Raw>> rawReadings) {
        JsonObject json = new JsonObject();
        json.addProperty("mode", mode.toString());
        json.addProperty("abi", Abi.host().platform().id());
        json.addProperty("family", family.name());
        json.addProperty("type", type.name());
        JsonArray array = Json.readings(readings);
        rawReadings.forEach((option, probe) -> array.add(Json.option(option.level(), option.name(), probe)));
        json.add("options", array);
        return json;
    }
}
