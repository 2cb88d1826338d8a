import Plan

/// One thing that `berth doctor` found out.
package struct DoctorFinding: Hashable, Sendable {
    package enum Level: String, Hashable, Sendable {
        case ok
        /// Something does less here than elsewhere; `berth run` works without it.
        case note
        /// `berth run` does not work.
        case problem
    }

    /// Stable from one version of berth to the next: what was looked at, such as `userns`, or the gate that is shut.
    package var code: String
    package var level: Level
    /// Lower case, no full stop.
    package var sentence: String
    /// How to open the gate; nil where nothing is shut.
    package var cure: String?
    /// The numbers behind the sentence.
    package var facts: [Fact]

    private init(_ code: String, _ level: Level, _ sentence: String, cure: String?, facts: [Fact]) {
        self.code = code
        self.level = level
        self.sentence = sentence
        self.cure = cure
        self.facts = facts
    }

    static func ok(_ code: String, _ sentence: String, facts: [Fact] = []) -> DoctorFinding {
        DoctorFinding(code, .ok, sentence, cure: nil, facts: facts)
    }

    static func note(_ code: String, _ sentence: String, cure: String? = nil, facts: [Fact] = []) -> DoctorFinding {
        DoctorFinding(code, .note, sentence, cure: cure, facts: facts)
    }

    static func note(_ gate: Gate, _ sentence: String, facts: [Fact] = []) -> DoctorFinding {
        DoctorFinding(gate.code, .note, sentence, cure: gate.cure, facts: facts)
    }

    static func problem(_ code: String, _ sentence: String, cure: String?, facts: [Fact] = []) -> DoctorFinding {
        DoctorFinding(code, .problem, sentence, cure: cure, facts: facts)
    }

    static func problem(_ gate: Gate, _ sentence: String, facts: [Fact] = []) -> DoctorFinding {
        DoctorFinding(gate.code, .problem, sentence, cure: gate.cure, facts: facts)
    }

    /// What an attempt came to that `berth run` depends on: `code` where it went well or its gate is not known.
    static func attempt(_ code: String, _ outcome: Trial.Outcome, _ sentence: String, facts: [Fact] = [])
        -> DoctorFinding?
    {
        switch outcome {
        case .worked: .ok(code, sentence, facts: facts)
        case .failed(let failure):
            .problem(failure.code ?? "\(code)-failed", failure.message, cure: failure.cure, facts: facts)
        case .notTried: nil
        }
    }
}

/// What `berth doctor` is to look at.
package struct DoctorRequest: Sendable {
    /// For whom to judge; nil: for whoever starts it.
    package var account: AccountWish?
    /// Directories that are to be homes or shared data.
    package var paths: [String]

    package init(account: AccountWish?, paths: [String]) {
        self.account = account
        self.paths = paths
    }
}

/// Everything that `berth doctor` found out, in the order in which it is told.
package struct Diagnosis: Sendable {
    package var findings: [DoctorFinding]

    /// Whether `berth run` would work here.
    package var works: Bool { !findings.contains { $0.level == .problem } }
}
