package dev.graft.runtime.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.random.RandomKey;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Calls every operator with tensors of types, shapes and scopes that do not fit, bf16 among them, and with numbers that
 * make no sense. A program of its own: where the engine aborts instead of refusing, the process ends.
 */
public final class EngineAbuse {
    private static final long[][] SHAPES = {
        {}, {0}, {1}, {2}, {3}, {6}, {2, 3}, {3, 2}, {0, 3}, {6, 6}, {2, 2, 3}, {-1}, {-5, 2}, {1L << 45}, {1L << 62, 8}
    };
    private static final int DEEPEST = 4;

    private final TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
    private final Random random;
    private final List<Method> methods = new ArrayList<>();

    private EngineAbuse(long seed) {
        this.random = new Random(seed);
        for (Class<?> family : List.of(Ops.class, Mixtures.class, Experts.class, Autograd.class, Updates.class)) {
            Arrays.stream(family.getDeclaredMethods())
                    .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                    .filter(method -> !method.getName().matches("in|scope|mixtures|experts|autograd|updates"))
                    .sorted(Comparator.comparing(Method::toString))
                    .forEach(methods::add);
        }
    }

    /** @param args seed, number of calls */
    public static void main(String[] args) {
        new EngineAbuse(Long.parseLong(args[0])).run(Integer.parseInt(args[1]));
    }

    private void run(int calls) {
        int refused = 0;
        Set<String> taken = new TreeSet<>();
        for (int call = 0; call < calls; call++) {
            Method method = methods.get(call % methods.size());
            System.out.println("call " + call + ": " + method.getName());
            try (NDManager scope = engine.scope()) {
                Ops ops = random.nextBoolean() ? engine.ops(scope) : engine.recording(scope);
                Object[] arguments = arguments(ops, method);
                method.invoke(family(ops, method), arguments);
                taken.add(method.getName());
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof RuntimeException) && !(e.getCause() instanceof OutOfMemoryError)) {
                    throw new AssertionError(method + " ends in " + e.getCause(), e.getCause());
                }
                refused++;
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }
        System.out.println("done: " + methods.size() + " operators, " + calls + " calls, " + refused + " refused, "
                + taken.size() + " operators taken at least once");
    }

    private static Object family(Ops ops, Method method) {
        Class<?> type = method.getDeclaringClass();
        if (type == Mixtures.class) {
            return ops.mixtures();
        } else if (type == Experts.class) {
            return ops.experts();
        } else if (type == Autograd.class) {
            return ops.autograd();
        }
        return type == Updates.class ? ops.updates() : ops;
    }

    private Object[] arguments(Ops ops, Method method) throws ReflectiveOperationException {
        Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = value(ops, method.getParameterTypes()[i], 0);
        }
        return arguments;
    }

    private @Nullable Object value(Ops ops, Class<?> type, int depth) throws ReflectiveOperationException {
        if (type == NDArray.class) {
            return tensor(ops);
        } else if (type == List.class) {
            return tensors(ops);
        } else if (type == int.class || type == Integer.class) {
            return random.nextInt(9) - 2;
        } else if (type == long.class || type == Long.class) {
            return (long) random.nextInt(9) - 2;
        } else if (type == double.class) {
            return oneOf(0.0, 1.0, -1.0, 0.5, 1e-5, 1e300, Double.NaN, Double.POSITIVE_INFINITY);
        } else if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == long[].class) {
            return oneOf((Object[]) SHAPES);
        } else if (type == float[].class) {
            return new float[random.nextInt(7)];
        } else if (type == String.class) {
            return "x";
        } else if (type == Path.class) {
            return Path.of("no such file");
        } else if (type == RandomKey.class) {
            return RandomKey.of(random.nextInt());
        } else if (type == Optional.class) {
            return Optional.empty();
        } else if (type == Rows.class) {
            return Rows.of(ops, List.of(Segment.of(random.nextInt(3)), Segment.of(2)));
        } else if (type.isEnum()) {
            return oneOf(type.getEnumConstants());
        } else if (type.isSealed()) {
            return value(ops, (Class<?>) oneOf((Object[]) type.getPermittedSubclasses()), depth);
        } else if (type.isRecord() && depth < DEEPEST) {
            return record(ops, type, depth);
        }
        return null;
    }

    private @Nullable Object record(Ops ops, Class<?> type, int depth) throws ReflectiveOperationException {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        Object[] components = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            components[i] = value(ops, types[i], depth + 1);
        }
        try {
            return constructor.newInstance(components);
        } catch (InvocationTargetException refused) {
            return null; // a record that looks after itself
        }
    }

    private List<NDArray> tensors(Ops ops) {
        List<NDArray> tensors = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            tensors.add(tensor(ops));
        }
        return tensors;
    }

    private NDArray tensor(Ops ops) {
        long[] shape = SHAPES[random.nextInt(11)];
        int elements = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        if (random.nextInt(4) == 0) {
            long[] numbers = new long[elements];
            Arrays.setAll(numbers, i -> random.nextInt(9) - 2);
            return ops.view(ops.upload(numbers), shape);
        }
        float[] numbers = new float[elements];
        for (int i = 0; i < elements; i++) {
            numbers[i] = random.nextInt(20) == 0 ? Float.NaN : random.nextFloat();
        }
        NDArray tensor = ops.cast(ops.upload(numbers, shape), oneOf(ElementType.values()));
        if (random.nextInt(20) == 0) {
            tensor.close();
        }
        return random.nextInt(4) == 0 ? leafOr(ops, tensor) : tensor;
    }

    private static NDArray leafOr(Ops ops, NDArray tensor) {
        try {
            return ops.autograd().leaf(tensor);
        } catch (IllegalStateException refused) { // closed, or of whole numbers
            return tensor;
        }
    }

    @SafeVarargs
    private <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
