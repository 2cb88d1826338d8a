/// What is done, and how often beside the others.
struct TableEntry: Sendable {
    let weight: Int
    let run: @Sendable (inout Exerciser) throws -> Void
}

let operationTable: [TableEntry] = [
    TableEntry(weight: 30) { try $0.read() },
    TableEntry(weight: 30) { try $0.write() },
    TableEntry(weight: 5) { try $0.append() },
    TableEntry(weight: 15) { try $0.mapAndRead() },
    TableEntry(weight: 15) { try $0.mapAndWrite() },
    TableEntry(weight: 8) { try $0.truncateOpen() },
    TableEntry(weight: 8) { try $0.truncatePath() },
    TableEntry(weight: 5) { try $0.allocate() },
    TableEntry(weight: 8) { try $0.punch() },
    TableEntry(weight: 8) { try $0.zeroRange() },
    TableEntry(weight: 8) { try $0.copyWithin() },
    TableEntry(weight: 5) { try $0.seekDataOrHole() },
    TableEntry(weight: 8) { try $0.reopen() },
    TableEntry(weight: 5) { try $0.synchronize() },
    TableEntry(weight: 3) { try $0.checkAll() },
]

let totalWeight = operationTable.reduce(0) { $0 + $1.weight }
