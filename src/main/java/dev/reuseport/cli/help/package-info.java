/**
 * How help is laid out, and what to type after a failure.
 *
 * <p>What a command says of itself stands in the command.
 */
package dev.reuseport.cli.help;
