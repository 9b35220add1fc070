package dev.graft.runtime.engine;

/** What a group's LoRA experts make of their input, and what their routers decided. */
public record LoraMixture(LoraHidden hidden, RouterDecision decision) {}
