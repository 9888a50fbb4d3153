package dev.reuseport.print;

import com.google.gson.JsonObject;
import dev.reuseport.abi.Const;
import dev.reuseport.abi.Platform;
import java.util.Collection;
import java.util.Optional;

/** The numbers of platforms as JSON: {@code null} for what a platform's headers do not define. */
public final class AbiJson {
    private AbiJson() {}

    public static JsonObject of(Optional<Platform> host, Collection<Platform> columns, Collection<Const> rows) {
        JsonObject abis = new JsonObject();
        for (Platform platform : columns) {
            JsonObject numbers = new JsonObject();
            for (Const row : rows) {
                numbers.addProperty(row.name(), row.definedOn(platform) ? row.on(platform) : null);
            }
            abis.add(platform.id(), numbers);
        }
        JsonObject json = new JsonObject();
        json.addProperty("host", host.map(Platform::id).orElse(null));
        json.add("abis", abis);
        return json;
    }
}
