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

    init(_ path: String) throws(Refusal) {
        var process: Int32?
        var secureBits: UInt32?
        var namespace: String?
        for line in try Self.lines(path) {
            switch line.event {
            case "plan": (process, secureBits, namespace) = (nil, nil, nil)
            case "proof": (secureBits, namespace) = (line.securebits, line.namespaces?.user)
            case "session-started": process = line.pid
            case "session-ended": process = nil
            default: continue
            }
        }
        guard let process, process > 0 else { throw Refusal("'\(path)' tells of no session that runs") }
        request = InspectionRequest(process: process, secureBits: secureBits, userNamespace: namespace)
    }

    private struct Line: Decodable {
        var event: String
        var pid: Int32?
        var securebits: UInt32?
        var namespaces: Namespaces?

        struct Namespaces: Decodable {
            var user: String?
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
