import Linux
import Testing

@testable import Passthrough

/// What is kept of a file while one of its names goes.
@Suite struct DepartureTests {
    private let home = FileKey(device: 1, inode: 2, birth: 3)
    private let key = FileKey(device: 1, inode: 10, birth: 0)

    private func begin(_ index: UInt32, _ table: borrowing NodeTable, pin: Int32) throws -> Int32 {
        var pin = pin
        try table.beginDeparture(index, keptBy: &pin)
        return pin
    }

    @Test func aDescriptorKeepsTheFileFromBeforeItsNameGoes() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key, "a", in: NodeTable.root)
        let spare = try begin(index, table, pin: 7)
        #expect(spare == -1)
        // A look that goes on meanwhile may be at the very name.
        let (_, unpinned) = try table.remember(key, "a", in: NodeTable.root)
        let pin = table[index].pin
        #expect(unpinned == -1 && pin == 7)
    }

    @Test func aNameThatStaysGivesTheDescriptorUp() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key, "a", in: NodeTable.root)
        _ = try begin(index, table, pin: 7)
        let spare = table.endDeparture(index)
        #expect(spare == 7)
    }

    @Test func twoNamesThatGoAtOnceShareTheDescriptor() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key, "a", in: NodeTable.root)
        _ = try begin(index, table, pin: 7)
        let second = try begin(index, table, pin: 8)
        #expect(second == 8)
        table[index].traits.insert(.nameless)
        let afterFirst = table.endDeparture(index)
        let afterSecond = table.endDeparture(index)
        let pin = table[index].pin
        #expect(afterFirst == -1 && afterSecond == -1 && pin == 7)
    }

    @Test func whatWasOvertakenMovesNothing() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key, "new", in: NodeTable.root)
        _ = try table.remember(key, "old", in: NodeTable.root, overtaken: true)
        let isPlaced = table.isPlaced(index, "new", in: NodeTable.root)
        let moves = table.moves
        #expect(isPlaced && moves == 0)
        _ = try table.remember(key, "other", in: NodeTable.root)
        let movesThen = table.moves
        #expect(movesThen == 1)
    }

    @Test func theOldestOfTooManyIsGivenUp() throws {
        var table = try NodeTable(root: home, sparePins: 2)
        var given: [Int32] = []
        for number in 0..<4 as Range<Int32> {
            let one = FileKey(device: 1, inode: 100 + UInt64(number), birth: 0)
            let (index, _) = try table.remember(one, "a\(number)", in: NodeTable.root)
            _ = try begin(index, table, pin: 50 + number)
            table[index].traits.insert(.nameless)
            given.append(table.endDeparture(index))
        }
        #expect(given == [-1, -1, 50, 51])
    }
}
