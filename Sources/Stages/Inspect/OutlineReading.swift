import Glibc
import Linux

extension ProcessOutline {
    /// Every process that /proc shows us, by its number. One that ends meanwhile is left out.
    static func all() throws(SystemError) -> [Int32: ProcessOutline] {
        var outlines: [Int32: ProcessOutline] = [:]
        let own = try ownProgram()
        for process in try ProcessDirectory.all() {
            do throws(SystemError) {
                let directory = try ProcessDirectory(process)
                if let outline = try read(directory, own) { outlines[process.rawValue] = outline }
            } catch {
                // hidepid= of proc(5) hides processes of others with EPERM or ENOENT.
                if ![ENOENT, ESRCH, EACCES, EPERM].contains(error.reason.rawValue) { throw error }
            }
        }
        return outlines
    }

    private static func ownProgram() throws(SystemError) -> FileIdentity? {
        try ProcessDirectory(.current).known("exe").identity
    }

    /// nil where it has ended.
    private static func read(
        _ directory: borrowing ProcessDirectory, _ own: FileIdentity?
    ) throws(SystemError) -> ProcessOutline? {
        do throws(Vanished) {
            guard case .seen(let status) = try ProcessFacts.status(directory), status.state != "Z" else { return nil }
            let link = { (name: String, directory: borrowing ProcessDirectory) throws(Vanished) -> String? in
                try Seen.read { () throws(SystemError) in try directory.link(name) }.value
            }
            let map = try Seen.read { () throws(SystemError) in try directory.text("uid_map") }.value
            return ProcessOutline(
                process: directory.process.rawValue, parent: status.parent,
                userNamespace: try link("ns/user", directory), mountNamespace: try link("ns/mnt", directory),
                numbers: status.namespaceNumbers, userMap: map ?? "",
                runsBerth: try runsBerth(directory, status, own))
        } catch { return nil }
    }

    /// The program's file is ours, or has our name; where it is hidden, the process has our name and nobody may trace it.
    private static func runsBerth(
        _ directory: borrowing ProcessDirectory, _ status: ProcessStatus, _ own: FileIdentity?
    ) throws(Vanished) -> Bool {
        let identity = try Seen.read { () throws(SystemError) in try directory.known("exe").identity }
        if let own, identity.value == own { return true }
        switch try Seen.read({ () throws(SystemError) in try directory.link("exe") }) {
        case .seen(let path):
            let name = path.split(separator: "/").last ?? ""
            return name == "berth" || name == "berth (deleted)"
        case .hidden:
            let owner = try Seen.read { () throws(SystemError) in try directory.owner() }.value
            return status.name == "berth" && owner != status.users[1]
        case .missing: return false
        }
    }
}
