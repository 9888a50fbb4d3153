/**
 * How help is laid out.
 *
 * <p>What it says stands in the commands.
 */
package dev.reuseport.cli.help;
