/**
 * Which binds a kernel allows: a host's state and a call come in, a verdict and its reason go out.
 *
 * <p>Pure: nothing here opens a socket, reads a file or knows the time. The seam is {@link dev.reuseport.bind.rules.SystemRules}, one for each system.
 */
package dev.reuseport.bind.rules;
