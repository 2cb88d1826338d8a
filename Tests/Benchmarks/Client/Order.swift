/// What the driver asks of its client, who works in the mount: one JSON line for each, answered by one.
enum Order: Codable {
    /// A pass over small files; again and again until the time is over, where the pass leaves the files as they were.
    case pass(FilePass, atLeast: Double)
    /// A program to run to its end, and again until the time is over.
    case program([String], atLeast: Double)
    /// Bytes to and fro through two pipes.
    case gauge(exchanges: Int)
}

/// What the client answers.
struct Answer: Codable {
    /// How long one pass, one program or one exchange took.
    var seconds = 0.0
    /// Files or names that were dealt with in one pass.
    var units = 0
    var bytes = 0
    /// What a program wrote to standard output.
    var output = ""
    /// What went wrong; nothing else counts then.
    var error: String?
}

/// Why a measurement does not count.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
