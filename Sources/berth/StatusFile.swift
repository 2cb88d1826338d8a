import FoundationEssentials
import Glibc
import Linux
import Plan
import Stages

/// A file of lines that `--json-status-fd` wrote. It names a session; whoever can write it can name another, so what it
/// says is used to find the process and for what /proc does not tell, and every line that rests on it says so.
struct StatusFile {
    /// The session that the last complete run in the file started.
    let request: InspectionRequest

    /// What a run has told so far.
    private struct Told {
        var process: Int32?
        var secureBits: UInt32?
        var userNamespace: String?
        var descriptors: [Int32: String] = [:]
        var allowsNamespaces: Bool?
        var networks: (before: String?, inside: String?)
    }

    init(_ path: String) throws(Refusal) {
        var told = Told()
        for line in try Self.lines(path) {
            switch line.event {
            case "plan":
                told = Told()
                told.allowsNamespaces = line.session?.user_namespaces
            case "stage": if let namespaces = line.namespaces { told.networks.before = namespaces.net }
            case "proof":
                (told.secureBits, told.userNamespace) = (line.securebits, line.namespaces?.user)
                for one in line.descriptors ?? [] { told.descriptors[one.number] = one.target }
                told.networks.inside = line.namespaces?.net
            case "session-started": told.process = line.pid
            case "session-ended": told.process = nil
            default: continue
            }
        }
        guard let process = told.process, process > 0 else { throw Refusal("'\(path)' tells of no session that runs") }
        var request = InspectionRequest(
            process: process, secureBits: told.secureBits, userNamespace: told.userNamespace)
        if let before = told.networks.before, let inside = told.networks.inside, before != inside {
            request.networkNamespace = inside
        }
        request.descriptors = told.descriptors
        request.allowsNamespaces = told.allowsNamespaces
        self.request = request
    }

    private struct Line: Decodable {
        var event: String
        var pid: Int32?
        var securebits: UInt32?
        var namespaces: Namespaces?
        var descriptors: [Handed]?
        var session: Session?

        struct Session: Decodable {
            var user_namespaces: Bool?
        }

        struct Handed: Decodable {
            var number: Int32
            var target: String
        }

        struct Namespaces: Decodable {
            var user: String?
            var net: String?
        }
    }

    private static func lines(_ path: String) throws(Refusal) -> [Line] {
        let bytes: [UInt8]
        do {
            let file = try FileReference.workingDirectory.open(path, [.readOnly, .nonBlocking])
            guard try file.status().kind == .regular else { throw Refusal("'\(path)' is not a regular file") }
            bytes = try file.readAll(limit: 4 << 20)
        } catch let refusal as Refusal { throw refusal } catch { throw Refusal("'\(path)': \(error)") }
        let decoder = JSONDecoder()
        var lines: [Line] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            do { lines.append(try decoder.decode(Line.self, from: Data(line))) } catch {
                throw Refusal("'\(path)': line \(index + 1) is no status line")
            }
        }
        return lines
    }
}
