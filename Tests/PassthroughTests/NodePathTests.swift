import Fuse
import Linux
import Testing

@testable import Passthrough

@Suite("The path of a node") struct NodePathTests {
    private func key(_ inode: UInt64) -> FileKey { FileKey(device: 1, inode: inode, birth: 0) }

    @Test("goes from the root by the names last seen")
    func names() throws {
        var table = try NodeTable(root: key(2))
        let (a, _) = try table.remember(key(10), "a", in: NodeTable.root)
        let (b, _) = try table.remember(key(11), "b", in: a)
        let (c, _) = try table.remember(key(12), "c\n", in: b)
        let paths = [table.path(of: 1), table.path(of: table.number(of: a)), table.path(of: table.number(of: c))]
        #expect(paths == [NodePath([]), NodePath(Array("a".utf8)), NodePath(Array("a/b/c\n".utf8))])
        try table.place(b, "moved", in: NodeTable.root)
        let moved = table.path(of: table.number(of: c))
        #expect(moved == NodePath(Array("moved/c\n".utf8)))
    }

    @Test("of a removed file says so, and there is none of a number that was never given")
    func removed() throws {
        var table = try NodeTable(root: key(2))
        let (a, _) = try table.remember(key(10), "a", in: NodeTable.root)
        let number = table.number(of: a)
        table.retire(a)
        let retired = table.path(of: number)
        #expect(retired == NodePath(Array("a".utf8), isRemoved: true))
        let unknown = [table.path(of: 0), table.path(of: 99), table.path(of: number | 1 << 32)]
        #expect(unknown == [nil, nil, nil])
    }
}
