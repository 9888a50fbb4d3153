/**
 * A case by the rules of one system, step by step.
 *
 * <p>It follows the language and keeps the state between the calls; what a call ends with is decided in {@code bind.rules}.
 * Pure as those are. The seam is {@link dev.reuseport.bind.predict.Predictor}.
 */
package dev.reuseport.bind.predict;
