/** The one door to the engine's native methods, which DJL keeps package-private. */
@NullMarked
package ai.djl.pytorch.jni;

import org.jspecify.annotations.NullMarked;
