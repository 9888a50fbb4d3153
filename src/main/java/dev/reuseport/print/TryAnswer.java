package dev.reuseport.print;

import dev.reuseport.bind.Trial;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.rules.DecidingRule;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.step.StepOutcome;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Cases on this kernel, by rules, or both.
 *
 * @param rules whose
 * @param run whether this kernel was asked
 * @param reasons whether people get the reason of each step, and not only where the answers differ
 */
public record TryAnswer(Optional<Ruleset> rules, List<Trial> trials, boolean run, boolean reasons) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("rules", rules)
                .with(
                        "cases",
                        trials.stream()
                                .map(trial -> new Json()
                                        .with(
                                                "steps",
                                                trial.steps().stream()
                                                        .map(TryAnswer::step)
                                                        .toList()))
                                .toList());
    }

    private static Json step(Trial.Row row) {
        return outcomes(new Json().with("step", row.step()), row.ran())
                .with("port", row.ran().map(StepOutcome::port))
                .with("local", row.ran().map(StepOutcome::local))
                .with("acceptor", row.ran().map(StepOutcome::acceptor))
                .with("receivers", row.ran().map(StepOutcome::receivers))
                .with("pid", row.ran().map(StepOutcome::pid))
                .with("holders", row.ran().map(StepOutcome::holders))
                .with("note", row.ran().map(StepOutcome::note))
                .with("predicted", row.predicted().map(TryAnswer::predicted))
                .with("differs", row.differs());
    }

    private static Json predicted(Predicted predicted) {
        return outcomes(new Json(), Optional.of(predicted.ran()))
                .with("rule", predicted.rule())
                .with("inTheWay", predicted.inTheWay())
                .with("reason", predicted.reason());
    }

    private static Json outcomes(Json json, Optional<StepOutcome> ran) {
        return json.with("bind", ran.map(StepOutcome::bind))
                .with("listen", ran.map(StepOutcome::listen))
                .with("result", ran.map(StepOutcome::result))
                .with("value", ran.map(StepOutcome::value));
    }

    @Override
    public void print(PrintWriter out) {
        String heading = rules.map(system -> system + " rules").orElse("");
        for (int i = 0; i < trials.size(); i++) {
            if (trials.size() > 1) {
                out.println((i == 0 ? "" : System.lineSeparator()) + "Case " + (i + 1));
            }
            Table table = new Table();
            if (!run) {
                table.head("", "step", heading);
            } else {
                table.head("", "step", "this kernel", heading);
            }
            int socket = 0;
            for (Trial.Row row : trials.get(i).steps()) {
                String number = row.step().opens() ? Integer.toString(++socket) : "";
                String predicted = row.predicted()
                        .map(Predicted::ran)
                        .map(TryAnswer::shown)
                        .orElse("");
                if (!run) {
                    table.row(number, row.step().toString(), predicted);
                } else {
                    StepOutcome ran = row.ran().orElseThrow();
                    table.row(number, row.step().toString(), shown(ran), compared(row, ran, predicted, out));
                }
                boolean release = row.predicted()
                        .filter(said -> said.rule() == DecidingRule.TOO_OLD || said.divided())
                        .isPresent();
                boolean why = reasons || row.differs() || release;
                row.predicted()
                        .filter(said -> why && said.ran().note().isEmpty())
                        .ifPresent(said -> table.row("", "  because " + said.reason()));
            }
            table.print(out, "");
        }
    }

    private static String shown(StepOutcome ran) {
        String port = ran.local().filter(address -> !address.wildcard()).isPresent()
                ? ", from " + ran.local().get()
                : ran.port().isPresent() ? ", port " + ran.port().getAsInt() : "";
        if (ran.note().isPresent()) {
            return "not run: " + ran.note().get();
        }
        String acceptor =
                ran.acceptor().isPresent() ? ", accepted by " + ran.acceptor().getAsInt() : "";
        return ran.overall().isEmpty() ? "not known" : ran + port + acceptor + received(ran) + held(ran);
    }

    private static String received(StepOutcome ran) {
        return ran.receivers()
                .map(all -> ", received by " + (all.isEmpty() ? "nobody" : numbers(all)))
                .orElse("");
    }

    private static String numbers(List<Integer> sockets) {
        return sockets.stream().map(String::valueOf).collect(Collectors.joining(" and "));
    }

    /** Says that closing a descriptor was not the end of its socket. */
    private static String held(StepOutcome ran) {
        String pid = ran.pid().isPresent() ? ", held by process " + ran.pid().getAsInt() : "";
        return ran.holders().isEmpty() ? pid : ", still held by " + numbers(ran.holders());
    }

    private static String compared(Trial.Row row, StepOutcome ran, String predicted, PrintWriter out) {
        if (row.predicted().isEmpty()) {
            return "";
        }
        return row.differs()
                ? Colour.BAD.on(out, "DIFFERS:") + " " + predicted
                : ran.note().isEmpty() && row.predicted().get().ran().overall().isPresent()
                        ? Colour.GOOD.on(out, "same")
                        : predicted;
    }
}
