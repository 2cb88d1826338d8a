import Foundation

/// `berth own` beside what platforms use today, on a tree of files that are all wrong, all right, or wrong now and then.
func ownership(berth: String) -> [Comparison] {
    [
        ownership("own-wrong", "giving away a tree of which all is wrong", target: 3.3, berth) { tree in
            [["chown", "--recursive", "--no-dereference", "0:0", tree]]
        },
        ownership("own-right", "a tree of which all is right", target: 6, berth) { tree in
            [["chown", "--recursive", "--no-dereference", wanted, tree]]
        },
        ownership("own-few", "a tree of which one file in a thousand is wrong", target: nil, berth) { tree in
            [
                ["chown", "--recursive", "--no-dereference", wanted, tree],
                ["find", tree, "-name", "f*000", "-exec", "chown", "0:0", "{}", "+"],
            ]
        },
    ]
}

private let wanted = "\(sessionAccount):\(sessionAccount)"

/// `spoil`: what makes the tree what it is to be before each turn, untimed.
private func ownership(
    _ name: String, _ title: String, target: Double?, _ berth: String,
    spoil: @escaping @Sendable (String) -> [[String]]
) -> Comparison {
    func contender(
        _ name: String, target: Double? = nil, _ words: @escaping @Sendable (String) -> [String]
    ) -> Comparison.Contender {
        Comparison.Contender(name: name, target: target) { bench, visit in
            let tree = try ownedTree(bench)
            for command in spoil(tree) { try Program(command).mustRun() }
            let seconds = try visit.ask(.program(words(tree), atLeast: 0)).seconds
            let wrong = try Program(
                "find", tree, "(", "!", "-user", "\(sessionAccount)", "-o", "!", "-group", "\(sessionAccount)", ")"
            ).mustRun().output
            if !wrong.isEmpty { throw Trouble("not all of the tree was given away") }
            return seconds
        }
    }
    return Comparison(
        name: name, title: title, reference: "chown", turns: 1,
        contenders: [
            contender("chown") { ["chown", "--recursive", "--no-dereference", wanted, $0] },
            contender("find and xargs") {
                let script =
                    "find \"$0\" ! -user \"$1\" -print0 | xargs -0 -r -P 4 -n 1000 chown --no-dereference \"$2\""
                return ["sh", "-c", script, $0, "\(sessionAccount)", wanted]
            },
            contender("berth own", target: target) { [berth, "own", "--to", wanted, $0] },
        ])
}

/// Ten times as many entries as there are small files, in directories of a thousand.
private func ownedTree(_ bench: Bench) throws -> String {
    try bench.scratch.kept(.disk, "owned", for: .native) { tree in
        for directory in 0..<bench.sizes.files / 100 {
            try makeDirectory("\(tree)/\(directory)")
            for file in 0..<1000 {
                let path = "\(tree)/\(directory)/f\(directory)-" + String(1_000_000 + file).dropFirst()
                let descriptor = creat(path, 0o644)
                if descriptor < 0 { throw Trouble("creat '\(path)': \(String(cString: strerror(errno)))") }
                close(descriptor)
            }
        }
    }
}
