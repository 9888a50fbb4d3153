package dev.reuseport.bind;

import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.SystemRules;
import dev.reuseport.bind.run.Runner;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Protocol;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepOutcome;
import dev.reuseport.option.Setting;
import dev.reuseport.option.SockOpts;
import dev.reuseport.socket.Mode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A case on this kernel, by rules, or both.
 *
 * @param steps the steps with what became of them
 */
public record Trial(List<Row> steps) {
    /** How often a case is run once more before it counts. */
    private static final int AGAIN = 9;

    /**
     * A step.
     *
     * @param ran what the kernel did; empty if it was not asked
     * @param predicted what the rules say; empty if there are none
     * @param differs whether the two exclude each other
     */
    public record Row(Step step, Optional<StepOutcome> ran, Optional<Predicted> predicted, boolean differs) {}

    /** Asks the rules alone. */
    public static Trial predict(Case sequence, SystemRules rules, Host host, int uid) {
        Predictor predictor = new Predictor(rules, host, uid);
        return new Trial(sequence.steps().stream()
                .map(step ->
                        new Row(step, Optional.empty(), Optional.of(predictor.step(step, Optional.empty())), false))
                .toList());
    }

    /**
     * Asks the kernel, and the rules if there are any. Where the two exclude each other on ports that the kernel chose, it
     * asks again: somebody else may have had one of them, as a port that is free of IPv6 alone need not be free of IPv4.
     */
    public static Trial run(Case sequence, Runner runner, Mode mode, Optional<SystemRules> rules, Host host, int uid)
            throws IOException {
        Trial first = once(sequence, runner, mode, rules, host, uid);
        Trial trial = first;
        for (int i = 0; i < AGAIN && trial.differs() && sequence.choosesNoPort(); i++) {
            trial = once(sequence, runner, mode, rules, host, uid);
        }
        return trial.differs() ? first : trial;
    }

    private static Trial once(Case sequence, Runner runner, Mode mode, Optional<SystemRules> rules, Host host, int uid)
            throws IOException {
        Optional<Predictor> predictor = rules.map(known -> new Predictor(known, host, uid));
        List<Row> rows = new ArrayList<>();
        runner.run(sequence, (step, ran) -> {
            Step asOpened = mode == Mode.JDK ? asTheJdkOpens(step) : step;
            Optional<Predicted> predicted = predictor.map(known -> known.step(asOpened, Optional.of(ran)));
            boolean differs = predicted
                    .map(Predicted::ran)
                    .filter(said -> mode == Mode.JDK ? overallDiffers(ran, said) : said.contradicts(ran))
                    .isPresent();
            rows.add(new Row(step, Optional.of(ran), predicted, differs));
        });
        return new Trial(List.copyOf(rows));
    }

    /** The JDK tells only whether bind and listen together went well. */
    private static boolean overallDiffers(StepOutcome ran, StepOutcome said) {
        return ran.overall().isPresent()
                && said.overall().isPresent()
                && !ran.overall().equals(said.overall());
    }

    /** A ServerSocketChannel has SO_REUSEADDR from the start, everywhere but on Windows. */
    private static Step asTheJdkOpens(Step step) {
        if (!(step instanceof Step.Open open)
                || open.protocol() == Protocol.UDP
                || open.settings().stream().anyMatch(setting -> setting.option() == SockOpts.SO_REUSEADDR)) {
            return step;
        }
        List<Setting<?>> settings = new ArrayList<>(open.settings());
        settings.add(0, new Setting<>(SockOpts.SO_REUSEADDR, true));
        return open.with(settings, open.to().port(), open.uid());
    }

    /** Tells whether a step was not run because this system, or the JDK, has no such thing. */
    public boolean lacks() {
        return steps.stream()
                .anyMatch(row -> row.ran().filter(StepOutcome::lacking).isPresent());
    }

    /** Tells whether kernel and rules exclude each other anywhere. */
    public boolean differs() {
        return steps.stream().anyMatch(Row::differs);
    }
}
