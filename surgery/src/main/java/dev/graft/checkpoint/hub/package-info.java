/**
 * Models by name: the Hugging Face hub's local cache, shared with its Python library, and the download of what is not
 * there. Nothing else in Graft contacts a network.
 */
@NullMarked
package dev.graft.checkpoint.hub;

import org.jspecify.annotations.NullMarked;
