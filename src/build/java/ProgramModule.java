import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.ModuleVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Makes a module of the executable jar, for a Java runtime that has the program in it: there no jar is opened at a start, and
 * none has to be. Every package is exported, because jnr writes classes of its own below them while the program runs.
 *
 * <p>Left out is what cannot run there: jffi's library and jnr's constants for other systems and CPUs, and the charts that
 * need AWT.
 */
final class ProgramModule {
    private static final String NAME = "dev.reuseport";
    private static final String MAIN = "dev/reuseport/cli/Main";

    private ProgramModule() {}

    /** {@code JAR MODULE VERSION}. */
    public static void main(String[] arguments) throws IOException {
        String cpu = cpu();
        String library = "jni/" + cpu + "-Linux/";
        Set<String> packages = new TreeSet<>();
        boolean found = false;
        try (ZipFile in = new ZipFile(arguments[0]);
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
            for (Enumeration<? extends ZipEntry> entries = in.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                String name = entry.getName();
                found |= name.startsWith(library);
                if (entry.isDirectory() || isElsewhere(name, cpu)) {
                    continue;
                }
                if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
                    packages.add(name.substring(0, name.lastIndexOf('/')));
                }
                put(out, name, entry.getTime(), in.getInputStream(entry).readAllBytes());
            }
            if (!found) {
                throw new IOException("jffi has no native part for " + library);
            }
            long time = in.getEntry(MAIN + ".class").getTime();
            put(out, "module-info.class", time, info(packages, arguments[2]));
        }
    }

    /** As jffi calls it. */
    private static String cpu() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }

    private static boolean isElsewhere(String name, String cpu) {
        return name.startsWith("jni/") && !name.startsWith("jni/" + cpu + "-Linux/")
                || isBelowAnother(name, "jnr/constants/platform/", Set.of("linux", "fake"))
                || isBelowAnother(name, "jnr/constants/platform/linux/", Set.of(cpu))
                || isBelowAnother(name, "jnr/ffi/provider/jffi/platform/", Set.of(cpu))
                || isBelowAnother(name, "jnr/ffi/provider/jffi/platform/" + cpu + "/", Set.of("linux"))
                || name.startsWith("org/knowm/")
                // Packages of nothing but texts, which the distribution has elsewhere.
                || name.startsWith("licenses/")
                || name.indexOf('/') < 0;
    }

    private static boolean isBelowAnother(String name, String folder, Set<String> kept) {
        int end = name.indexOf('/', folder.length());
        return name.startsWith(folder) && end > 0 && !kept.contains(name.substring(folder.length(), end));
    }

    private static void put(ZipOutputStream out, String name, long time, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(time);
        out.putNextEntry(entry);
        out.write(bytes);
    }

    private static byte[] info(Set<String> packages, String version) {
        ClassWriter writer = new ClassWriter(0);
        writer.visit(Opcodes.V17, Opcodes.ACC_MODULE, "module-info", null, null, null);
        ModuleVisitor module = writer.visitModule(NAME, Opcodes.ACC_OPEN, version);
        module.visitMainClass(MAIN);
        for (String required : new String[] {"java.base", "java.logging", "jdk.net", "jdk.unsupported"}) {
            module.visitRequire(required, required.equals("java.base") ? Opcodes.ACC_MANDATED : 0, null);
        }
        for (String name : packages) {
            module.visitPackage(name);
            module.visitExport(name, 0);
        }
        module.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }
}
