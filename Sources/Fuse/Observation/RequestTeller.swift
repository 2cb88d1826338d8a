import CFuse
import Linux

/// Makes a record of each request of one thread: what was asked before it is done, since afterwards its names may be
/// others', and what was answered.
final class RequestTeller: @unchecked Sendable {
    // Sendable: one thread at a time uses it, the one that its watch belongs to.
    private let source: RecordSource
    private let tell: @Sendable (RequestRecord) -> Void
    private var record = RequestRecord(operation: "", node: 0)
    private var operation = fuse_opcode(rawValue: 0)
    /// The record of FUSE_INIT, until it is known what of the agreement can be used.
    private var greeting: RequestRecord?

    init(_ source: RecordSource, _ tell: @escaping @Sendable (RequestRecord) -> Void) {
        self.source = source
        self.tell = tell
    }

    /// Another one with the same request at work.
    func copy() -> RequestTeller {
        let copy = RequestTeller(source, tell)
        (copy.record, copy.operation) = (record, operation)
        return copy
    }

    func begin(_ request: RawRequest) {
        operation = request.operation
        record = RequestRecord(operation: operationName(operation.rawValue), node: request.header?.nodeid ?? 0)
        if let header = request.header {
            record.caller = RequestRecord.Caller(process: header.pid, user: header.uid, group: header.gid)
        }
        guard request.fault == nil else {
            record.arguments = [Detail("malformed", .flag(true))]
            return
        }
        let body = RequestBody(request)
        (record.path, record.target) = paths(body)
        record.arguments = argumentsOf(operation, body)
    }

    /// `outcome` is nil for a success, whose values are in the answer.
    func tell(_ outcome: RequestRecord.Outcome?, _ answer: AnswerBody?, _ nanoseconds: UInt64) {
        record.outcome = outcome ?? .answered(answer.map(values) ?? [])
        record.nanoseconds = nanoseconds
        if operation == FUSE_INIT { greeting = record } else { tell(record) }
    }

    /// The request is done with: where it was the kernel's first one, it is told now.
    func tellGreeting() {
        guard var told = greeting else { return }
        greeting = nil
        if case .answered(let values) = told.outcome {
            told.outcome = .answered(values + source.facts + source.fileSystem.facts)
        }
        tell(told)
    }

    private func values(_ answer: AnswerBody) -> [Detail] {
        valuesOf(operation, answer, sizeOnly: record.arguments.contains(Detail("size", 0 as UInt)))
    }

    private func paths(_ body: RequestBody) -> (NodePath?, NodePath?) {
        switch operation {
        case FUSE_INIT, FUSE_DESTROY, FUSE_INTERRUPT, FUSE_BATCH_FORGET, FUSE_NOTIFY_REPLY: return (nil, nil)
        case FUSE_LOOKUP, FUSE_MKNOD, FUSE_MKDIR, FUSE_SYMLINK, FUSE_UNLINK, FUSE_RMDIR, FUSE_CREATE:
            return (path(body.node, body.names.first), nil)
        case FUSE_RENAME, FUSE_RENAME2:
            let directory = body.load(fuse_rename_in.self).newdir
            return (path(body.node, body.names.first), path(directory, body.names.last))
        case FUSE_LINK: return (path(body.load(fuse_link_in.self).oldnodeid), path(body.node, body.names.first))
        case FUSE_COPY_FILE_RANGE:
            return (path(body.node), path(body.load(fuse_copy_file_range_in.self).nodeid_out))
        default: return (path(body.node), nil)
        }
    }

    private func path(_ node: UInt64) -> NodePath? { source.fileSystem.path(of: NodeNumber(node)) }

    private func path(_ directory: UInt64, _ name: [UInt8]?) -> NodePath? { path(directory)?.appending(name ?? []) }
}
