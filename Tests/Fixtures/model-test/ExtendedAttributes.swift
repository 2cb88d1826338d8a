import CRawCalls
import Glibc

private let names = [
    "user.a", "user.b", "user.a-longer-name", "user.c", "user.a", "user.b", "trusted.a", "nonsense.a", "user.",
]
private let flags: [(Int32, String)] = [
    (0, ""), (0, ""), (Int32(XATTR_CREATE), " CREATE"), (Int32(XATTR_REPLACE), " REPLACE"),
]
private let attributeErrors = pathErrors + [EPERM, EEXIST, ENODATA, ENOSPC, ERANGE, EOPNOTSUPP, EINVAL]

extension Choice {
    mutating func settingAttribute() -> Operation {
        let (place, name, value) = (anyPlace(), random.one(of: names), value())
        let (flag, flagName) = random.one(of: flags)
        return Operation("setxattr \(place) \(name) \(value)\(flagName)", mayFail: attributeErrors) { side in
            Answer(lsetxattr(side.path(place), name, value.bytes, value.count, flag))
        }
    }

    mutating func gettingAttribute() -> Operation {
        let (place, name, count) = (anyPlace(), random.one(of: names), random.one(of: [0, 10, 4096]))
        return Operation("getxattr \(place) \(name) \(count)", mayFail: attributeErrors) { side in
            attribute(count) { getxattr(side.path(place), name, $0, count) }
        }
    }

    mutating func listingAttributes() -> Operation {
        let (place, count) = (anyPlace(), random.one(of: [0, 5, 4096]))
        return Operation("listxattr \(place) \(count)", mayFail: attributeErrors) { side in
            attributeNames(count) { llistxattr(side.path(place), $0.assumingMemoryBound(to: CChar.self), count) }
        }
    }

    mutating func removingAttribute() -> Operation {
        let (place, name) = (anyPlace(), random.one(of: names))
        return Operation("removexattr \(place) \(name)", mayFail: attributeErrors) { side in
            Answer(removexattr(side.path(place), name))
        }
    }

    mutating func attributesOpen() -> Operation {
        let (slot, name, value) = (slot(), random.one(of: names), value())
        switch random.below(4) {
        case 0:
            return Operation("fsetxattr #\(slot) \(name) \(value)", mayFail: attributeErrors) { side in
                Answer(fsetxattr(side.slots[slot], name, value.bytes, value.count, 0))
            }
        case 1:
            return Operation("fgetxattr #\(slot) \(name)", mayFail: attributeErrors) { side in
                attribute(4096) { fgetxattr(side.slots[slot], name, $0, 4096) }
            }
        case 2:
            return Operation("flistxattr #\(slot)", mayFail: attributeErrors) { side in
                attributeNames(4096) { flistxattr(side.slots[slot], $0.assumingMemoryBound(to: CChar.self), 4096) }
            }
        default:
            return Operation("fremovexattr #\(slot) \(name)", mayFail: attributeErrors) { side in
                Answer(fremovexattr(side.slots[slot], name))
            }
        }
    }

    private mutating func value() -> Payload {
        let count = random.chance(15) ? random.below(3_000) : random.below(60)
        return Payload(seed: random.next(), count: avoided.contains(.shortAttribute) ? max(count, 8) : count)
    }
}

/// With a size of zero the call tells the length and reads nothing.
private func attribute(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Int) -> Answer {
    if count > 0 { return received(count, body) }
    var nowhere: UInt8 = 0
    return Answer(withUnsafeMutableBytes(of: &nowhere) { body($0.baseAddress!) })
}

/// The names, sorted: their order is the file system's own affair.
private func attributeNames(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Int) -> Answer {
    var answer = attribute(count, body)
    let names = answer.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    answer.text = names.sorted().joined(separator: " ")
    answer.bytes = []
    return answer
}
