package dev.graft.checkpoint;

import java.util.List;
import java.util.Map;

/**
 * A safetensors header after all checks.
 *
 * @param metadata in the header's order
 * @param tensors in the order of their data
 * @param dataStart offset of the first data byte in the file
 */
record Header(Map<String, String> metadata, List<TensorInfo> tensors, long dataStart) {}
