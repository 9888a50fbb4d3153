/**
 * Answers about the members of groups, and how they are drawn: who gets connections and datagrams, what a departure costs,
 * who shares a port.
 *
 * <p>What is printed of one socket or one bind does not belong here.
 */
package dev.reuseport.print.group;
