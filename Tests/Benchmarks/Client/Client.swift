import Foundation

/// The only argument of a client.
let clientWord = "client"

/// Works in a mount: carries out orders from standard input until that is closed.
///
/// It measures for itself, so that neither the start of a session nor the driver's pipe is in any figure.
func serveOrders() throws {
    let decoder = JSONDecoder()
    while let line = readLine() {
        var answer = Answer()
        do { answer = try carryOut(decoder.decode(Order.self, from: Data(line.utf8))) } catch {
            answer.error = "\(error)"
        }
        var reply = try JSONEncoder().encode(answer)
        reply.append(UInt8(ascii: "\n"))
        FileHandle.standardOutput.write(reply)
    }
}

private func carryOut(_ order: Order) throws -> Answer {
    switch order {
    case .pass(let pass, let seconds): return try repeated(atLeast: seconds) { try pass.perform() }
    case .gauge(let exchanges): return Answer(seconds: try secondsOfExchange(exchanges))
    case .program(let words, let seconds):
        return try repeated(atLeast: seconds) {
            let ended = try Program(words).mustRun()
            return Answer(seconds: ended.seconds, output: ended.output)
        }
    }
}

/// What takes no time where nothing has to be asked is repeated, after once that is not counted; the answer is the last.
private func repeated(atLeast seconds: Double, _ once: () throws -> Answer) throws -> Answer {
    if seconds == 0 { return try once() }
    _ = try once()
    var times = 0
    var total = 0.0
    var last = Answer()
    while total < seconds {
        last = try once()
        total += last.seconds
        times += 1
    }
    last.seconds = total / Double(times)
    return last
}
