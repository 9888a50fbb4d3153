/**
 * Named experiments that can be repeated, and return records: the article, its claims, a spread, a restart.
 *
 * <p>How a group is opened and left is in {@code experiment.group}; how a count looks is in {@code print}. The seam of
 * each is a plan that goes in and a count that comes out.
 */
package dev.reuseport.experiment;
