import Linux

/// What a server has done since it began to serve.
package struct Statistics: Hashable, Sendable {
    /// How long it has been serving.
    package var milliseconds: UInt64
    /// Those that were asked for at all, the most frequent first.
    package var operations: [OperationStatistics]
    /// All of them together.
    package var total: OperationStatistics

    package init(milliseconds: UInt64, operations: [OperationStatistics], total: OperationStatistics) {
        self.milliseconds = milliseconds
        self.operations = operations
        self.total = total
    }
}

/// How often, how fast, and with which errors: from when a request had been read to when its answer was ready, in
/// nanoseconds. Median and percentile are exact to a thirty-second part, the maximum is exact.
package struct OperationStatistics: Hashable, Sendable {
    package var operation: String
    package var requests: UInt64
    package var median: UInt64
    package var percentile99: UInt64
    package var maximum: UInt64
    /// The most frequent first.
    package var errors: [ErrorCount]

    package struct ErrorCount: Hashable, Sendable {
        package var error: Errno
        package var count: UInt64

        package init(_ error: Errno, _ count: UInt64) {
            self.error = error
            self.count = count
        }
    }

    package init(
        operation: String, requests: UInt64, median: UInt64, percentile99: UInt64, maximum: UInt64,
        errors: [ErrorCount]
    ) {
        self.operation = operation
        self.requests = requests
        self.median = median
        self.percentile99 = percentile99
        self.maximum = maximum
        self.errors = errors
    }

    init(_ operation: String, _ latencies: LatencyHistogram, errors: [UInt64]) {
        self.init(
            operation: operation, requests: latencies.total, median: latencies.percentile(50),
            percentile99: latencies.percentile(99), maximum: latencies.maximum,
            errors: errors.enumerated().filter { $0.element > 0 }
                .map { ErrorCount(Errno(Int32($0.offset)), $0.element) }.sorted { $0.count > $1.count })
    }
}
