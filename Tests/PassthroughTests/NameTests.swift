import Glibc
import Linux
import Testing

@testable import Passthrough

@Suite struct NameTests {
    @Test(arguments: ["a", "...", "..a", ".a", "a b", String(repeating: "n", count: 255)])
    func namesOfFilesAreTaken(name: String) throws { try checkName(name) }

    @Test(arguments: ["", ".", "..", "a/b", "/", "../x"])
    func whatIsNoNameIsRefused(name: String) {
        #expect(throws: Errno(EINVAL)) { try checkName(name) }
    }

    @Test func aNameMayHave255Bytes() {
        #expect(throws: Errno(ENAMETOOLONG)) { try checkName(String(repeating: "n", count: 256)) }
    }

    @Test(arguments: [1, 15, 16, 17, 31, 32, 255])
    func aKeptNameIsReadBack(length: Int) throws {
        var store = try NameStore(reserving: 1 << 24)
        let name = String(repeating: "x", count: length)
        let place = try store.keep(name)
        let other = try store.keep("other")
        let kept = [place, other].map { String(cString: store.name($0)) }
        #expect(kept == [name, "other"])
    }

    @Test func aDroppedPlaceIsUsedAgain() throws {
        var store = try NameStore(reserving: 1 << 24)
        let place = try store.keep("twelve bytes")
        store.drop(place)
        let again = try store.keep("as many more")
        #expect(again == place)
    }

    @Test func descriptorsAreWrittenInDecimal() throws {
        for number: Int32 in [0, 7, 10, 999, Int32.max] {
            let path = try withPath(of: FileReference(number)) { (path) throws(Errno) in String(cString: path) }
            #expect(path == "\(number)")
        }
    }
}
