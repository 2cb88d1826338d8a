import Foundation
import Testing

extension BerthIntegration {
    @Suite("Attacks on what is started for an account, by what its session left behind or says") struct StartAttacks {
        private func rows(_ place: StartPlace) throws -> [AttackRow] {
            var rows: [AttackRow] = []
            for attack in StartAttack.all where place.hasPower || !attack.onPower {
                try withTree { tree in
                    if !attack.planted.isEmpty {
                        let session = try place.run(
                            tree, tree.homeOption, ["sh", "-c", "cd \"$HOME\" && { \(attack.planted); }"])
                        #expect(session.status == 0, "\(attack.testDescription): \(session)")
                    }
                    do {
                        let refusal = try attack.attempt(StartScene(place: place, tree: tree))
                        rows.append(
                            AttackRow(
                                kind: attack.kind, attempt: attack.name, defence: "(refused at the start)",
                                answer: refusal
                            ))
                    } catch let open as Open {
                        Issue.record("\(place): \(attack.testDescription): \(open)")
                    }
                }
            }
            return rows
        }

        @Test(
            "each is refused", .timeLimit(.minutes(5)),
            arguments: [Starter.ordinaryAccount, .capableAccount, .rootNamingAccount])
        func refused(_ starter: Starter) throws {
            try needRoot()
            printTable(try rows(.here(starter)), of: "the start, \(starter)")
        }

        @Test("in podman as well", .timeLimit(.minutes(10)))
        func inPodman() throws {
            try needPodman()
            for pod in Pod.all { printTable(try rows(.pod(pod)), of: "the start, podman \(pod.name)") }
        }

        /// The classes of berth-security(7), from the list of its manual page.
        private func classes() throws -> [String] {
            let page = contents(
                of: URL(fileURLWithPath: #filePath + "/../../../../man/berth-security.7").standardizedFileURL.path)
            let section = try #require(page.components(separatedBy: ".Ss Classes of attacks").last)
            let list = try #require(section.components(separatedBy: ".El").first)
            return list.split(separator: "\n").filter { $0.hasPrefix(".It Sy ") }.map { String($0.dropFirst(7)) }
        }

        @Test("each class of the manual page is attacked, and no other")
        func complete() throws {
            try needTools("setcap")
            try withTree { tree in
                let listener = ["--abstract-socket", "berth-nobody", "--port", "1"]
                let session = try BerthRun(
                    tree.options + ["--network", "none"], try HostilePlace(tree).command() + listener
                ).run()
                let attacked = session.attacks.map(\.kind) + StartAttack.all.map(\.kind)
                let classes = try classes()
                #expect(classes.count == 22 && Set(classes).count == 22, "\(classes)")
                #expect(Set(attacked) == Set(classes), "\(Set(attacked).symmetricDifference(classes))")
            }
        }
    }
}
