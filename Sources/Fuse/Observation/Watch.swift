import CFuse
import Glibc
import Linux

/// Counts and times the requests of one thread, and has each told where somebody wants that. A value without reference
/// counts: it is part of what a thread keeps of its request.
struct Watch {
    private var tally: Tally
    private var teller: Unmanaged<RequestTeller>?
    /// For requests that another thread answers.
    private let lateTally: Tally
    private var operation: UInt32 = 0
    private var unique: UInt64 = 0
    /// When the request had been read; 0 where none is at work.
    private var began: UInt64 = 0

    init(_ tally: Tally, late: Tally, _ teller: Unmanaged<RequestTeller>?) {
        self.tally = tally
        lateTally = late
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
        teller?._withUnsafeGuaranteedRef { $0.tellGreeting() }
        guard began != 0 else { return }
        let nanoseconds = finish(error: 0)
        teller?._withUnsafeGuaranteedRef { $0.tell(.unanswered, nil, nanoseconds) }
    }

    /// The watch under which another thread can answer the request at work, as well as this one.
    func forLater() -> LateWatch {
        let lateTeller = teller?._withUnsafeGuaranteedRef { $0.copy() }
        var late = self
        late.tally = lateTally
        late.teller = lateTeller.map(Unmanaged.passUnretained)
        return LateWatch(late, lateTeller)
    }

    /// Another thread answers the request at work.
    mutating func leave() { began = 0 }

    private mutating func finish(error: Int32) -> UInt64 {
        let nanoseconds = monotonicNanoseconds() &- began
        began = 0
        tally.count(operation, nanoseconds, error: error)
        return nanoseconds
    }
}

/// The watch of a request that waits for its answer.
final class LateWatch: @unchecked Sendable {
    // Sendable: one thread uses it, the one that answers.
    let watch: Watch
    /// What the watch refers to, without keeping it.
    private let teller: RequestTeller?

    fileprivate init(_ watch: Watch, _ teller: RequestTeller?) {
        self.watch = watch
        self.teller = teller
    }
}
