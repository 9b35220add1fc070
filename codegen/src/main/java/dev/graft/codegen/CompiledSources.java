package dev.graft.codegen;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Classes that were compiled in memory; everything else comes from this program's own loader. */
public final class CompiledSources extends ClassLoader {
    private final Map<String, byte[]> classes;

    CompiledSources(Map<String, byte[]> classes) {
        super(CompiledSources.class.getClassLoader());
        this.classes = new TreeMap<>(classes);
    }

    /** The binary names of the compiled classes, sorted. */
    public Set<String> names() {
        return Collections.unmodifiableSet(classes.keySet());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = classes.get(name);
        if (bytes == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, bytes, 0, bytes.length);
    }
}
