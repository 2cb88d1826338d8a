import Glibc
import Linux
import Testing

@testable import Ownership

@Suite struct RefusalTests {
    @Test(
        arguments: [
            (EPERM, false, .notPermitted), (EACCES, false, .notPermitted), (EPERM, true, .rootSquash),
            (EACCES, true, .rootSquash), (EROFS, false, .readOnlyMount), (EROFS, true, .readOnlyMount),
            (EINVAL, false, .unmappedID), (EOVERFLOW, false, .unmappedID), (EDQUOT, true, .quota),
            (EMFILE, false, .descriptors), (ESTALE, false, .replaced), (ENOTDIR, false, .replaced),
            (EIO, false, .other),
        ] as [(Int32, Bool, RefusalKind)])
    func reasonsAreToldApart(number: Int32, onNetwork: Bool, kind: RefusalKind) {
        #expect(refusal(Errno(number), nil, onNetwork: onNetwork).kind == kind)
    }

    @Test func everyKindHasAWordOfItsOwn() {
        #expect(Set(RefusalKind.allCases.map(\.name)).count == RefusalKind.allCases.count)
    }
}
