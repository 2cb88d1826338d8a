import Foundation
import Glibc
import Linux
import Synchronization
import Testing

@testable import Ownership

/// Promise (e): whatever somebody does to the tree meanwhile, nothing outside of it changes its owner.
@Suite(.enabled(if: geteuid() == 0, "changing owners takes root"), .serialized) struct AttackTests {
    private static let account = Owner(user: 54321, group: 54322)

    /// Runs `attack` over and over beside walks that give the tree away and back, and looks at the canaries after each.
    private func withAttacks(
        recorded: Bool = false, mixed: Bool = false, attackers: Int = 3,
        _ attack: @escaping @Sendable (_ tree: String, _ outside: String) -> Void
    ) throws {
        try withTree { path, root in
            mkdir(path + "/tree", 0o777)
            mkdir(path + "/outside", 0o755)
            make(path + "/outside/canary")
            mkdir(path + "/outside/directory", 0o755)
            for number in 0..<200 as Range<Int32> {
                mkdir("\(path)/tree/d\(number)", 0o777)
                for file in 0..<10 {
                    make("\(path)/tree/d\(number)/f\(file)")
                    if mixed && file % 2 == 0 { chown("\(path)/tree/d\(number)/f\(file)", 777, 777) }
                }
            }
            let tree = try root.open("tree", [.directory])
            let over = Attack()
            let threads = try (0..<attackers).map { _ in
                try Thread.start { while !over.isOver { attack(path + "/tree", path + "/outside") } }
            }
            defer {
                over.end()
                for thread in threads { thread.join() }
            }
            var changed: UInt64 = 0
            for round in 0..<10 {
                let goal = round % 2 == 0 ? Self.account : Owner(user: 4711, group: 4711)
                var options = WalkOptions()
                if recorded {
                    options.record = try ChangeRecord(
                        try root.open("record", [.readWrite, .create], mode: 0o600))
                }
                let rule = try mixed ? translation(to: goal.user, round) : .give(goal.asGoal, from: nil)
                changed += try walk(trees: [tree.file], rule: rule, options: options).changed
                for canary in ["", "/canary", "/directory"] {
                    let owner = try EntryStatus.of(path + "/outside" + canary, in: .workingDirectory).owner
                    try #require(owner == Owner(user: 0, group: 0), "round \(round) changed 'outside\(canary)'")
                }
            }
            #expect(changed > 5000)
        }
    }

    /// Entries of user 777 are right, of whomever else they are wrong: the walk cannot guess what the next one will be.
    private func translation(to user: UInt32, _ round: Int) throws -> OwnerRule {
        let last: UInt32 = round % 2 == 0 ? 4711 : 54321
        return .translate(
            try IDTranslation(
                users: [IDRange(from: 0, to: user, count: 1)!, IDRange(from: last, to: user, count: 1)!], groups: []))
    }

    @Test func directoriesThatBecomeLinks() throws {
        try withAttacks { tree, outside in
            for number in 0..<200 {
                rename("\(tree)/d\(number)", "\(tree)/away")
                symlink(outside, "\(tree)/d\(number)")
                unlink("\(tree)/d\(number)")
                rename("\(tree)/away", "\(tree)/d\(number)")
            }
        }
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func filesThatBecomeLinksToTheCanary(recorded: Bool, mixed: Bool) throws {
        try withAttacks(recorded: recorded, mixed: mixed) { tree, outside in
            for number in 0..<200 {
                let file = "\(tree)/d\(number)/f\(number % 10 | 1)"
                let mine = "\(tree)/mine\(pthread_self())"
                rename(file, mine)
                link(outside + "/canary", file)
                unlink(file)
                symlink(outside + "/canary", file)
                unlink(file)
                rename(mine, file)
            }
        }
    }

    /// Between the look at a name and what is done to it.
    @Test(arguments: [false, true]) func filesThatChangePlacesWithTheCanary(mixed: Bool) throws {
        try withAttacks(mixed: mixed) { tree, outside in
            let mine = "\(tree)/mine\(pthread_self())"
            link(outside + "/canary", mine)
            for number in 0..<200 {
                let exchange: UInt32 = 2  // RENAME_EXCHANGE
                for _ in 0..<10 { renameat2(AT_FDCWD, mine, AT_FDCWD, "\(tree)/d\(number)/f5", exchange) }
            }
            unlink(mine)
        }
    }

    /// The walk should count one link of the canary as if it were two.
    @Test func aLinkThatIsMetInSeveralPlaces() throws {
        try withAttacks(attackers: 1) { tree, outside in
            link(outside + "/canary", "\(tree)/d0/link")
            for number in 1..<200 { rename("\(tree)/d\(number - 1)/link", "\(tree)/d\(number)/link") }
            unlink("\(tree)/d199/link")
        }
    }

    @Test func directoriesThatAreMovedOut() throws {
        try withAttacks { tree, outside in
            for number in 0..<200 {
                rename("\(tree)/d\(number)", "\(tree)/d\((number + 1) % 200)/deeper\(number)")
                rename("\(tree)/d\((number + 1) % 200)/deeper\(number)", "\(tree)/d\(number)")
            }
        }
    }
}

extension Owner {
    fileprivate var asGoal: OwnershipGoal { OwnershipGoal(user: user, group: group, acceptedGroups: []) }
}

/// Whether attackers may stop.
private final class Attack: Sendable {
    private let over = Atomic<Bool>(false)

    var isOver: Bool { over.load(ordering: .relaxed) }

    func end() { over.store(true, ordering: .relaxed) }
}
