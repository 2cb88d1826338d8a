import Glibc

/// How an operation is chosen, and how often beside the others.
struct TableEntry: Sendable {
    let weight: Int
    let choose: @Sendable (inout Choice) -> Operation
}

let operationTable: [TableEntry] = [
    TableEntry(weight: 130) { $0.opening() },
    TableEntry(weight: 35) { $0.closing() },
    TableEntry(weight: 40) { $0.reading() },
    TableEntry(weight: 50) { $0.readingAt() },
    TableEntry(weight: 50) { $0.writing() },
    TableEntry(weight: 60) { $0.writingAt() },
    TableEntry(weight: 10) { $0.synchronizing() },
    TableEntry(weight: 20) { $0.mappedWriting() },
    TableEntry(weight: 15) { $0.mappedReading() },
    TableEntry(weight: 20) { $0.truncating() },
    TableEntry(weight: 25) { $0.truncatingOpen() },
    TableEntry(weight: 20) { $0.allocating() },
    TableEntry(weight: 15) { $0.seeking() },
    TableEntry(weight: 15) { $0.seekingDataOrHole() },
    TableEntry(weight: 20) { $0.copyingRange() },
    TableEntry(weight: 80) { $0.lookingAt() },
    TableEntry(weight: 40) { $0.lookingAtOpen() },
    TableEntry(weight: 30) { $0.listing() },
    TableEntry(weight: 12) { $0.listingOpen() },
    TableEntry(weight: 10) { $0.askingAccess() },
    TableEntry(weight: 60) { $0.makingDirectory() },
    TableEntry(weight: 25) { $0.removingDirectory() },
    TableEntry(weight: 45) { $0.unlinking() },
    TableEntry(weight: 60) { $0.renaming() },
    TableEntry(weight: 30) { $0.linking() },
    TableEntry(weight: 20) { $0.makingLink() },
    TableEntry(weight: 15) { $0.readingLink() },
    TableEntry(weight: 10) { $0.makingNode() },
    TableEntry(weight: 25) { $0.changingMode() },
    TableEntry(weight: 10) { $0.changingModeOpen() },
    TableEntry(weight: 8) { $0.changingOwner() },
    TableEntry(weight: 20) { $0.settingTimes() },
    TableEntry(weight: 10) { $0.settingTimesOpen() },
    TableEntry(weight: 20) { $0.settingAttribute() },
    TableEntry(weight: 15) { $0.gettingAttribute() },
    TableEntry(weight: 10) { $0.listingAttributes() },
    TableEntry(weight: 8) { $0.removingAttribute() },
    TableEntry(weight: 12) { $0.attributesOpen() },
]

let totalWeight = operationTable.reduce(0) { $0 + $1.weight }

/// What any path may answer while other threads change the directories it leads through.
let pathErrors = [ENOENT, ENOTDIR, ELOOP, EACCES, EBADF]
