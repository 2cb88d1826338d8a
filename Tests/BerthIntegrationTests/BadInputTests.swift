import Foundation
import Glibc
import Testing

/// Something that must not be started.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    /// What the message must name.
    let names: [String]
    let options: @Sendable (Tree) throws -> [String]
    var testDescription: String { name }

    init(_ name: String, names: [String], _ options: @escaping @Sendable (Tree) throws -> [String]) {
        self.name = name
        self.names = names
        self.options = options
    }

    static let mounts = [
        BadInput("a source that is missing", names: ["no-such"]) { ["--home", "\($0.root)/no-such:\($0.homeTarget)"] },
        BadInput("a shared source that is missing", names: ["no-such"]) {
            $0.homeOption + ["--shared", "\($0.root)/no-such:\($0.sharedTarget)"]
        },
        BadInput("a source that is a file", names: ["/home/mine"]) { ["--home", "\($0.home)/mine:\($0.homeTarget)"] },
        BadInput("a shared source that is a file", names: ["/shared/file"]) {
            ["--shared", "\($0.shared)/file:\($0.sharedTarget)"]
        },
        BadInput("a source that is a FIFO", names: ["fifo"]) {
            mkfifo($0.root + "/fifo", 0o666)
            return ["--home", "\($0.root)/fifo:\($0.homeTarget)"]
        },
        BadInput("a target that is missing", names: ["no-such", "hint: ", "make it"]) {
            ["--home", "\($0.home):\($0.root)/no-such"]
        },
        BadInput("a target that is a file", names: ["/shared/file"]) { ["--home", "\($0.home):\($0.shared)/file"] },
        BadInput("a target that is relative", names: ["relative"]) { ["--home", "\($0.home):relative"] },
        BadInput("a target above itself", names: [".."]) { ["--home", "\($0.home):\($0.homeTarget)/../home"] },
        BadInput("two mounts on one target", names: ["/inside/home"]) {
            ["--home", "\($0.home):\($0.homeTarget)", "--shared", "\($0.shared):\($0.homeTarget)"]
        },
        BadInput("two mounts on one target, spelt differently", names: ["/inside"]) {
            ["--home", "\($0.home):\($0.homeTarget)", "--shared", "\($0.shared):\($0.root)//inside/./home/"]
        },
        BadInput("two shared mounts on one target", names: ["/inside/shared"]) {
            ["--shared", "\($0.shared):\($0.sharedTarget)", "--shared", "\($0.home):\($0.sharedTarget)"]
        },
        BadInput("two homes", names: ["--home"]) { $0.homeOption + ["--home", "\($0.shared):\($0.sharedTarget)"] },
        BadInput("a home inside a shared source", names: ["/outside/home"]) {
            $0.homeOption + ["--shared", "\($0.root)/outside:\($0.sharedTarget)"]
        },
        BadInput("a shared source inside the home", names: ["/outside/home/inner"]) {
            try makeDirectory($0.home + "/inner")
            return $0.homeOption + ["--shared", "\($0.home)/inner:\($0.sharedTarget)"]
        },
        BadInput("a home that is the shared source", names: ["/outside/home"]) {
            $0.homeOption + ["--shared", "\($0.home):\($0.sharedTarget)"]
        },
        BadInput("a home inside a shared source, through a link", names: ["/outside"]) {
            symlink($0.root + "/outside", $0.root + "/link")
            return ["--home", "\($0.home):\($0.homeTarget)", "--shared", "\($0.root)/link:\($0.sharedTarget)"]
        },
        BadInput("an empty source", names: ["--home"]) { ["--home", ":\($0.homeTarget)"] },
        BadInput("an empty target", names: ["--home"]) { ["--home", "\($0.home):"] },
    ]

    static let words = [
        BadInput("an unknown option", names: ["--no-such"]) { $0.homeOption + ["--no-such"] },
        BadInput("an unknown mode of ownership", names: ["sometimes"]) {
            $0.homeOption + ["--ownership", "sometimes"]
        },
        BadInput("a status descriptor that is not open", names: ["77"]) { $0.homeOption + ["--json-status-fd", "77"] },
        BadInput("a status descriptor below zero", names: ["-1"]) { $0.homeOption + ["--json-status-fd=-1"] },
        BadInput("a configuration file that is missing", names: ["no-such"]) { ["--config", "\($0.root)/no-such"] },
        BadInput("an account of another's", names: ["daemon"]) { $0.homeOption + ["--account", "daemon"] },
    ]

    static let wrongNumbers = [
        "-1", "4294967295", "4294967296", "99999999999999999999", "0x10", "1 ", " 1", "", "+1", "1.0", "1e3", "one",
        "1,5",
    ]
}

extension BerthIntegration {
    @Suite("Bad input: 125, a message that names it, nothing changed, nothing started") struct BadInputs {
        private func refuse(_ tree: Tree, _ options: [String], names: [String], _ starter: Starter) throws {
            let before = try snapshot(tree.root + "/outside")
            let outcome = try BerthRun(options, ["touch", tree.root + "/outside/home/started"], starter).run()
            #expect(outcome.status == 125, "\(outcome)")
            #expect(outcome.errors.hasPrefix("berth: "), "\(outcome)")
            for name in names { #expect(outcome.errors.contains(name), "\(outcome)") }
            #expect(try snapshot(tree.root + "/outside") == before)
        }

        @Test("mounts, as an ordinary account", arguments: BadInput.mounts)
        func mountsAsAccount(_ input: BadInput) throws {
            try withTree { try refuse($0, try input.options($0), names: input.names, .ordinaryAccount) }
        }

        @Test("mounts, as root, with a home that would have to be changed", arguments: BadInput.mounts)
        func mountsAsRoot(_ input: BadInput) throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home, to: 0, 0)
                try refuse(tree, try input.options(tree), names: input.names, .rootNamingAccount)
            }
        }

        @Test("words", arguments: BadInput.words)
        func words(_ input: BadInput) throws {
            try withTree { try refuse($0, try input.options($0), names: input.names, .ordinaryAccount) }
        }

        @Test("numbers of --uid and --gid", arguments: ["--uid", "--gid"], BadInput.wrongNumbers)
        func numbers(_ option: String, _ number: String) throws {
            try withTree { tree in
                // `--uid=` is no value at all to the parser of options.
                let words = number.isEmpty ? [option, ""] : ["\(option)=\(number)"]
                try refuse(tree, tree.homeOption + words, names: [option], .ordinaryAccount)
            }
        }

        @Test("numbers of --account", arguments: BadInput.wrongNumbers)
        func accountNumbers(_ number: String) throws {
            try needRoot()
            try withTree { tree in
                for account in [number, "\(number):1000", "1000:\(number)"] {
                    let outcome = try Command(
                        [Machine.program("berth"), "run", "--account=\(account)"] + tree.homeOption + [
                            "--", "touch", tree.home + "/started",
                        ]
                    ).run()
                    #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(account): \(outcome)")
                    #expect(!exists(tree.home + "/started"), "\(account)")
                }
            }
        }

        @Test(
            "accounts that root may not name",
            arguments: ["no-such-account", "root", "0", "0:0", "0:1000", "1000:0", ":", ":1000"])
        func accountsOfRoot(_ account: String) throws {
            try needRoot()
            try withTree { tree in
                let outcome = try Command(
                    [Machine.program("berth"), "run", "--account", account] + tree.homeOption + [
                        "--", "touch", tree.home + "/started",
                    ]
                ).run()
                #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
            }
        }

        @Test("root without --account")
        func rootAlone() throws {
            try needRoot()
            try withTree { tree in
                for wrapper in [[], ["unshare", "--user", "--map-root-user", "--"]] {
                    let outcome = try Command(
                        wrapper + [Machine.program("berth"), "run"] + tree.homeOption + [
                            "--", "touch", tree.home + "/started",
                        ]
                    ).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("--account"), "\(outcome)")
                    #expect(!exists(tree.home + "/started"))
                }
            }
        }

        @Test("a source that the account may not read", arguments: ["--home", "--shared"])
        func unreadable(_ option: String) throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/outside/closed", mode: 0o700)
                let options = [option, "\(tree.root)/outside/closed:\(tree.homeTarget)", "--ownership", "off"]
                for starter in [Starter.ordinaryAccount, .rootNamingAccount] {
                    try refuse(tree, options, names: ["/outside/closed"], starter)
                }
            }
        }

        @Test("an empty command")
        func noCommand() throws {
            try withTree { tree in
                for command in [[], ["--"]] {
                    let outcome = try Command(
                        asAccount(.first) + [Machine.program("berth"), "run"] + tree.homeOption + command
                    ).run()
                    #expect(outcome.status == 125, "\(outcome)")
                    #expect(outcome.errors.hasPrefix("berth: ") && outcome.errors.contains("command"), "\(outcome)")
                }
            }
        }

        @Test("names that would confuse a terminal are shown escaped")
        func controlCharacters() throws {
            try withTree { tree in
                let outcome = try BerthRun(["--home", "\(tree.root)/\u{1b}[31m\n:\(tree.homeTarget)"], ["true"]).run()
                #expect(outcome.status == 125 && !outcome.errors.contains("\u{1b}"), "\(outcome)")
            }
        }
    }
}
