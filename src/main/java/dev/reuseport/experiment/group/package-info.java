/**
 * Members of a group: how they are opened, as listeners of this process or as processes of their own, how they leave, and
 * the clients that come to them.
 *
 * <p>Nothing here knows which experiment it serves. The seam is {@link dev.reuseport.experiment.group.Group}.
 */
package dev.reuseport.experiment.group;
