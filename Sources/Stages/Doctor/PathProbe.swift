import BasicContainers
import Glibc
import Linux
import Plan

/// What is known about a directory that is to be shown: asked by a copy of this process for each, since a dead server
/// keeps whoever asks.
struct PathFacts: Hashable, Sendable {
    enum Answer: Hashable, Sendable {
        /// `f_type` of statfs(2), and how opening the directory to read went: 0 or an error number.
        case seen(type: Int, asStarter: Int32, asAccount: Int32)
        /// It cannot be reached, or is no directory.
        case unreachable(Errno)
        /// No answer in time.
        case silent
    }

    var path: String
    var answer: Answer
    /// The starter held the capabilities that read any directory of this machine.
    var starterHasPower: Bool

    /// How long a file system may take to answer, in milliseconds.
    static let deadline = 2_000

    /// Asks for all of them at once.
    static func gathered(
        _ paths: [String], _ identity: Identity, _ state: CapabilityState
    ) throws(RunFailure) -> [PathFacts] {
        var children = UniqueArray<Child>()
        for path in paths {
            children.append(
                try Child.start("look at '\(path)'") { (channel) throws(RunFailure) in
                    let answer = look(at: path, identity)
                    try explained { () throws(SystemError) in try channel.send(answer.encoded()) }
                })
        }
        let end = monotonicMilliseconds() + deadline
        var facts: [PathFacts] = []
        for (index, path) in paths.enumerated() {
            let rest = Int32(max(0, end - monotonicMilliseconds()))
            let answer = Answer(receivedFrom: children[index].channel, within: rest)
            try children[index].end()
            facts.append(
                PathFacts(path: path, answer: answer, starterHasPower: state.effective.contains(.dacOverride)))
        }
        return facts
    }

    /// In the copy. Opening to read asks the server itself, and changes nothing.
    private static func look(at path: String, _ identity: Identity) -> Answer {
        let place: Descriptor
        do { place = try FileReference.workingDirectory.open(path, [.pathOnly, .directory]) } catch {
            return .unreachable(error.reason)
        }
        let type: Int
        do { type = Int(try place.fileSystemType()) } catch { return .unreachable(error) }
        let asStarter = readError(place.file)
        do { try becomeAccount(identity) } catch { return .seen(type: type, asStarter: asStarter, asAccount: EPERM) }
        // By the descriptor, as berth does: the way to it need not be open to the account.
        return .seen(type: type, asStarter: asStarter, asAccount: readError(place.file))
    }

    private static func readError(_ place: FileReference) -> Int32 {
        do {
            _ = try place.open(".", [.directory])
            return 0
        } catch { return error.reason.rawValue }
    }
}

extension PathFacts.Answer {
    fileprivate func encoded() -> [UInt8] {
        switch self {
        case .seen(let type, let asStarter, let asAccount): Array("seen \(type) \(asStarter) \(asAccount)".utf8)
        case .unreachable(let reason): Array("unreachable \(reason.rawValue)".utf8)
        case .silent: Array("silent".utf8)
        }
    }

    /// What the child says; silence, and words that are none of these, count as no answer.
    fileprivate init(receivedFrom channel: borrowing Channel, within milliseconds: Int32) {
        self = .silent
        do {
            let words = String(decoding: try channel.receive(within: milliseconds) ?? [], as: UTF8.self)
                .split(separator: " ")
            switch (words.first, words.dropFirst().compactMap { Int($0) }) {
            case ("seen", let numbers) where numbers.count == 3:
                self = .seen(
                    type: numbers[0], asStarter: Int32(truncatingIfNeeded: numbers[1]),
                    asAccount: Int32(truncatingIfNeeded: numbers[2]))
            case ("unreachable", let numbers) where numbers.count == 1:
                self = .unreachable(Errno(Int32(truncatingIfNeeded: numbers[0])))
            default: break
            }
        } catch { return }
    }
}
