import Glibc

/// What it costs here to wake another thread and be woken by it: one byte there and one back, through two pipes.
///
/// It is printed beside every table: where this takes a hundred microseconds, a request to a file server cannot take less.
func secondsOfExchange(_ exchanges: Int) throws -> Double {
    let there = try Pipe()
    let back = try Pipe()
    let (_, tallies) = together(2) { thread in
        var tally = Tally()
        var byte: UInt8 = 0
        let begin = now()
        for _ in 0..<exchanges where tally.error == 0 {
            let ends = thread == 0 ? (there.writing, back.reading) : (back.writing, there.reading)
            if thread == 0 { tally.count(Int32(write(ends.0, &byte, 1))) }
            tally.count(Int32(read(ends.1, &byte, 1)))
            if thread == 1 { tally.count(Int32(write(ends.0, &byte, 1))) }
        }
        tally.bytes = Int((now() - begin) * 1e9)
        return tally
    }
    for tally in tallies where tally.error != 0 { throw Trouble("gauge: \(String(cString: strerror(tally.error)))") }
    return Double(tallies[0].bytes) / 1e9 / Double(exchanges)
}

/// pipe(2). The ends are closed with the value that holds them.
final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        if pipe2(&ends, O_CLOEXEC) != 0 { throw Trouble("pipe2: \(String(cString: strerror(errno)))") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }
}
