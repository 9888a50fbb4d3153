package dev.reuseport.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Against hashes that are gone through one by one, as the kernel does it. */
final class HashShareTest {
    private static final int HASHES = 1 << 20;

    private static int index(int hash, int members) {
        return (int) ((long) hash * members / HASHES);
    }

    @Test
    void whoLeavesMovesItsOwnAndThoseWhoseIndexIsOfAnotherPart() {
        for (int members = 2; members <= 9; members++) {
            for (int leaver = 0; leaver < members; leaver++) {
                int moved = 0;
                for (int hash = 0; hash < HASHES; hash++) {
                    int after = index(hash, members - 1);
                    int member = after == leaver ? members - 1 : after;
                    moved += member == index(hash, members) ? 0 : 1;
                }
                assertEquals((double) moved / HASHES, HashShare.movedByLeave(members, leaver), 1e-4);
            }
        }
    }

    @Test
    void whoJoinsMovesMoreThanItGets() {
        for (int members = 1; members <= 9; members++) {
            int moved = 0;
            for (int hash = 0; hash < HASHES; hash++) {
                moved += index(hash, members + 1) == index(hash, members) ? 0 : 1;
            }
            assertEquals((double) moved / HASHES, HashShare.movedByJoin(members), 1e-4);
        }
    }

    @Test
    void ofTwoHalfMoveAndOfFourThreeQuarters() {
        assertEquals(0.5, HashShare.movedByLeave(2, 0), 1e-12);
        assertEquals(0.75, HashShare.movedByLeave(4, 0), 1e-12);
        assertEquals(0.5, HashShare.movedByLeave(4, 3), 1e-12);
    }
}
