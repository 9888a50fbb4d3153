package dev.reuseport.experiment.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What stands in a JSON object that somebody else may have written: a key of another type than is asked for is not there. */
public record Fields(JsonObject json) {
    /** Returns a value that is not null. */
    public Optional<JsonElement> some(String key) {
        return Optional.ofNullable(json.get(key)).filter(value -> !value.isJsonNull());
    }

    private Optional<JsonPrimitive> primitive(String key) {
        return some(key).filter(JsonElement::isJsonPrimitive).map(JsonElement::getAsJsonPrimitive);
    }

    /** Returns a string. */
    public Optional<String> text(String key) {
        return primitive(key).filter(JsonPrimitive::isString).map(JsonPrimitive::getAsString);
    }

    /** Returns a number. */
    public Optional<Number> number(String key) {
        return primitive(key).filter(JsonPrimitive::isNumber).map(JsonPrimitive::getAsNumber);
    }

    /** Tells whether a key is true. */
    public boolean yes(String key) {
        return primitive(key)
                .filter(JsonPrimitive::isBoolean)
                .map(JsonPrimitive::getAsBoolean)
                .orElse(false);
    }

    /** Returns an object; an empty one if there is none. */
    public Fields object(String key) {
        return new Fields(some(key)
                .filter(JsonElement::isJsonObject)
                .map(JsonElement::getAsJsonObject)
                .orElseGet(JsonObject::new));
    }

    /** Returns the objects of an array. */
    public List<Fields> objects(String key) {
        List<Fields> objects = new ArrayList<>();
        array(key).forEach(each -> {
            if (each.isJsonObject()) {
                objects.add(new Fields(each.getAsJsonObject()));
            }
        });
        return objects;
    }

    /** Returns the strings of an array. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        array(key).forEach(each -> texts.add(shown(each)));
        return texts;
    }

    private JsonArray array(String key) {
        return some(key)
                .filter(JsonElement::isJsonArray)
                .map(JsonElement::getAsJsonArray)
                .orElseGet(JsonArray::new);
    }

    /** Returns a value as people read it: a string without quotes; empty for none. */
    public String shown(String key) {
        return some(key).map(Fields::shown).orElse("");
    }

    private static String shown(JsonElement value) {
        return value.isJsonPrimitive() ? value.getAsString() : value.toString();
    }

    /** Returns all that stands in it. */
    public Set<Map.Entry<String, JsonElement>> entries() {
        return json.entrySet();
    }

    static JsonArray array(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
