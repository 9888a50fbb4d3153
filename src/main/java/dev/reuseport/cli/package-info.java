/**
 * The command line: a file per verb, which parses, calls one thing below, hands its answer to {@code print}, and returns
 * an exit status.
 *
 * <p>picocli lives here and nowhere else; nothing is measured, decided or formatted here. The seam is {@link dev.reuseport.cli.Main}.
 */
package dev.reuseport.cli;
