import Foundation
import Glibc
import Testing

/// Where berth is started: as whom, and in which container if in one.
enum StartPlace: Sendable, CustomStringConvertible {
    case here(Starter)
    case pod(Pod)

    var description: String {
        switch self {
        case .here(let starter): "\(starter)"
        case .pod(let pod): "podman \(pod.name)"
        }
    }

    /// Whoever starts berth may do more than the account: links of the account's must not lead it.
    var hasPower: Bool {
        switch self {
        case .here(let starter): Starter.powerful.contains(starter)
        case .pod: true
        }
    }

    func run(_ tree: Tree, _ options: [String], _ command: [String]) throws -> Outcome {
        switch self {
        case .here(let starter): try BerthRun(options, command, starter).run()
        case .pod(let pod): try pod.run(tree, options, command)
        }
    }

    /// berth, or another program, with these words, as whoever starts it.
    func execute(_ tree: Tree, _ words: [String]) throws -> Outcome {
        switch self {
        case .here(let starter): try Command(starter.prefix + words).run()
        case .pod(let pod): try pod.execute(tree, words)
        }
    }

    /// Those of `berth run`, as whom it is to run.
    var options: [String] {
        switch self {
        case .here(let starter): starter.options
        case .pod(let pod): pod.options
        }
    }
}

/// An attack on what is started for an account, by what one of its sessions left behind, or by what it says to berth.
struct StartAttack: Sendable, CustomTestStringConvertible {
    /// The class, in the manual page's words.
    let kind: String
    let name: String
    /// Made on those only who start berth with more power than the account has.
    var onPower = false
    /// What a session of the account does first: a script, in the home.
    var planted = ""
    /// Tries it, and says how it was refused; throws `Open` where it was not.
    let attempt: @Sendable (StartScene) throws -> String

    var testDescription: String { "\(kind): \(name)" }
}

/// The way was open.
struct Open: Error, CustomStringConvertible {
    let description: String
    init(_ outcome: Outcome) { description = "\(outcome)" }
    init(_ words: String) { description = words }
}

struct StartScene {
    let place: StartPlace
    let tree: Tree

    /// A run that must end before its command, for this reason.
    func refusal(_ options: [String], because words: String, _ command: [String] = ["true"]) throws -> String {
        try refusal(of: try place.run(tree, options, command), because: words)
    }

    func refusal(of outcome: Outcome, because words: String) throws -> String {
        guard outcome.status != 0, let line = outcome.errors.split(separator: "\n").first(where: { $0.contains(words) })
        else { throw Open(outcome) }
        return String(line)
    }

    /// The same without the attack must start, or the refusal proves nothing.
    func starts(_ options: [String], _ command: [String] = ["true"]) throws -> Outcome {
        let outcome = try place.run(tree, options, command)
        if outcome.status != 0 { throw Open("even this does not start: \(outcome)") }
        return outcome
    }
}
