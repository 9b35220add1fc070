package dev.graft.surgery.weights;

/** Rows of null experts that start at random; the engine draws them, the same for a name on every machine. */
public interface NullRows {

    /**
     * @param module the rows' name in the checkpoint, without {@code .weight}
     * @return [rows, width], row by row
     */
    float[] draw(String module, int rows, int width);
}
