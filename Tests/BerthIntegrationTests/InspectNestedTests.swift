import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("inspect, where a session makes namespaces or has no profile") struct InspectOptions {
        private static let nest =
            "unshare --user --map-root-user --mount --pid --fork sleep 300 & echo $! > $HOME/nested; "
            + "unshare --user sh -c 'unshare --user --map-root-user sleep 300' & "

        /// A session with nested namespaces in it, once they are there.
        private func withNested(_ body: (inout LiveSession, String) throws -> Void) throws {
            let ids = ["--uid", "\(TestAccount.first.user)", "--allow-userns"]
            try LiveSession.with(script: Self.nest, tree: { $0.options + ids }) { session in
                let process = session.process
                try waitUntil("it is nested") {
                    try Command("pgrep", "-x", "sleep", "-u", "\(TestAccount.first.user)").run().lines.count >= 2
                }
                let child = try Command("pgrep", "-P", "\(process)", "unshare").run().lines.first ?? ""
                try body(&session, child)
            }
        }

        @Test("a nested namespace is no broken promise where it was allowed")
        func allowed() throws {
            try needRoot()
            try withNested { session, nested in
                for name in [session.report.path] {
                    let answer = try session.inspect(name)
                    #expect(answer.outcome.status == 0, "\(answer.trouble)")
                    #expect(answer.items("unseen") == [], "\(answer.trouble)")
                    let lines = answer.lines.filter { $0.process == Int(nested) }
                    for item in ["namespace user", "namespace mnt", "effective", "permitted", "securebits"] {
                        let line = lines.first { $0.item == item }
                        #expect(line?.mark == "not-promised", "\(item) \(lines)")
                        #expect(line?.value.last == "in a namespace of the session's making", "\(item)")
                    }
                    for item in ["uids", "no_new_privs", "seccomp", "uid_map", "setgroups"] {
                        #expect(lines.first { $0.item == item }?.mark == "holds", "\(item) \(lines)")
                    }
                    // Whoever has none is judged as ever.
                    let command = answer.lines.filter { $0.process == Int(session.process) }
                    #expect(command.first { $0.item == "effective" }?.mark == "holds")
                }
            }
        }

        @Test("without the status lines it cannot be told; any of its processes names the session")
        func withoutLines() throws {
            try needRoot()
            try withNested { session, nested in
                for name in [nested, "\(session.process)"] {
                    let answer = try session.inspect(name)
                    #expect(answer.outcome.status == 0 && answer.isOfBerth, "\(answer.trouble)")
                    #expect(answer.top == Int(session.running.process))
                    let line = answer.lines.first { $0.process == Int(nested) && $0.item == "namespace user" }
                    #expect(line?.mark == "unseen", "\(answer.trouble)")
                }
            }
        }

        @Test("where it was not allowed, it breaks a promise")
        func forbidden() throws {
            try needRoot()
            try withNested { session, nested in
                // As if the session had been started without the option, and had got one all the same.
                let path = session.tree.root + "/told.jsonl"
                let lines = session.report.lines.map {
                    $0.replacing("\"user_namespaces\":true", with: "\"user_namespaces\":false")
                }
                try make(path, lines.joined(separator: "\n") + "\n")
                let answer = try session.inspect(path)
                #expect(answer.outcome.status == 1)
                for item in ["namespace user", "namespace mnt", "effective", "permitted"] {
                    #expect(answer.items("broken").contains(item), "\(item) \(answer.trouble)")
                }
                #expect(Set(answer.lines.filter { $0.mark == "broken" }.map(\.process)).contains(Int(nested) ?? 0))
            }
        }

        @Test("the filter that every session has is there without a profile too", arguments: ["off", "default"])
        func withoutProfile(_ profile: String) throws {
            try needRoot()
            try LiveSession.with(tree: { $0.options + ["--seccomp", profile] }) { session in
                let answer = try session.inspect(session.report.path)
                #expect(answer.outcome.status == 0 && answer.items("unseen") == [], "\(answer.trouble)")
                let lines = answer.lines.filter { $0.process == Int(session.process) }
                #expect(lines.first { $0.item == "seccomp" }?.mark == "holds")
                let filters = lines.first { $0.item == "seccomp_filters" }?.value.first.flatMap { Int($0) } ?? 0
                #expect(profile == "off" ? filters == 1 : filters > 1)
            }
        }
    }
}
