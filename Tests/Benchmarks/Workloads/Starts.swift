/// From the start of a program that starts `true` to the end of both, with berth's whole chain and with less.
func starts(berth: String) -> Comparison {
    func plain(_ name: String, _ words: String...) -> Comparison.Contender {
        Comparison.Contender(name: name) { _, visit in
            try visit.ask(.program(words + ["true"], atLeast: 0)).seconds
        }
    }
    let run = [berth, "run", "--account", "\(sessionAccount):\(sessionAccount)"]
    return Comparison(
        name: "start", title: "start and end of a session", reference: "bwrap", turns: 20,
        contenders: [
            plain("true"), plain("unshare", "unshare", "--user", "--map-root-user", "--mount"),
            plain("bwrap", "bwrap", "--unshare-user", "--dev-bind", "/", "/"),
            Comparison.Contender(name: "berth", target: 1.0) { _, visit in
                try visit.ask(.program(run + ["--", "true"], atLeast: 0)).seconds
            },
            Comparison.Contender(name: "berth, home and shared", target: 0.67) { bench, visit in
                try withPlaces(bench) { home, shared in
                    let mounts = ["--home", home, "--shared", shared]
                    return try visit.ask(.program(run + mounts + ["--", "true"], atLeast: 0)).seconds
                }
            },
        ])
}

/// Runs the block with two options of the form source:target, all four of them empty directories.
private func withPlaces(_ bench: Bench, _ body: (String, String) throws -> Double) throws -> Double {
    let places = try ["home", "inside-home", "shared", "inside-shared"].map { name in
        let path = try bench.scratch.fresh(.disk, name)
        try give(path, to: sessionAccount)
        return path
    }
    let seconds = try body("\(places[0]):\(places[1])", "\(places[2]):\(places[3])")
    for path in places { try bench.scratch.remove(path) }
    return seconds
}
