import Glibc
import Testing

@testable import Passthrough

@Suite struct DescriptorCacheTests {
    private func descriptor() -> Int32 { open("/", O_PATH | O_CLOEXEC) }
    private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    @Test func aFullCacheGivesUpWhatNobodyUses() {
        var cache = DescriptorCache(capacity: 2)
        for node in 1...2 as ClosedRange<UInt32> { cache.release(cache.insert(descriptor(), for: node).slot) }
        let third = cache.insert(descriptor(), for: 3)
        #expect(third.slot != 0)
        #expect(third.evicted == 1 || third.evicted == 2)
    }

    @Test func aDirectoryIsReadByOneAtATimeAndOnlyIfItWasOpenedForThat() {
        var cache = DescriptorCache(capacity: 2)
        let other = cache.insert(descriptor(), for: 1).slot
        let listed = cache.insert(descriptor(), for: 2, reads: true).slot
        var answers = [cache.beginReading(other), cache.beginReading(listed), cache.beginReading(listed)]
        cache.endReading(listed)
        answers.append(cache.beginReading(listed))
        #expect(answers == [false, true, false, true])
        for slot in [other, listed] { cache.release(slot) }
    }

    @Test func whatIsInUseIsNotGivenUp() {
        var cache = DescriptorCache(capacity: 1)
        let first = cache.insert(descriptor(), for: 1)
        let number = descriptor()
        let refused = cache.insert(number, for: 2).slot == 0
        #expect(refused)
        close(number)
        cache.release(first.slot)
    }

    @Test func theDescriptorOfANodeThatIsGoneClosesWithItsLastUser() {
        var cache = DescriptorCache(capacity: 1)
        let number = descriptor()
        let slot = cache.insert(number, for: 1).slot
        cache.drop(slot)
        #expect(isOpen(number))
        cache.release(slot)
        let again = cache.insert(descriptor(), for: 2).slot
        #expect(again == slot)
    }

    @Test func dropUnusedTellsWhoLostASlot() {
        var cache = DescriptorCache(capacity: 3)
        let used = cache.insert(descriptor(), for: 1)
        cache.release(cache.insert(descriptor(), for: 2).slot)
        let lost = cache.dropUnused()
        #expect(lost == [2])
        cache.release(used.slot)
    }
}
