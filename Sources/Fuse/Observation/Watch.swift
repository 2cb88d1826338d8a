import CFuse
import Glibc
import Linux

/// Counts and times the requests of one thread, and has each told where somebody wants that. A value without reference
/// counts: it is part of what a thread keeps of its request.
struct Watch {
    private let tally: Tally
    private let teller: Unmanaged<RequestTeller>?
    private var operation: UInt32 = 0
    private var unique: UInt64 = 0
    /// When the request had been read; 0 where none is at work.
    private var began: UInt64 = 0

    init(_ tally: Tally, _ teller: Unmanaged<RequestTeller>?) {
        self.tally = tally
        self.teller = teller
    }

    /// A request has been read.
    mutating func begin(_ request: RawRequest) {
        operation = request.operation.rawValue
        unique = request.header?.unique ?? 0
        teller?._withUnsafeGuaranteedRef { $0.begin(request) }
        began = monotonicNanoseconds()
    }

    /// An answer is about to be sent: of the request at work, or a notice that is about none.
    mutating func answer(_ parts: UnsafeMutableBufferPointer<iovec>) {
        guard began != 0, let first = parts.first, first.iov_len >= MemoryLayout<fuse_out_header>.size else { return }
        let header = first.iov_base.loadUnaligned(as: fuse_out_header.self)
        guard header.unique == unique else { return }
        let nanoseconds = finish(error: -header.error)
        teller?._withUnsafeGuaranteedRef {
            $0.tell(header.error < 0 ? .failed(Errno(-header.error)) : nil, AnswerBody(parts), nanoseconds)
        }
    }

    /// The request could not be taken at its word, and is refused.
    mutating func refuse(_ error: Errno) {
        let nanoseconds = finish(error: error.rawValue)
        teller?._withUnsafeGuaranteedRef { $0.tell(.failed(error), nil, nanoseconds) }
    }

    /// The request is done with; no answer was sent if there was none to be.
    mutating func end() {
        guard began != 0 else { return }
        let nanoseconds = finish(error: 0)
        teller?._withUnsafeGuaranteedRef { $0.tell(.unanswered, nil, nanoseconds) }
    }

    private mutating func finish(error: Int32) -> UInt64 {
        let nanoseconds = monotonicNanoseconds() &- began
        began = 0
        tally.count(operation, nanoseconds, error: error)
        return nanoseconds
    }
}
