package dev.reuseport.experiment;

/**
 * What Linux's choice among members of a group says of flows that move. A member's index is {@code hash * members >> 32}
 * ({@code reciprocal_scale}); when one leaves, the last takes its index ({@code reuseport_detach_sock}). So that besides the
 * flows of the one that leaves many others move: each index is of another part of all hashes then.
 */
final class HashShare {
    private HashShare() {}

    /** Returns the share of flows that move when the member at {@code index} of so many leaves. */
    static double movedByLeave(int members, int index) {
        int left = members - 1;
        double stayed = 0;
        for (int before = 0; before < members; before++) {
            int after = before == index ? -1 : before == left ? index : before;
            if (after >= 0) {
                stayed += overlap(before, members, after, left);
            }
        }
        return 1 - stayed;
    }

    /** Returns the share of flows that move when one joins so many. */
    static double movedByJoin(int members) {
        double stayed = 0;
        for (int index = 0; index < members; index++) {
            stayed += overlap(index, members, index, members + 1);
        }
        return 1 - stayed;
    }

    /** Returns which share of all hashes is at an index of so many members, and at another of as many others. */
    private static double overlap(int index, int members, int other, int others) {
        double from = Math.max((double) index / members, (double) other / others);
        double to = Math.min((index + 1.0) / members, (other + 1.0) / others);
        return Math.max(0, to - from);
    }
}
