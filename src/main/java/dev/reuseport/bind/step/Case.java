package dev.reuseport.bind.step;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A bind sequence: everything that its steps open stays open until its end.
 *
 * @param steps the steps in order
 */
public record Case(List<Step> steps) {
    public Case {
        steps = List.copyOf(steps);
    }

    /** Tells whether the kernel chooses all of its ports, so that it has others when it is run once more. */
    public boolean choosesNoPort() {
        return steps.stream()
                .flatMap(step -> step.endpoint().stream())
                .noneMatch(to -> to.port().fixed());
    }

    /** Returns the lines of the language, one a step. */
    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }
}
