package dev.graft.runtime.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.Gateway;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The PyTorch engine on one device, started quietly and offline, with the tensor operators loaded. Tensors belong to
 * scopes ({@link #scope}); closing the engine frees what is left and returns it to the operating system.
 */
public final class TorchEngine implements AutoCloseable {
    private final NDManager root;
    private final Gateway gateway;
    private final PtNDArray anchor;
    private final int threads;

    private TorchEngine(NDManager root, Gateway gateway, int threads) {
        this.root = root;
        this.gateway = gateway;
        this.threads = threads;
        this.anchor = (PtNDArray) root.zeros(new Shape(1), DataType.FLOAT32);
    }

    /**
     * Starts the engine on a device named as in a spec: {@code cpu}, {@code cuda} or {@code cuda:1}.
     *
     * @throws GraftException {@code E_DEVICE} for another name, and what {@link #open(Device, int)} throws
     */
    public static TorchEngine open(String device, int threads) {
        Matcher name = Pattern.compile("cpu|cuda(:(\\d{1,3}))?").matcher(device);
        if (!name.matches()) {
            throw new GraftException(Issue.error("E_DEVICE", "there is no device '" + device + "'")
                    .withCandidates(List.of("cpu", "cuda", "cuda:1")));
        }
        String number = name.group(2);
        return open(
                device.equals("cpu") ? Device.cpu() : Device.gpu(number == null ? 0 : Integer.parseInt(number)),
                threads);
    }

    /**
     * Starts the engine.
     *
     * @param device where tensors live
     * @param threads of one operator on the CPU; 0 keeps the engine's choice
     * @throws GraftException {@code E_ENGINE} where the native library cannot be loaded, {@code E_DEVICE} where the
     *     device does not exist
     */
    public static TorchEngine open(Device device, int threads) {
        // Read by DJL when it loads: no usage tracking, no download.
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        Engine engine = start();
        if (device.isGpu() && device.getDeviceId() >= engine.getGpuCount()) {
            throw new GraftException(Issue.error(
                            "E_DEVICE",
                            "device " + device + " was asked for, but the engine sees " + engine.getGpuCount()
                                    + " GPUs")
                    .withFix("use the device cpu, or build with the profile gpu on a machine with CUDA"));
        }
        Gateway gateway = Gateway.load(OpsArchive.bytes());
        if (threads > 0) {
            Gateway.threads(threads);
        }
        return new TorchEngine(engine.newBaseManager(device), gateway, Gateway.threads());
    }

    private static Engine start() {
        try {
            return Engine.getEngine("PyTorch");
        } catch (RuntimeException | LinkageError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new GraftException(
                    Issue.error("E_ENGINE", "the tensor engine cannot be loaded: " + cause.getMessage())
                            .withFix("build with the profile of this platform; its native library is unpacked into"
                                    + " DJL_CACHE_DIR (by default .djl.ai in the home folder), which must be writable"),
                    e);
        }
    }

    public Device device() {
        return root.getDevice();
    }

    /**
     * Workers that share out the engine's threads; a single one on a GPU, which one thread keeps busy.
     *
     * @param most how many there may be, at least 1
     */
    public Workers workers(int most) {
        return Workers.of(device().isGpu() ? 1 : Math.min(most, threads), threads);
    }

    /** A new owner of tensors; closing it frees them. */
    public NDManager scope() {
        return root.newSubManager();
    }

    /** The operators without gradients; results belong to {@code scope}. */
    public Ops ops(NDManager scope) {
        return new Ops(new Calls(gateway, (PtNDManager) scope, anchor, false));
    }

    /** The operators with autograd recording; results belong to {@code scope}. */
    public Ops recording(NDManager scope) {
        return new Ops(new Calls(gateway, (PtNDManager) scope, anchor, true));
    }

    @Override
    public void close() {
        root.close();
        gateway.close();
        NativeHeap.trim();
    }
}
