import Glibc
import Linux
import Testing

@testable import Ownership

@Suite struct LinkTableTests {
    private let began: Int64 = 1000

    private func file(expected: UInt32, met: Int, changed: Int64, moved: Bool = false) throws -> LinkTable.File {
        let place = try root
        let names = (0..<met).map {
            (LinkTable.Name(directory: FileIdentity(device: 1, inode: UInt64($0)), name: EntryName("n")), place)
        }
        return LinkTable.File(
            status: EntryStatus(linkCount: expected, changeTime: changed * 1_000_000_000),
            names: Dictionary(uniqueKeysWithValues: names), moved: moved)
    }

    private var root: Place {
        get throws { Place(root: try EntryStatus.of(".", in: .workingDirectory), ofTree: 0) }
    }

    private func refusal(_ file: LinkTable.File) -> String? { file.refusal(walkBegan: began * 1_000_000_000) }

    @Test func allLinksInsideAreTaken() throws {
        #expect(try refusal(file(expected: 2, met: 2, changed: 900)) == nil)
    }

    @Test(arguments: [1, 3]) func linksOutsideAreRefused(met: Int) throws {
        #expect(try refusal(file(expected: 2, met: met, changed: 900)) != nil)
    }

    @Test func aLinkThatMovedIsRefused() throws {
        #expect(try refusal(file(expected: 2, met: 2, changed: 900, moved: true)) != nil)
    }

    @Test func aFileChangedSinceTheWalkBeganIsRefused() throws {
        #expect(try refusal(file(expected: 2, met: 2, changed: 1000)) != nil)
    }

    @Test func aDeepPlaceNeedsNoDeepStack() throws {
        let status = try EntryStatus.of(".", in: .workingDirectory)
        var place = try root
        for _ in 0..<300_000 { place = Place(EntryName("d"), in: place, status) }
        #expect(place.names.count == 300_000)
    }
}
