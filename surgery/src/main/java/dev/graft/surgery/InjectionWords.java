package dev.graft.surgery;

import dev.graft.dsl.Injection;
import dev.graft.dsl.Role;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** How messages and the plan's text name what a spec names. */
final class InjectionWords {
    private InjectionWords() {}

    /** {@code attention q, k}. */
    static String sites(Injection injection) {
        return injection.block().word() + " " + roles(injection.roles());
    }

    /** {@code q, k}. */
    static String roles(Collection<Role> roles) {
        return roles.stream().map(InjectionWords::role).collect(Collectors.joining(", "));
    }

    static String role(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
