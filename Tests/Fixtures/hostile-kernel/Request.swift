/// A request as it will be sent, and what must become of it.
struct Request {
    let operation: UInt32
    var node: UInt64
    var unique: UInt64 = 0
    var body: [UInt8]
    /// What the header says; nil: the truth.
    var claimedLength: UInt32?
    /// How much of it is sent; nil: all.
    var sentLength: Int?
    /// Why it must be answered with an error; nil where success is as good.
    var flaw: String?
    /// As a kernel sends it: it may fail, but not be called unintelligible, EIO.
    var isProper = false
    /// How many bytes the answer may hold at most, where the caller says so.
    var room = 0

    var known: Operation? { Operation(rawValue: operation) }

    /// It ends the use of a node or a handle.
    var givesBack: Bool { known.map { [.forget, .batchForget, .release, .releasedir].contains($0) } ?? false }

    /// As the server reads it: the header of 40 bytes, little-endian like the machine, and the body.
    var bytes: [UInt8] {
        var whole = Bytes()
        whole.add(claimedLength ?? UInt32(40 + body.count))
        whole.add(operation)
        whole.add(unique)
        whole.add(node)
        for identity: UInt32 in [requester.user, requester.group, requester.process, 0] { whole.add(identity) }
        let all = whole.all + body
        return sentLength.map { Array(all.prefix($0)) } ?? all
    }

    /// For whoever repeats it.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let shown = bytes.prefix(512).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: shown, as: UTF8.self) + (bytes.count > 512 ? "… (\(bytes.count) bytes)" : "")
    }
}

/// Numbers one after the other, as structures have them.
struct Bytes {
    private(set) var all: [UInt8] = []

    mutating func add<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number) { all += $0 }
    }
}

/// A structure from its fields.
func fields32(_ numbers: UInt32...) -> [UInt8] {
    var bytes = Bytes()
    for number in numbers { bytes.add(number) }
    return bytes.all
}

func fields64(_ numbers: UInt64...) -> [UInt8] {
    var bytes = Bytes()
    for number in numbers { bytes.add(number) }
    return bytes.all
}
