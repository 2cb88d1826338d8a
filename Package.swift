// swift-tools-version: 6.1
import PackageDescription

/// glibc hides unshare, O_PATH, statx and their kin unless it is asked for the GNU interface.
let gnu: [CSetting] = [.define("_GNU_SOURCE")]

/// Arrays of values with one owner.
let containers = Target.Dependency.product(name: "BasicContainers", package: "swift-collections")

/// Swift's own libraries bring `-lstdc++` before any flag can say that a static one is wanted: packaging/static says it.
/// With every symbol found at the start, the processes that are forked later do not look for them one by one.
let linking = LinkerSetting.unsafeFlags(
    ["-L", Context.packageDirectory + "/packaging/static", "-Xlinker", "-z", "-Xlinker", "now"],
    .when(configuration: .release))

/// A program that the integration tests run in a session.
func fixture(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: ["CRawCalls"], path: "Tests/Fixtures/\(name)", cSettings: gnu)
}

let package = Package(
    name: "berth",
    products: [.executable(name: "berth", targets: ["berth"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCapability", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),

        .target(name: "Linux", dependencies: ["CLinux", "CCapability"], cSettings: gnu),
        .target(name: "Seccomp", dependencies: ["CSeccomp", "Linux"], cSettings: gnu),
        .executableTarget(name: "compile-filters", dependencies: ["Linux", "Seccomp"]),
        .plugin(
            name: "CompileFilters", capability: .buildTool(), dependencies: ["compile-filters"],
            path: "Sources/CompileFilters"),
        .target(name: "SessionFilters", dependencies: ["Linux", "Seccomp"], plugins: ["CompileFilters"]),
        .target(name: "Fuse", dependencies: ["CFuse", "Linux", containers], cSettings: gnu),
        .target(name: "Passthrough", dependencies: ["Fuse", "Linux", containers], cSettings: gnu),
        .target(name: "Ownership", dependencies: ["Linux"], cSettings: gnu),
        .target(name: "Plan", dependencies: ["Linux", "Seccomp"], cSettings: gnu),
        .target(
            name: "Stages",
            dependencies: [
                "Fuse", "Linux", "Ownership", "Passthrough", "Plan", "Seccomp", "SessionFilters", containers,
            ],
            cSettings: gnu),
        .executableTarget(
            name: "berth",
            dependencies: [
                "Fuse", "Linux", "Ownership", "Plan", "Seccomp", "Stages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            cSettings: gnu, swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")], linkerSettings: [linking]
        ),

        .testTarget(name: "SeccompTests", dependencies: ["Seccomp", "SessionFilters"], cSettings: gnu),
        .testTarget(name: "LinuxTests", dependencies: ["Linux"], cSettings: gnu),
        .testTarget(name: "FuseTests", dependencies: ["CFuse", "Fuse", "Linux"], cSettings: gnu),
        .testTarget(name: "PassthroughTests", dependencies: ["Fuse", "Linux", "Passthrough"], cSettings: gnu),
        .testTarget(name: "OwnershipTests", dependencies: ["Linux", "Ownership"], cSettings: gnu),
        .testTarget(
            name: "StagesTests",
            dependencies: ["Linux", "Passthrough", "Plan", "Seccomp", "SessionFilters", "Stages"], cSettings: gnu),
        .testTarget(name: "PlanTests", dependencies: ["Linux", "Plan"], cSettings: gnu),
        .testTarget(
            name: "BerthTests",
            dependencies: [
                "berth", "Fuse", "Linux", "Ownership", "Plan", "Stages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            cSettings: gnu),

        .systemLibrary(name: "CRawCalls", path: "Tests/Fixtures/CRawCalls"),
        fixture("posix-table"), fixture("posix-accounts"), fixture("hostile-session"), fixture("session-probe"),
        fixture("model-test"), fixture("file-exerciser"),
        .executableTarget(
            name: "hostile-kernel", dependencies: ["CRawCalls", "Fuse", "Linux", "Passthrough", containers],
            path: "Tests/Fixtures/hostile-kernel", cSettings: gnu),
        .testTarget(
            name: "BerthIntegrationTests",
            dependencies: [
                "Linux", "Seccomp", "berth", "hostile-kernel", "posix-table", "posix-accounts", "hostile-session",
                "session-probe",
                "model-test", "file-exerciser",
            ],
            exclude: ["Support/in-podman"], cSettings: gnu),

        .executableTarget(
            name: "benchmark",
            dependencies: ["CRawCalls", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Benchmarks", exclude: ["NOTES.md"], cSettings: gnu),
        .testTarget(name: "BenchmarkTests", dependencies: ["benchmark"], cSettings: gnu),
    ]
)
