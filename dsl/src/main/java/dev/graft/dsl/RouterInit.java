package dev.graft.dsl;

/** How a router's rows start. */
public enum RouterInit {
    /** N(0, 0.02²). */
    NORMAL,
    /** Uniform on ±1/√d, which is Kaiming-uniform with a = √5. */
    KAIMING_UNIFORM
}
