package dev.reuseport.print;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.reuseport.experiment.Claims;

/** The JSON of {@code claims}. */
public final class ClaimsJson {
    private ClaimsJson() {}

    public static JsonObject of(Claims.Report result) {
        JsonArray claims = new JsonArray();
        for (Claims.Claim claim : result.claims()) {
            JsonObject each = new JsonObject();
            each.addProperty("id", claim.id());
            each.addProperty("claim", claim.claim());
            each.addProperty("verdict", claim.verdict().toString());
            each.addProperty("evidence", claim.evidence());
            claims.add(each);
        }
        JsonObject json = new JsonObject();
        json.addProperty("kernel", result.kernel());
        json.add("claims", claims);
        return json;
    }
}
