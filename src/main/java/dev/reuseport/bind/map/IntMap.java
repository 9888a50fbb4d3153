package dev.reuseport.bind.map;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A map from numbers that is never changed: with another value it is a new one, which shares all but a handful of small
 * arrays with the old. A tree whose nodes have a child for each four bits of the number, as deep as its largest one needs.
 */
public final class IntMap<V> {
    private static final int BITS = 4;
    private static final int WIDTH = 1 << BITS;
    private static final IntMap<?> EMPTY = new IntMap<>(0, new Object[WIDTH]);

    /** How many bits stand to the right of those that choose in the root. */
    private final int shift;

    private final Object[] root;

    private IntMap(int shift, Object[] root) {
        this.shift = shift;
        this.root = root;
    }

    /** Returns the map without values. */
    @SuppressWarnings("unchecked")
    public static <V> IntMap<V> empty() {
        return (IntMap<V>) EMPTY;
    }

    private boolean reaches(int key) {
        return shift + BITS >= Integer.SIZE || key >>> (shift + BITS) == 0;
    }

    private static int index(int key, int shift) {
        return key >>> shift & (WIDTH - 1);
    }

    /** Returns the value; null if there is none. */
    @SuppressWarnings("unchecked")
    public V get(int key) {
        if (!reaches(key)) {
            return null;
        }
        Object node = root;
        for (int at = shift; at >= 0 && node != null; at -= BITS) {
            node = ((Object[]) node)[index(key, at)];
        }
        return (V) node;
    }

    /** Returns the map with this value; null takes it away. */
    public IntMap<V> with(int key, V value) {
        if (value == get(key)) {
            return this;
        }
        if (!reaches(key)) {
            Object[] above = new Object[WIDTH];
            above[0] = root;
            return new IntMap<V>(shift + BITS, above).with(key, value);
        }
        return new IntMap<>(shift, with(root, shift, key, value));
    }

    private static Object[] with(Object[] node, int shift, int key, Object value) {
        Object[] copy = node == null ? new Object[WIDTH] : node.clone();
        int at = index(key, shift);
        copy[at] = shift == 0 ? value : with((Object[]) copy[at], shift - BITS, key, value);
        return copy;
    }

    /** Hands out the values in the order of their keys. */
    public void forEach(Consumer<V> consumer) {
        forEach(root, shift, consumer);
    }

    @SuppressWarnings("unchecked")
    private static <V> void forEach(Object[] node, int shift, Consumer<V> consumer) {
        for (Object child : node) {
            if (child != null && shift == 0) {
                consumer.accept((V) child);
            } else if (child != null) {
                forEach((Object[]) child, shift - BITS, consumer);
            }
        }
    }

    /** Returns the first value, from one key on, that fits; null if there is none. */
    public V first(int from, Predicate<V> fits) {
        return reaches(from) ? first(root, shift, from, fits) : null;
    }

    @SuppressWarnings("unchecked")
    private static <V> V first(Object[] node, int shift, int from, Predicate<V> fits) {
        int begin = index(from, shift);
        for (int i = begin; i < WIDTH; i++) {
            Object child = node[i];
            V found = null;
            if (child != null && shift > 0) {
                found = first((Object[]) child, shift - BITS, i == begin ? from : 0, fits);
            } else if (child != null && fits.test((V) child)) {
                found = (V) child;
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
