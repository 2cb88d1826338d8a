import Glibc

/// Requests on their way and the answers that are owed.
struct Conversation: ~Copyable {
    let server: Server
    private let judge: Judge
    private let plant: Plant?
    private var random: Random
    /// By their unique numbers.
    private var owed: [UInt64: Request] = [:]
    /// Those that may be answered or not.
    private var free: [UInt64: Request] = [:]
    private(set) var sent = 0
    private(set) var last: Request?
    private(set) var answersByError: [Int32: Int] = [:]
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 21, alignment: 16)

    init(_ server: Server, _ judge: Judge, _ random: Random, _ plant: Plant?) {
        self.server = server
        self.judge = judge
        self.random = random
        self.plant = plant
    }

    deinit { room.deallocate() }

    /// `begun` is true between FUSE_INIT and FUSE_DESTROY.
    mutating func send(_ request: Request, _ known: inout Knowledge, begun: Bool = true) throws {
        var request = request
        repeat {
            request.unique = random.next() >> random.pick([0, 1, 40])
        } while request.unique == 0
            || owed[request.unique] != nil || free[request.unique] != nil
        // Gone as soon as it is said: the number may be given out again before the answer is here.
        if request.flaw == nil && begun { giveBack(request, &known) }
        sent += 1
        last = request
        let silent = request.known?.isSilent ?? false
        let headerComes = (request.sentLength ?? 40) >= 40
        if silent && (!begun || request.known == .interrupt) { free[request.unique] = request }
        if !silent && headerComes { owed[request.unique] = request }
        if plant == .silence && sent == 100 { kill(server.process, SIGSTOP) }
        if plant == .death && sent == 100 { kill(server.process, SIGKILL) }
        try server.send(request.bytes)
    }

    /// Waits for every answer that is owed. Afterwards `last` is the request that an error is about.
    mutating func collect(_ known: inout Knowledge) throws {
        for request in Array(owed.values) where request.mayWait {
            try send(.interruption(of: request.unique), &known)
        }
        while !owed.isEmpty || server.hasMore {
            let count = try server.receive(into: room)
            if count > room.count { throw Failure("an answer of \(count) bytes") }
            if try isNotification(UnsafeRawBufferPointer(rebasing: room[..<count])) { continue }
            let rounds = plant == .twice && sent >= 100 ? 2 : 1
            for _ in 0..<rounds { try take(UnsafeMutableRawBufferPointer(rebasing: room[..<count]), &known) }
        }
    }

    private mutating func take(_ bytes: UnsafeMutableRawBufferPointer, _ known: inout Knowledge) throws {
        let answer = try Answer(falsified(bytes))
        guard let request = owed.removeValue(forKey: answer.unique) ?? free.removeValue(forKey: answer.unique) else {
            throw Failure("an answer that nobody waits for (unique \(answer.unique), error \(answer.error))")
        }
        last = request
        try judge.judge(answer, to: request, &known)
        answersByError[-answer.error, default: 0] += 1
    }

    /// The answer as it is judged: another one where that is to be noticed.
    private func falsified(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        guard sent >= 100, bytes.count >= 16 else { return UnsafeRawBufferPointer(bytes) }
        switch plant {
        case .success where owed[bytes.load(fromByteOffset: 8, as: UInt64.self)]?.flaw != nil:
            bytes.storeBytes(of: 0, toByteOffset: 4, as: Int32.self)
        case .short: return UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 1)])
        case .secret where bytes.count >= 16 + judge.secret.count:
            UnsafeMutableRawBufferPointer(rebasing: bytes[16...]).copyBytes(from: judge.secret)
        default: break
        }
        return UnsafeRawBufferPointer(bytes)
    }

    private func giveBack(_ request: Request, _ known: inout Knowledge) {
        func number(_ place: Int) -> UInt64 {
            request.body.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
        }
        guard let operation = request.known, request.body.count >= operation.least else { return }
        switch operation {
        case .release, .releasedir: known.close(number(0))
        case .forget: known.forget(request.node, number(0))
        case .batchForget:
            let count = Int(number(0) & 0xffff_ffff)
            if count > (request.body.count - 8) / 16 { return }
            for index in 0..<count { known.forget(number(8 + 16 * index), number(16 + 16 * index)) }
        default: break
        }
    }
}
