package org.dmalab.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;

@AnalyzeClasses(packages = "org.dmalab.engine", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "org.dmalab.engine";

    /** In the order in which a request flows; "" is the composition root. Arrows point down this list only. */
    private static final List<String> DOWNWARDS = List.of(
            "replay",
            "experiment",
            "",
            "drivers",
            "dmabuf",
            "arm",
            "dma",
            "iova",
            "iommu",
            "cpu",
            "pagetable",
            "cache",
            "memory",
            "cost",
            "trace",
            "base");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule arrowsPointDown = ArchRuleDefinition.classes()
            .should(new ArchCondition<JavaClass>("depend only on packages further down") {
                @Override
                public void check(JavaClass from, ConditionEvents events) {
                    from.getDirectDependenciesFromSelf().forEach(dependency -> {
                        JavaClass to = dependency.getTargetClass().getBaseComponentType();
                        if (to.getPackageName().startsWith(ROOT) && layer(to) < layer(from)) {
                            events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
                        }
                    });
                }
            });

    @ArchTest
    static final ArchRule iommuAllocatesNoAddresses = noClasses()
            .that()
            .resideInAPackage(ROOT + ".iommu..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + ".iova..");

    @ArchTest
    static final ArchRule jdkOnly = ArchRuleDefinition.classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ROOT + "..", "java..", "org.jspecify..", "com.google.errorprone.annotations..");

    private static int layer(JavaClass type) {
        String name = type.getPackageName();
        int layer = DOWNWARDS.indexOf(name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1));
        if (layer < 0) {
            throw new AssertionError("package is not in the order of the design: " + name);
        }
        return layer;
    }

    private ArchitectureTest() {}
}
