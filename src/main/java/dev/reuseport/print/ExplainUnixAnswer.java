package dev.reuseport.print;

import dev.reuseport.bind.explain.UnixExplanation;
import dev.reuseport.inspect.PortSockets;
import dev.reuseport.inspect.UnixSockets;
import dev.reuseport.sys.Printable;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** Why a bind of AF_UNIX fails, and what is in its way. */
public record ExplainUnixAnswer(UnixExplanation explanation) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("verdict", explanation.verdict())
                .with("call", Optional.of(explanation.call()).filter(call -> !call.isEmpty()))
                .with("reason", explanation.reason())
                .with("remedies", explanation.remedies())
                .with(
                        "owners",
                        explanation.members().stream()
                                .map(ExplainUnixAnswer::owner)
                                .toList())
                .with("notes", explanation.notes());
    }

    private static Json owner(UnixSockets.Found found) {
        List<PortSockets.Owner> owners = found.owners();
        return Owners.with(
                        new Json()
                                .with("local", found.socket().name().text())
                                .with("type", found.socket().type())
                                .with("state", found.socket().state())
                                .with("reached", found.reached()),
                        owners.stream().findFirst())
                .with(
                        "alsoHeldBy",
                        owners.stream()
                                .skip(1)
                                .map(owner -> Owners.with(new Json(), Optional.of(owner)))
                                .toList());
    }

    @Override
    public void print(PrintWriter out) {
        out.println(new Printable(explanation.asked().toString()) + ": "
                + (explanation.verdict().ok() ? Colour.GOOD : Colour.BAD)
                        .on(out, explanation.verdict().toString())
                + (explanation.call().isEmpty() ? "" : " from " + explanation.call()));
        out.println("Why: " + explanation.reason());
        if (!explanation.remedies().isEmpty()) {
            out.println();
            out.println("Any one of these would be enough:");
            explanation.remedies().forEach(remedy -> out.println("  - " + remedy));
        }
        if (!explanation.members().isEmpty()) {
            out.println();
            Table table = new Table().head("member", "pid", "fd", "name", "type", "state", "");
            for (int i = 0; i < explanation.members().size(); i++) {
                UnixSockets.Found found = explanation.members().get(i);
                Optional<PortSockets.Owner> first = found.owners().stream().findFirst();
                table.row(
                        Integer.toString(i + 1),
                        first.map(owner -> owner.process().toString()).orElse("-"),
                        first.map(owner -> Integer.toString(owner.fd())).orElse("-"),
                        found.socket().name().toString(),
                        found.socket().type(),
                        found.socket().state(),
                        found.reached().filter(reached -> reached).isPresent() ? Colour.BAD.on(out, "in the way") : "");
            }
            table.print(out, "");
            Owners.print(
                    explanation.members().stream()
                            .flatMap(found -> found.owners().stream())
                            .toList(),
                    out);
        }
        for (String note : explanation.notes()) {
            out.println();
            out.println("Note: " + note + ".");
        }
    }
}
