/**
 * The language in which cases are written: read, printed, and what a step came to.
 *
 * <p>A step knows its verb and not who carries it out. The seam is {@link dev.reuseport.bind.step.Step.Verbs}: a method per verb, for a kernel and for rules.
 */
package dev.reuseport.bind.step;
