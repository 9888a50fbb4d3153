package dev.reuseport.print;

import java.io.PrintWriter;
import java.util.List;

/**
 * Why binds to all the addresses of a name fail, or not.
 *
 * @param answers one for each address, at least one
 */
public record ExplainAnswers(List<ExplainAnswer> answers) implements Answer {
    /** Has the keys of the first that fails, for whoever asked about one address, and all below them. */
    @Override
    public Json json() {
        return first().json()
                .with(
                        "answers",
                        answers.stream()
                                .map(answer -> answer.into(new Json()
                                        .with("address", answer.request().address())))
                                .toList());
    }

    private ExplainAnswer first() {
        return answers.stream()
                .filter(answer -> !answer.explanation().verdict().ok())
                .findFirst()
                .orElse(answers.get(0));
    }

    @Override
    public void print(PrintWriter out) {
        String between = "";
        for (ExplainAnswer answer : answers) {
            out.print(between);
            answer.print(out);
            between = System.lineSeparator();
        }
    }
}
