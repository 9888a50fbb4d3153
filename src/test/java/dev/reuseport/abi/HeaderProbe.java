package dev.reuseport.abi;

import java.util.ArrayList;
import java.util.List;

/**
 * A C program that prints {@code NAME VALUE} for every row of {@link Const} that a system's headers define, and for the
 * layouts. Its output, from real compilers, is kept in {@code src/test/resources/abi}.
 */
final class HeaderProbe {

    private HeaderProbe() {}

    /** Prints the program for {@code os.name os.arch}. */
    public static void main(String[] args) {
        System.out.print(source(Abi.of(args[0], args[1])));
    }

    /** The program. All it prints lies in one table of constants, so that its assembly tells the values as well. */
    static String source(Abi abi) {
        List<String> lines = new ArrayList<>();
        lines.add(HeaderAssertions.includes(abi.platform()));
        lines.add("#include <stdio.h>");
        lines.add("const struct { char name[60]; int value; } rows[] = {");
        for (Const symbol : Const.values()) {
            String expression = HeaderAssertions.expression(symbol, abi.platform());
            String row = "{\"" + symbol + "\", " + expression + "},";
            // Enumerators: no #ifdef sees them.
            lines.add(expression.startsWith("BPF_") ? row : "#ifdef " + expression + "\n" + row + "\n#endif");
        }
        HeaderAssertions.layouts(abi)
                .keySet()
                .forEach(expression -> lines.add("{\"" + expression + "\", " + expression + "},"));
        lines.add("};");
        lines.add("""
                int main(void) {
                    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
                        printf("%s %d\\n", rows[i].name, rows[i].value);
                    }
                    return 0;
                }""");
        return String.join("\n", lines) + "\n";
    }
}
