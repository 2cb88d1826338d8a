import CFuse

@testable import Fuse

/// Bytes as a kernel would send them, or would not.
struct Message {
    let operation: fuse_opcode
    var body: [UInt8] = []
    /// What the header says; nil: the truth.
    var claimedLength: Int?

    init(_ operation: fuse_opcode, _ body: [UInt8] = [], claiming length: Int? = nil) {
        self.operation = operation
        self.body = body
        claimedLength = length
    }

    var bytes: [UInt8] {
        let length = UInt32(claimedLength ?? 40 + body.count)
        return numbers(length, operation.rawValue) + numbers(7 as UInt64, 1) + numbers(0 as UInt32, 0, 0, 0) + body
    }

    /// What the server makes of the first bytes of it.
    func read<Value>(first count: Int = .max, _ body: (RawRequest) -> Value) -> Value {
        bytes.prefix(count).withUnsafeBytes { body(RawRequest($0)) }
    }

    var isRefused: Bool { read { $0.fault != nil } }
}

/// A structure from numbers of one size.
func numbers<Number: FixedWidthInteger>(_ numbers: Number...) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number) { Array($0) } }
}

func zeroes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

/// A name and its NUL byte.
func name(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
