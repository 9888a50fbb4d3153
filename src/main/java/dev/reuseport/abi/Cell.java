package dev.reuseport.abi;

/** What a cell of {@link Const} can hold beside a number. A holder of its own, because enum constants see no static field of their enum. */
final class Cell {

    /** The headers of that platform are known to lack the symbol. No number in the matrix is negative. */
    static final int NO = Integer.MIN_VALUE;

    private Cell() {}
}
