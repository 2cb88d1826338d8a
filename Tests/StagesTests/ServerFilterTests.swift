import Linux
import Passthrough
import Plan
import Seccomp
import SessionFilters
import Testing

@testable import Stages

/// A filter that was put together beforehand is of use only where a server asks for that very one.
@Suite struct TheFilterOfAServer {
    @Test(arguments: [false, true], [false, true]) func wasPutTogetherForEveryMountOfASession(
        isReadOnly: Bool, passesLocks: Bool
    ) throws {
        var settings = ServerSettings(readOnly: isReadOnly, cache: .auto)
        settings.locks = passesLocks ? .remote : .local
        let directory = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
        let place = try SourcePlace(of: directory.file)
        let task = ServerTask(label: "/", place: place, settings: settings)
        let filter = ServerFilter(task, hasQueues: true)
        #expect(SessionFilters.servers.contains { $0.filter == filter })
    }
}
