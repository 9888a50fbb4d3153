/**
 * A case on this kernel beside the same case by rules.
 *
 * <p>What a case is, how it runs, and what rules say are the rooms below. The seam is {@link dev.reuseport.bind.Trial}.
 */
package dev.reuseport.bind;
