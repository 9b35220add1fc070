package dev.graft;

import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import dev.graft.issue.Issue;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rooms of the project: what each may use, and what only one of them may. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = mainClasses();

    /** Each room and the rooms that it may use; the command line and the samples may use all. */
    private static final List<Room> ROOMS = List.of(
            room("issue"),
            room("dsl", "issue"),
            room("checkpoint", "issue"),
            room("catalog", "issue", "dsl", "checkpoint"),
            room("surgery", "issue", "dsl", "checkpoint", "catalog"),
            room("assertj", "issue", "dsl", "checkpoint", "surgery"),
            room("codegen", "issue", "dsl", "checkpoint", "catalog", "surgery"),
            room("runtime", "issue", "dsl", "checkpoint"),
            room("report", "issue", "dsl", "checkpoint", "catalog", "surgery"));

    @Test
    void rooms_use_only_the_rooms_they_may() {
        LayeredArchitecture rooms = layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("cli")
                .definedBy("dev.graft.cli..")
                .layer("samples")
                .definedBy("dev.graft.samples..");
        for (Room room : ROOMS) {
            rooms = rooms.layer(room.name()).definedBy(room.packages());
        }
        for (Room room : ROOMS) {
            rooms = room.mayUse().length == 0
                    ? rooms.whereLayer(room.name()).mayNotAccessAnyLayer()
                    : rooms.whereLayer(room.name()).mayOnlyAccessLayers(room.mayUse());
        }
        rooms.check(CLASSES);
    }

    @Test
    void every_package_is_in_a_room() {
        List<String> known = Stream.concat(ROOMS.stream().map(Room::name), Stream.of("cli", "samples"))
                .toList();

        assertThat(packages())
                .filteredOn(name -> !name.equals("ai.djl.pytorch.jni"))
                .allSatisfy(name -> assertThat(known).contains(name.split("\\.", -1)[2]));
    }

    @Test
    void rooms_have_no_cycles() {
        slices().matching("dev.graft.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({
        "com.palantir.javapoet.., dev.graft.codegen.., Java source is written by one room",
        "org.assertj..,           dev.graft.assertj.., AssertJ is optional for users",
        "com.fasterxml.jackson.datatype.jdk8.., dev.graft.[catalog|surgery|cli].., other rooms have no Optional in JSON",
        "java.net.http..,         dev.graft.checkpoint.hub.., one package contacts a network, and only when asked to",
        "picocli..,               dev.graft.cli.., the command line is thin and alone"
    })
    void library_is_used_by_one_room(String library, String room, String because) {
        noClasses()
                .that()
                .resideOutsideOfPackages(room)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .because(because)
                .check(CLASSES);
    }

    @Test
    void plans_need_no_engine() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.graft.issue..",
                        "dev.graft.dsl..",
                        "dev.graft.checkpoint..",
                        "dev.graft.catalog..",
                        "dev.graft.surgery..",
                        "dev.graft.assertj..",
                        "dev.graft.codegen..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .because("planning reads headers only and loads no torch")
                .check(CLASSES);
    }

    @Test
    void only_the_gateway_calls_the_engines_natives() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("ai.djl.pytorch.jni.Gateway")
                .should()
                .dependOnClassesThat(are(natives()))
                .because("native handles have one door")
                .check(CLASSES);
    }

    @Test
    void only_the_command_line_ends_the_process() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.graft.cli..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .because("a library reports and never ends its host")
                .check(CLASSES);
    }

    @Test
    void nothing_logs_by_java_util_logging() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(CLASSES);
    }

    @Test
    void every_package_says_what_may_be_null() {
        assertThat(packages())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(CLASSES.getPackage(name).tryGetPackageInfo())
                        .as("package-info of %s", name)
                        .hasValueSatisfying(info -> assertThat(info.isAnnotatedWith(NullMarked.class))
                                .as("@NullMarked on %s", name)
                                .isTrue()));
    }

    private static Set<String> packages() {
        return CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static DescribedPredicate<JavaClass> natives() {
        return DescribedPredicate.describe(
                "the engine's native methods",
                type -> type.getPackageName().startsWith("ai.djl.pytorch.jni")
                        && !type.getName().startsWith("ai.djl.pytorch.jni.Gateway"));
    }

    private static JavaClasses mainClasses() {
        try {
            Path main = Path.of(Issue.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return new ClassFileImporter().importPath(main);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Room room(String name, String... mayUse) {
        String[] packages = name.equals("runtime")
                ? new String[] {"dev.graft.runtime..", "ai.djl.pytorch.jni.."}
                : new String[] {"dev.graft." + name + ".."};
        return new Room(name, packages, mayUse);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Room(String name, String[] packages, String[] mayUse) {}
}
