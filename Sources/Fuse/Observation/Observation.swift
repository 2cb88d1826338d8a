import Linux

/// What is kept of a session's requests for whoever watches it.
final class Observation: @unchecked Sendable {
    // Sendable: `tallies` and `tellers` are touched under `mutex` alone; the rest never changes.
    private let observer: Observer
    private let source: RecordSource
    private let began = monotonicNanoseconds()
    private let mutex = Mutex()
    private var tallies: [Tally] = []
    /// Of all threads that answer later than the one that read the request.
    private var late: Tally?
    private var tellers: [RequestTeller] = []

    /// `facts` are told with the kernel's first request, beside the file system's own.
    init(_ observer: Observer, _ fileSystem: any FileSystem, facts: [Detail]) {
        self.observer = observer
        source = RecordSource(fileSystem: fileSystem, facts: facts)
    }

    deinit { for tally in tallies { tally.free() } }

    /// For one more thread that serves; it is not to be used for longer than this object lives. nil where there is no
    /// memory for it: serving goes on without.
    func watch() -> Watch? {
        mutex.locked {
            if late == nil, let shared = Tally(shared: true) {
                late = shared
                tallies.append(shared)
            }
            guard let late, let tally = Tally() else { return nil }
            tallies.append(tally)
            let teller = observer.request.map { RequestTeller(source, $0) }
            if let teller { tellers.append(teller) }
            return Watch(tally, late: late, teller.map(Unmanaged.passUnretained))
        }
    }

    func report() { observer.statistics(statistics()) }

    func statistics() -> Statistics {
        let tallies = mutex.locked { self.tallies }
        var total = (latencies: LatencyHistogram(), errors: Tally.noErrors)
        var operations: [OperationStatistics] = []
        for operation in 0..<Tally.operations {
            var latencies = LatencyHistogram()
            var errors = Tally.noErrors
            for tally in tallies { tally.add(operation, to: &latencies, &errors) }
            if latencies.total == 0 { continue }
            operations.append(OperationStatistics(operationName(UInt32(operation)), latencies, errors: errors))
            total.latencies.add(latencies)
            for index in errors.indices { total.errors[index] += errors[index] }
        }
        return Statistics(
            milliseconds: (monotonicNanoseconds() - began) / 1_000_000,
            operations: operations.sorted { $0.requests > $1.requests },
            total: OperationStatistics("all", total.latencies, errors: total.errors))
    }
}

/// Where what is told of a request comes from, beside the request.
struct RecordSource: Sendable {
    let fileSystem: any FileSystem
    /// How it is served.
    let facts: [Detail]
}
