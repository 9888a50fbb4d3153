/**
 * Values as they are typed: times, who steers, names that are similar to one, the names that a shell completes.
 *
 * <p>Whatever knows of a command does not belong here.
 */
package dev.reuseport.cli.value;
