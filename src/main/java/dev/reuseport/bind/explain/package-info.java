/**
 * Why a bind fails, who is in its way, and what would change that.
 *
 * <p>It tries on the kernel and asks the rules, and adds no rule of its own. The seam is {@link dev.reuseport.bind.explain.Explain#run}.
 */
package dev.reuseport.bind.explain;
