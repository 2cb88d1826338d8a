import CRawCalls
import Glibc

/// One file, the model of it, and the random choices.
struct Exerciser {
    let arguments: Arguments
    var random: SplitMix64
    var model = Model()
    /// Which path is in use.
    var view = 0
    var file: Int32 = -1
    var isDirect = false
    /// In memory: copies between it and a mapping answer EFAULT where a load or a store would end the program.
    let staging: Int32
    private(set) var history: [String] = []

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        random = SplitMix64(seed: arguments.seed)
        staging = try must("memfd_create", memfd_create("staging", UInt32(MFD_CLOEXEC)))
        file = try must("create", raw_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
    }

    var path: String { arguments.paths[view] }
    private var hasTwoViews: Bool { arguments.paths.count > 1 }

    mutating func run() throws {
        if hasTwoViews { try closeFile() }
        for number in 0..<arguments.operations {
            if hasTwoViews { try takeTurn(number) }
            try step()
            try checkSize()
            if hasTwoViews { try closeFile() }
        }
        if hasTwoViews { try openFile() }
        try checkAll()
        try closeFile()
    }

    mutating func note(_ words: String) { history.append(hasTwoViews ? "in view \(view + 1): \(words)" : words) }

    mutating func openFile() throws {
        isDirect = random.chance(10)
        let extra = isDirect ? raw_direct : random.chance(10) ? O_SYNC : 0
        file = try must("open", raw_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC | extra, 0))
    }

    mutating func closeFile() throws { try must("close", close(file)) }

    private mutating func takeTurn(_ number: Int) throws {
        if number % arguments.turn == 0 && number > 0 {
            view = (view + 1) % arguments.paths.count
            if arguments.settle > 0 { usleep(arguments.settle * 1000) }
        }
        try openFile()
        try checkSize()
    }

    private mutating func step() throws {
        var number = random.below(totalWeight)
        for entry in operationTable {
            if number < entry.weight { return try entry.run(&self) }
            number -= entry.weight
        }
    }

    private func checkSize() throws {
        var status = stat()
        try must("fstat", fstat(file, &status))
        try expectEqual("the size", Int(status.st_size), model.size)
    }

    /// Anywhere in what the file may be, often at the edge of a page; the length stays within the largest size.
    /// Whole blocks where the file is open with O_DIRECT, unless it is not read or written there.
    mutating func range(within limit: Int? = nil, anyway: Bool = false) -> Range<Int> {
        let limit = limit ?? arguments.size
        let edge = random.chance(30) ? 4095 : 0
        var start = random.below(limit) & ~edge
        var end = min(start + 1 + random.below(random.chance(30) ? limit : 9000), limit)
        if random.chance(20) { end = min((end + 4095) & ~4095, limit) }
        if isDirect && !anyway { (start, end) = (start & ~4095, max((end & ~4095), (start & ~4095) + 4096)) }
        return start..<end
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var source = SplitMix64(seed: random.next())
        return [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            for start in stride(from: 0, to: count, by: 8) {
                var eight = source.next()
                memcpy(room.baseAddress! + start, &eight, min(8, count - start))
            }
            filled = count
        }
    }
}
