import Fuse
import Glibc
import Linux
import Testing

@testable import Passthrough

@Suite("Handles: only what was given out can be named") struct HandlesTests {
    private func state(_ handle: UInt64) -> OpenFileState {
        var state = OpenFileState()
        state.fh = handle
        return state
    }

    private func refusal(_ body: () throws(Errno) -> Void) -> Errno? {
        do throws(Errno) { try body() } catch { return error }
        return nil
    }

    @Test("a handle leads to its descriptor until it is taken back, once")
    func life() throws {
        let handles = try Handles(limit: 64)
        let handle = try handles.give(17, of: 5)
        let numbers = [try handles.find(state(handle)).number, try handles.find(state(handle), of: 5).number]
        #expect(numbers == [17, 17])
        let back = handles.takeBack(handle)
        #expect(back?.descriptor == 17 && back?.node == 5)
        let again = handles.takeBack(handle)
        #expect(again == nil)
        let refused = refusal { () throws(Errno) in _ = try handles.find(state(handle)) }
        #expect(refused == Errno(EBADF))
    }

    @Test("a handle of another node is none")
    func otherNode() throws {
        let handles = try Handles(limit: 64)
        let handle = try handles.give(17, of: 5)
        let refused = refusal { () throws(Errno) in _ = try handles.find(state(handle), of: 6) }
        #expect(refused == Errno(EBADF))
    }

    @Test(
        "a number that was never given out is none",
        arguments: [0, 1, 2, 16, 63, 64, 1 << 31, 0xffff_ff9c, 1 << 32 | 17, 1 << 63 | 17, .max] as [UInt64])
    func stranger(_ number: UInt64) throws {
        let handles = try Handles(limit: 64)
        _ = try handles.give(17, of: 5)
        let refused = refusal { () throws(Errno) in _ = try handles.find(state(number)) }
        #expect(refused == Errno(EBADF))
        let back = handles.takeBack(number)
        #expect(back == nil)
    }

    @Test("a descriptor beyond the limit is closed, and not given out")
    func limit() throws {
        let handles = try Handles(limit: 8)
        let high = fcntl(0, F_DUPFD_CLOEXEC, 300)
        #expect(high >= 300)
        let refused = refusal { () throws(Errno) in _ = try handles.give(high, of: 5) }
        #expect(refused == Errno(EMFILE))
        #expect(fcntl(high, F_GETFD) == -1)
    }
}
