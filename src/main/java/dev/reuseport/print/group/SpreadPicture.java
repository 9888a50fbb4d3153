package dev.reuseport.print.group;

import java.util.List;

/**
 * What a chart of a spread shows.
 *
 * @param of what each bar is
 * @param counted what was counted
 */
record SpreadPicture(String title, String of, String counted, List<Bar> bars) {
    /** A member with what it accepted, and on top of that what waits in its queue. */
    record Bar(String name, int accepted, int queued) {
        int all() {
            return accepted + queued;
        }
    }

    boolean queued() {
        return bars.stream().anyMatch(bar -> bar.queued() > 0);
    }
}
