package dev.reuseport.bind;

import dev.reuseport.abi.Platform;
import dev.reuseport.bind.rules.Ruleset;
import dev.reuseport.proc.Proc;
import java.util.Optional;

/** What {@code src/test/kernels} has a booted kernel do: cases and seed come in, the first disagreement goes out. */
final class KernelAgreement {
    private KernelAgreement() {}

    public static void main(String[] arguments) {
        int cases = Integer.parseInt(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        Optional<String> disagreement = Agreement.firstDisagreement(
                Ruleset.of(Platform.LINUX, Proc.ofHost().release())
                        .orElseThrow()
                        .rules(),
                seed,
                cases);
        System.out.println(disagreement.orElse(cases + " cases agree"));
        System.exit(disagreement.isPresent() ? 1 : 0);
    }
}
