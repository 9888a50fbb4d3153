/**
 * Members of a group: how they are opened, as listeners of this process or as processes of their own, how they leave, and
 * the clients that come to them; and groups that somebody else runs, which are looked at and no more.
 *
 * <p>Nothing here knows which experiment it serves. The seam is {@link dev.reuseport.experiment.group.Group}, and of what runs already
 * {@link dev.reuseport.experiment.group.RunningGroups}.
 */
package dev.reuseport.experiment.group;
