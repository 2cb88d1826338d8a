import Linux
import Plan

/// The longest configuration file that is read, in bytes.
let configurationLimit = 1 << 20

/// The text of a configuration file.
///
/// Links are followed, as a ConfigMap of Kubernetes is one. Opened without waiting, then looked at by descriptor: a FIFO or a
/// device is refused unread.
func readConfiguration(_ path: String) throws(Refusal) -> String { try readFile(path, calledA: "configuration") }

/// The text of a file that decides what a session may do; `role` is what error texts call it.
func readFile(_ path: String, calledA role: String) throws(Refusal) -> String {
    do {
        let file = try FileReference.workingDirectory.open(path, [.readOnly, .nonBlocking])
        guard try file.status().kind == .regular else {
            throw Refusal("\(role) '\(path)' is not a regular file")
        }
        let bytes = try file.readAll(limit: configurationLimit + 1)
        guard bytes.count <= configurationLimit else {
            throw Refusal("\(role) '\(path)' is longer than \(configurationLimit) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Refusal("\(role) '\(path)' is not valid UTF-8")
        }
        return text
    } catch let refusal as Refusal {
        throw refusal
    } catch {
        throw Refusal("\(role): \(error)")
    }
}
