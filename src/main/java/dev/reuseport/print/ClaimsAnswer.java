package dev.reuseport.print;

import dev.reuseport.experiment.Claims;
import java.io.PrintWriter;

/** What came of the article's claims. */
public record ClaimsAnswer(Claims.Report report) implements Answer {
    @Override
    public Json json() {
        return new Json()
                .with("kernel", report.kernel())
                .with(
                        "claims",
                        report.claims().stream()
                                .map(claim -> new Json()
                                        .with("id", claim.id())
                                        .with("claim", claim.claim())
                                        .with("verdict", claim.verdict())
                                        .with("evidence", claim.evidence()))
                                .toList());
    }

    @Override
    public void print(PrintWriter out) {
        out.println("The article's claims on " + report.kernel() + ":");
        for (Claims.Claim claim : report.claims()) {
            out.println();
            out.println(claim.id() + ": "
                    + colour(claim.verdict()).on(out, claim.verdict().toString()));
            new Table()
                    .row("claim", claim.claim())
                    .row("evidence", claim.evidence())
                    .print(out, "    ");
        }
    }

    private static Colour colour(Claims.Standing verdict) {
        return switch (verdict) {
            case HOLDS -> Colour.GOOD;
            case FAILS -> Colour.BAD;
            default -> Colour.DOUBT;
        };
    }
}
