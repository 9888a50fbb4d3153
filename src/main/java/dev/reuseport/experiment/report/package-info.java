/**
 * What this program can say of a host, in one document; what two of them say differently, and why.
 *
 * <p>Nothing is measured here: a part of a report is the answer of one of the program's own commands. How a report or a
 * difference looks belongs into {@code print.report}.
 */
package dev.reuseport.experiment.report;
