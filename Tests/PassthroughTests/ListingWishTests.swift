import Linux
import Testing

@testable import Passthrough

/// When a directory is listed with the attributes of what is in it: where looking them up one by one was seen to follow.
@Suite struct ListingWishTests {
    private func key(_ inode: UInt64) -> FileKey { FileKey(device: 1, inode: inode, birth: 0) }

    @Test func theFirstListingIsPlain() throws {
        let table = try NodeTable(root: key(1))
        let wanted = table.noteListing(of: NodeTable.root)
        #expect(!wanted)
    }

    @Test func lookupsBeforeAListingSayNothing() throws {
        let table = try NodeTable(root: key(1))
        table.noteWish(in: NodeTable.root)
        let wanted = table.noteListing(of: NodeTable.root)
        #expect(!wanted)
    }

    @Test func lookupsAfterAListingAreAWishForTheNextHereBesideAndBelow() throws {
        var table = try NodeTable(root: key(1))
        let (a, _) = try table.remember(key(2), "a", in: NodeTable.root)
        let (inner, _) = try table.remember(key(3), "inner", in: a)
        let (b, _) = try table.remember(key(4), "b", in: NodeTable.root)
        let (far, _) = try table.remember(key(5), "far", in: b)
        _ = table.noteListing(of: a)
        table.noteWish(in: a)
        var wanted: [Bool] = []
        for directory in [a, inner, b, far] { wanted.append(table.noteListing(of: directory)) }
        #expect(wanted == [true, true, true, false])
    }
}
