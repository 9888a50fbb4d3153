/**
 * Records come in; text, JSON and charts go out.
 *
 * <p>Nothing is computed here that another reader of a record would want, and nothing knows the command line. The seam is {@link dev.reuseport.print.Answer}: an answer in both formats.
 */
package dev.reuseport.print;
