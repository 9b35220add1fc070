package dev.graft.surgery;

import dev.graft.catalog.ModelShape;
import dev.graft.checkpoint.DType;

/**
 * What a plan knows of its base: never a path.
 *
 * @param shape dimensions
 * @param headersHash SHA-256 over names, types and shapes of all tensors
 * @param dtype of the layers' weights
 * @param parameters of the base
 */
public record BaseModel(ModelShape shape, String headersHash, DType dtype, long parameters) {}
