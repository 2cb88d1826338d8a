import CRawCalls
import Glibc

/// One operation on every small file of a tree: `directories` directories with `filesEach` files in each.
struct FilePass: Codable, Sendable {
    enum Operation: String, Codable, Sendable {
        case create, stat, open, read, list, listWithStat, delete
    }

    var operation: Operation
    /// The directory that holds the directories.
    var root: String
    var directories: Int
    var filesEach: Int
    /// Each thread has every `threads`th directory to itself.
    var threads = 1

    /// Bytes in each file: its number, and the rest empty.
    static let fileSize = 1024

    static func directoryName(_ directory: Int) -> String { "directory-\(directory)" }
    static func fileName(_ file: Int) -> String { "file-\(file)" }

    /// Does it once. Names are made and threads started before the clock is.
    func perform() throws -> Answer {
        let descriptor = raw_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0)
        if descriptor < 0 { throw Trouble("open '\(root)': \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let crews = (0..<threads).map { names(ofThread: $0) }
        let work = self.work
        let (seconds, tallies) = together(threads) { thread in
            var tally = Tally()
            for name in crews[thread] where tally.error == 0 { work(descriptor, name, &tally) }
            return tally
        }
        for tally in tallies where tally.error != 0 {
            throw Trouble("\(operation): \(tally.error < 0 ? "wrong data" : String(cString: strerror(tally.error)))")
        }
        return Answer(
            seconds: seconds, units: tallies.reduce(0) { $0 + $1.units }, bytes: tallies.reduce(0) { $0 + $1.bytes })
    }

    private func names(ofThread thread: Int) -> [Name] {
        stride(from: thread, to: directories, by: threads).flatMap { directory -> [Name] in
            let directoryName = Self.directoryName(directory)
            switch operation {
            case .list, .listWithStat: return [Name(directoryName, number: directory)]
            default:
                return (0..<filesEach).map {
                    Name("\(directoryName)/\(Self.fileName($0))", number: directory * filesEach + $0)
                }
            }
        }
    }

    private var work: @Sendable (Int32, borrowing Name, inout Tally) -> Void {
        switch operation {
        case .create: create
        case .stat: look
        case .open: openAndClose
        case .read: readWhole
        case .list: list
        case .listWithStat: listAndLook
        case .delete: delete
        }
    }
}

/// What one thread has done.
struct Tally: Sendable {
    var units = 0
    var bytes = 0
    /// An errno, or -1 where data was not what it should be; the thread stops at the first.
    var error: Int32 = 0

    /// Counts one unit unless the call failed.
    mutating func count(_ answer: Int32) {
        if answer < 0 { error = errno } else { units += 1 }
    }
}

/// A name as the system calls want it, and the number that the file holds.
final class Name: Sendable {
    nonisolated(unsafe) let path: UnsafeMutablePointer<CChar>
    let number: Int

    init(_ name: String, number: Int) {
        path = strdup(name)
        self.number = number
    }

    deinit { free(path) }
}
