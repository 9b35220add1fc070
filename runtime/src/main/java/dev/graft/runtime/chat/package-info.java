/**
 * Chat templates: Jinja texts that come with a checkpoint and are not trusted, rendered as Hugging Face transformers does,
 * over maps, lists, texts, numbers and truth values only.
 */
@NullMarked
package dev.graft.runtime.chat;

import org.jspecify.annotations.NullMarked;
