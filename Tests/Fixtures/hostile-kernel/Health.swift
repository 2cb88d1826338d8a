import Glibc

/// What /proc tells of the server.
struct Health {
    let process: pid_t
    /// Which files the server's own descriptors were when it had answered the first request.
    let own: [Int32: String]

    init(_ process: pid_t) throws {
        self.process = process
        own = try Self.descriptors(of: process)
    }

    /// By number, what each leads to.
    private static func descriptors(of process: pid_t) throws -> [Int32: String] {
        let path = "/proc/\(process)/fd"
        var found: [Int32: String] = [:]
        for name in try names(in: path) {
            guard let number = Int32(name) else { continue }
            do { found[number] = try readLink("\(path)/\(name)") } catch { found[number] = "closed meanwhile" }
        }
        return found
    }

    /// The server's own descriptors are what they were.
    func checkOwn() throws {
        let now = try Self.descriptors(of: process)
        for (number, file) in own where now[number] != file {
            throw Failure("the server's own descriptor \(number) was \(file), now \(now[number] ?? "closed")")
        }
    }

    /// Nothing but its own is open, once all was given back. Threads may still be at it.
    func checkNothingLeft() throws {
        var left: [Int32: String] = [:]
        for _ in 0..<2000 {
            left = try Self.descriptors(of: process).filter { own[$0.key] == nil }
            if left.isEmpty { return }
            usleep(1000)
        }
        throw Failure("descriptors left when all was given back: \(left.sorted { $0.key < $1.key }.prefix(10))")
    }

    /// At most so many mebibytes are in memory.
    func checkMemory(_ limit: Int) throws {
        let text = String(decoding: try contents(of: "/proc/\(process)/status"), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let size = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
        else { throw Failure("the server has no memory to be seen") }
        if size > limit << 10 { throw Failure("the server has had \(size) KiB in memory") }
    }
}
