package ai.djl.pytorch.jni;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A loaded TorchScript archive, and the only caller of the engine's native methods: any argument, with or without
 * autograd, and bf16 tensors without ever asking DJL for a data type (which would abort the JVM). Every handle made for a
 * call is freed before the call returns. It lies in DJL's package because the native methods are package-private there.
 */
public final class Gateway implements AutoCloseable {
    private static final int COPY_BUFFER = 1 << 16;
    private static final int[] CPU = {0, -1};
    private static final Pattern NO_MEMORY =
            Pattern.compile("out of memory|allocate memory|not enough memory|bad_alloc", Pattern.CASE_INSENSITIVE);

    private long module;
    private final long none;

    private Gateway(long module) {
        this.module = module;
        this.none = PyTorchLibrary.LIB.moduleRunMethod(module, "none", new long[0], true, false);
    }

    /**
     * Loads an archive, which must have a method {@code none} that returns None. The engine must have been started.
     *
     * @throws IllegalStateException naming the line of the TorchScript that does not compile
     */
    public static Gateway load(byte[] archive) {
        try {
            return new Gateway(PyTorchLibrary.LIB.moduleLoad(
                    new ByteArrayInputStream(archive), CPU, false, new byte[COPY_BUFFER], archive.length));
        } catch (EngineException e) {
            throw new IllegalStateException("the tensor operators do not compile: " + e.getMessage(), e);
        }
    }

    /**
     * Sets how many threads an operator may use that the calling thread runs. Each thread has a number of its own; one that
     * was never given any takes the last that was given to any.
     */
    public static void threads(int count) {
        PyTorchLibrary.LIB.torchSetNumThreads(count);
        threads(); // A thread that asks for the first time still takes the last: it asks before another one is given.
    }

    /** How many threads an operator may use that the calling thread runs. */
    public static int threads() {
        return PyTorchLibrary.LIB.torchGetNumThreads();
    }

    /**
     * Runs a method that returns a tensor, a list of tensors or None.
     *
     * @param into owner of the results
     * @param gradients whether autograd records the call
     * @param arguments each a tensor, a collection of tensors, a Long, Integer, Double, Boolean, String, {@code long[]}
     *     or null for None
     * @return the results, in order; empty for None
     * @throws IllegalStateException where the engine refuses, with its message
     * @throws OutOfMemoryError where it gets no memory, with how much it asked for
     */
    public PtNDArray[] run(PtNDManager into, boolean gradients, String method, @Nullable Object... arguments) {
        long[] values = new long[arguments.length];
        int made = 0;
        // Both are thread-local in libtorch; profiling recompilation does not pay with changing shapes.
        PyTorchLibrary.LIB.setGraphExecutorOptimize(false);
        PyTorchLibrary.LIB.torchSetGradMode(gradients);
        try {
            for (; made < values.length; made++) {
                values[made] = value(arguments[made]);
            }
            return tensors(into, PyTorchLibrary.LIB.moduleRunMethod(module, method, values, true, false));
        } catch (EngineException e) {
            throw refusal(method, e);
        } finally {
            PyTorchLibrary.LIB.torchSetGradMode(false);
            for (int i = 0; i < made; i++) {
                if (values[i] != none) {
                    PyTorchLibrary.LIB.torchDeleteIValue(values[i]);
                }
            }
        }
    }

    /** The elements of a contiguous tensor in the host's memory, where they are; as long as the tensor lives. */
    public static ByteBuffer memory(PtNDArray tensor) {
        return PyTorchLibrary.LIB.torchDirectByteBuffer(tensor.getHandle()).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        if (module != 0) {
            PyTorchLibrary.LIB.torchDeleteIValue(none);
            PyTorchLibrary.LIB.torchDeleteModule(module);
            module = 0;
        }
    }

    private long value(@Nullable Object argument) {
        if (argument == null) {
            return none;
        } else if (argument instanceof PtNDArray tensor) {
            return PyTorchLibrary.LIB.iValueFromTensor(tensor.getHandle());
        } else if (argument instanceof Number number) {
            return number instanceof Double || number instanceof Float
                    ? PyTorchLibrary.LIB.iValueFromDouble(number.doubleValue())
                    : PyTorchLibrary.LIB.iValueFromLong(number.longValue());
        } else if (argument instanceof Boolean flag) {
            return PyTorchLibrary.LIB.iValueFromBool(flag);
        } else if (argument instanceof String text) {
            return PyTorchLibrary.LIB.iValueFromString(text);
        } else if (argument instanceof long[] numbers) {
            return PyTorchLibrary.LIB.iValueFromLongList(numbers);
        } else if (argument instanceof Collection<?> list) {
            return PyTorchLibrary.LIB.iValueFromTensorList(list.stream()
                    .mapToLong(tensor -> ((PtNDArray) tensor).getHandle())
                    .toArray());
        }
        throw new IllegalArgumentException("no TorchScript value for a " + argument.getClass());
    }

    private static PtNDArray[] tensors(PtNDManager into, long result) {
        try {
            if (PyTorchLibrary.LIB.iValueIsTensor(result)) {
                return new PtNDArray[] {new PtNDArray(into, PyTorchLibrary.LIB.iValueToTensor(result))};
            } else if (PyTorchLibrary.LIB.iValueIsTensorList(result)) {
                long[] handles = PyTorchLibrary.LIB.iValueToTensorList(result);
                PtNDArray[] arrays = new PtNDArray[handles.length];
                for (int i = 0; i < arrays.length; i++) {
                    arrays[i] = new PtNDArray(into, handles[i]);
                }
                return arrays;
            }
            return new PtNDArray[0];
        } finally {
            PyTorchLibrary.LIB.torchDeleteIValue(result);
        }
    }

    private static IllegalStateException refusal(String method, EngineException e) {
        String reason = method + ": " + lastLine(e);
        if (NO_MEMORY.matcher(reason).find()) {
            OutOfMemoryError error = new OutOfMemoryError(reason);
            error.initCause(e);
            throw error;
        }
        return new IllegalStateException(reason, e);
    }

    /** The engine's message ends with the reason; what stands before it is the TorchScript stack. */
    private static String lastLine(EngineException e) {
        String message = String.valueOf(e.getMessage()).strip();
        return message.substring(message.lastIndexOf('\n') + 1);
    }
}
