import Foundation
import PackagePlugin

/// Has `compile-filters` write the programs that Sources/SessionFilters is about, each time that berth is built anew.
@main struct CompileFilters: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let programs = context.pluginWorkDirectoryURL.appending(path: "Programs.swift")
        return [
            .buildCommand(
                displayName: "Compiling the filters of sessions",
                executable: try context.tool(named: "compile-filters").url,
                arguments: [programs.path()], outputFiles: [programs])
        ]
    }
}
