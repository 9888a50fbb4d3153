package dev.reuseport.experiment.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * What became of one run of a command.
 *
 * @param command what was typed behind the program's name; empty if this process looked itself
 * @param exit its exit status; empty if there was none
 * @param reason why there is no answer, or what was said beside one
 * @param answer the command's JSON
 */
public record Part(
        Status status,
        List<String> command,
        Optional<Integer> exit,
        Optional<String> reason,
        Optional<JsonElement> answer) {
    /** How a run ended. */
    public enum Status {
        /** There is an answer. */
        DONE("done"),
        /** This system, or this user, does not have it. */
        NOT_POSSIBLE("notPossible"),
        /** There should be an answer, and there is none. */
        FAILED("failed");

        private final String word;

        Status(String word) {
            this.word = word;
        }

        /** As JSON has it. */
        @Override
        public String toString() {
            return word;
        }
    }

    static Part done(JsonElement answer) {
        return new Part(Status.DONE, List.of(), Optional.empty(), Optional.empty(), Optional.of(answer));
    }

    static Part notPossible(String reason) {
        return new Part(Status.NOT_POSSIBLE, List.of(), Optional.empty(), Optional.of(reason), Optional.empty());
    }

    /** Tells whether a value of a document has the shape of one. */
    static boolean is(JsonObject json) {
        return json.get("status") != null && json.get("status").isJsonPrimitive();
    }

    static Part of(JsonObject json) {
        Fields fields = new Fields(json);
        String word = fields.text("status").orElse("");
        for (Status status : Status.values()) {
            if (status.word.equals(word)) {
                return new Part(
                        status,
                        fields.texts("command"),
                        fields.number("exit").map(exit -> (int) exit.doubleValue()),
                        fields.text("reason"),
                        fields.some("answer"));
            }
        }
        throw new IllegalArgumentException("a part has the status '" + word + "'");
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("status", status.word);
        json.add("command", Fields.array(command));
        json.addProperty("exit", exit.orElse(null));
        json.addProperty("reason", reason.orElse(null));
        json.add("answer", answer.orElse(JsonNull.INSTANCE));
        return json;
    }

    /** Returns the fields of the answer; none if there is no answer, or it is no object. */
    public Fields fields() {
        return new Fields(answer.filter(JsonElement::isJsonObject)
                .map(JsonElement::getAsJsonObject)
                .orElseGet(JsonObject::new));
    }
}
