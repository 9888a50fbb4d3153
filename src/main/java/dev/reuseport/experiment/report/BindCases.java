package dev.reuseport.experiment.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of {@code try}'s answers by the words of their case, and how each ended, without what chance decides. */
final class BindCases {
    private BindCases() {}

    /** Returns each step by its case's words up to it. */
    static Map<String, Fields> steps(Fields answer) {
        Map<String, Fields> steps = new LinkedHashMap<>();
        for (Fields one : answer.objects("cases")) {
            List<Fields> all = one.objects("steps");
            StringBuilder before = new StringBuilder();
            for (Fields step : all) {
                before.append(before.length() == 0 ? "" : "; ").append(step.shown("step"));
                steps.put(before.toString(), step);
            }
        }
        return steps;
    }

    /** Returns how a step ended, or was predicted to: the errno that counts, and what was read. */
    static String outcome(Fields step) {
        Optional<String> note = step.text("note");
        if (note.isPresent()) {
            return "not run: " + note.get();
        }
        StringBuilder outcome = new StringBuilder();
        for (String call : List.of("bind", "listen", "result", "value")) {
            step.some(call)
                    .ifPresent(end -> outcome.append(outcome.length() == 0 ? "" : ", ")
                            .append(call.equals("result") ? "" : call + " ")
                            .append(step.shown(call)));
        }
        step.some("acceptor").ifPresent(who -> outcome.append(", accepted"));
        if (step.some("receivers").isPresent()) {
            outcome.append(step.texts("receivers").isEmpty() ? ", received by nobody" : ", received");
        }
        return outcome.length() == 0 ? "not known" : outcome.toString();
    }
}
