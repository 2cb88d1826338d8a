import Glibc
import Linux
import Synchronization

/// Counts of one thread's requests, or of several threads' if it is shared, by operation: how long they took, in buckets,
/// and how they failed.
///
/// Any thread may read meanwhile: each number is right, and may be a request older than the next one.
struct Tally: @unchecked Sendable {
    // Sendable: the pointer never changes, and what it points to is atomic.
    private let numbers: UnsafeMutablePointer<Atomic<UInt64>>
    private let isShared: Bool

    /// By opcode; those beyond, which no kernel has today, are counted together as 0.
    static let operations = 64
    private static let errors = 134
    private static let stride = 1 + LatencyBuckets.count + errors

    /// nil where there is no memory. Most of it is never touched, and takes none: calloc(3) gets fresh pages for so much.
    init?(shared: Bool = false) {
        isShared = shared
        guard let memory = calloc(Self.operations * Self.stride, MemoryLayout<Atomic<UInt64>>.stride) else {
            return nil
        }
        numbers = memory.bindMemory(to: Atomic<UInt64>.self, capacity: Self.operations * Self.stride)
    }

    func free() { Glibc.free(numbers) }

    /// Counts a request; `error` is 0 for none.
    func count(_ operation: UInt32, _ nanoseconds: UInt64, error: Int32) {
        let row = self.row(operation < Self.operations ? Int(operation) : 0)
        if isShared {
            row.pointee.max(nanoseconds, ordering: .relaxed)
        } else if nanoseconds > row.pointee.load(ordering: .relaxed) {
            row.pointee.store(nanoseconds, ordering: .relaxed)
        }
        increment(row + 1 + LatencyBuckets.index(of: nanoseconds))
        if error > 0 { increment(row + 1 + LatencyBuckets.count + min(Int(error), Self.errors - 1)) }
    }

    /// Adds what was counted of an operation.
    func add(_ operation: Int, to latencies: inout LatencyHistogram, _ errors: inout [UInt64]) {
        let row = row(operation)
        for bucket in 0..<LatencyBuckets.count {
            let count = row[1 + bucket].load(ordering: .relaxed)
            if count > 0 { latencies.add(count, in: bucket) }
        }
        latencies.add(maximum: row.pointee.load(ordering: .relaxed))
        for error in 0..<Self.errors {
            errors[error] += row[1 + LatencyBuckets.count + error].load(ordering: .relaxed)
        }
    }

    static var noErrors: [UInt64] { [UInt64](repeating: 0, count: errors) }

    private func row(_ operation: Int) -> UnsafeMutablePointer<Atomic<UInt64>> { numbers + operation * Self.stride }

    /// Where there is one writer, no atomic addition, which would lock the memory.
    private func increment(_ number: UnsafeMutablePointer<Atomic<UInt64>>) {
        if isShared {
            number.pointee.wrappingAdd(1, ordering: .relaxed)
            return
        }
        number.pointee.store(number.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}
