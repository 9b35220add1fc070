/** AssertJ assertions for the tests that users write about their plans; needs AssertJ on the class path and no weights. */
@NullMarked
package dev.graft.assertj;

import org.jspecify.annotations.NullMarked;
