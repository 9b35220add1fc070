package dev.graft.checkpoint;

import java.util.List;

/**
 * A tensor as the header's JSON says it, its numbers checked one by one but not yet against each other.
 *
 * @param begin first byte, counted from the start of the data
 * @param end the byte after the last
 */
record HeaderEntry(String name, DType dtype, List<Long> shape, long begin, long end) {}
