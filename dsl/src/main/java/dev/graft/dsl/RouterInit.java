package dev.graft.dsl;

/** How a router's rows start. */
public enum RouterInit {
    /** N(0, 0.02²). */
    NORMAL,
    /** Uniform on ±1/√d, which is Kaiming-uniform with a = √5. */
    KAIMING_UNIFORM,
    /** Null experts' rows beside a pretrained router: its rows tiled m/n times, whole blocks (AdaMoE). */
    TILED,
    /** The same where m is no multiple of n: as many whole copies as fit, then the first m mod n rows. */
    FIRST_ROWS
}
