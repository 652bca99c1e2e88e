package org.dmalab.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.spencerpark.jupyter.kernel.BaseKernel;

@AnalyzeClasses(packages = "org.dmalab.kernel", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "org.dmalab.kernel";

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nothingDependsOnTheFrontDoor = noClasses()
            .that()
            .resideInAPackage(ROOT + ".*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT);

    @ArchTest
    static final ArchRule onlyTheFrontDoorKnowsJupyter = noClasses()
            .that()
            .resideInAPackage(ROOT + ".*..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.github.spencerpark..", "org.zeromq..", "zmq..");

    @ArchTest
    static final ArchRule oneClassIsTheKernelOfBasekernel =
            classes().that().areAssignableTo(BaseKernel.class).should().haveSimpleName("DmaLabKernel");

    /** {@code .lab} hands tables out; drawing and rendering them is {@code .display}'s alone. */
    @ArchTest
    static final ArchRule onlyPicturesUseChartAndTableLibraries = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".display..", ROOT + ".lab..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.knowm..", "tech.tablesaw..");

    @ArchTest
    static final ArchRule onlyPicturesUseCharts = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".display..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.knowm..");

    private ArchitectureTest() {}
}
