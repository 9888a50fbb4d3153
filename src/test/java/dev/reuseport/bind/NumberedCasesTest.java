package dev.reuseport.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reuseport.abi.Abi;
import dev.reuseport.bind.host.Host;
import dev.reuseport.bind.predict.Predicted;
import dev.reuseport.bind.predict.Predictor;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.bind.step.Case;
import dev.reuseport.bind.step.Step;
import dev.reuseport.bind.step.StepReader;
import dev.reuseport.bind.step.StepSyntaxException;
import dev.reuseport.option.Setting;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Cases whose options go by numbers end by the rules as those whose options go by names. */
@EnabledOnOs(OS.LINUX)
final class NumberedCasesTest {
    private static final int CASES = 2000;

    private final Abi abi = Abi.host();
    private final Random random = new Random(20261126);

    private String byNumbers(Setting<?> setting) {
        byte[] optval = new byte[512];
        int length = setting.encode(abi, ByteBuffer.wrap(optval).order(abi.order()));
        // The kernel takes the first of too many bytes, but for two ports.
        int more = setting.option().name().equals("IP_LOCAL_PORT_RANGE") ? 0 : random.nextInt(3);
        return abi.number(setting.option().level()) + ":"
                + abi.number(setting.option().option()) + ":"
                + HexFormat.of().formatHex(Arrays.copyOf(optval, length + more));
    }

    private String byNumbers(Step step) {
        String text = step.toString();
        if (step instanceof Step.Open open) {
            for (Setting<?> setting : open.settings()) {
                text = text.replaceFirst(" " + setting.shortText() + "(?= |$)", " " + byNumbers(setting));
            }
        }
        return step instanceof Step.Set set ? text.replace(set.setting().toString(), byNumbers(set.setting())) : text;
    }

    @Test
    void theyAreOneToTheRules() throws StepSyntaxException {
        int rewritten = 0;
        RandomCases cases = new RandomCases(1, Terrain.plain());
        for (int i = 0; i < CASES; i++) {
            Case named = cases.next();
            List<String> lines = new ArrayList<>();
            for (Step step : named.steps()) {
                lines.add(byNumbers(step));
                rewritten += lines.contains(step.toString()) ? 0 : 1;
            }
            Case numbered = StepReader.read(lines).get(0);
            for (Ruleset rules : List.of(Ruleset.LINUX, Ruleset.FREEBSD)) {
                assertEquals(predicted(rules, named), predicted(rules, numbered), () -> named + "\n" + numbered);
            }
            assertEquals(lines, numbered.steps().stream().map(Step::toString).toList());
        }
        assertTrue(rewritten > CASES, rewritten + " steps");
    }

    private static List<Predicted> predicted(Ruleset rules, Case sequence) {
        return Predictor.predict(rules.rules(), Host.loopback(), 0, sequence);
    }
}
