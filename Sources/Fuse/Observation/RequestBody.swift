import CFuse
import Glibc

/// A well-formed request, taken apart: the structure of its operation, and its names.
struct RequestBody {
    let node: UInt64
    /// Each without the NUL byte at its end.
    let names: [[UInt8]]
    private let bytes: UnsafeRawBufferPointer.SubSequence

    init(_ request: RawRequest) {
        node = request.header?.nodeid ?? 0
        bytes = request.bytes.dropFirst(MemoryLayout<fuse_in_header>.size)
        let form = RequestForm(request.operation)
        var names: [[UInt8]] = []
        var rest = bytes.dropFirst(form.size)
        while names.count < form.names {
            names.append(Array(rest.prefix { $0 != 0 }))
            rest = rest.drop { $0 != 0 }.dropFirst()
        }
        self.names = names
    }

    /// The structure; what an older kernel does not send of it is zero.
    func load<Form: BitwiseCopyable>(_ form: Form.Type) -> Form { loadPadded(bytes, form) }
}

/// What an answer holds after its header.
struct AnswerBody {
    private let parts: UnsafeMutableBufferPointer<iovec>.SubSequence

    init(_ parts: UnsafeMutableBufferPointer<iovec>) { self.parts = parts.dropFirst() }

    /// In bytes.
    var size: Int { parts.reduce(0) { $0 + $1.iov_len } }

    /// The structure that is so far from the beginning.
    func load<Form: BitwiseCopyable>(_ form: Form.Type, at offset: Int = 0) -> Form {
        guard let part = parts.first else { return loadPadded([], form) }
        return loadPadded(UnsafeRawBufferPointer(start: part.iov_base, count: part.iov_len).dropFirst(offset), form)
    }
}

private func loadPadded<Form: BitwiseCopyable>(_ bytes: some Collection<UInt8>, _ form: Form.Type) -> Form {
    withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Form>.size, alignment: MemoryLayout<Form>.alignment) { room in
        room.initializeMemory(as: UInt8.self, repeating: 0)
        room.copyBytes(from: bytes.prefix(room.count))
        return room.load(as: Form.self)
    }
}
