import Testing

@testable import Seccomp

/// A call as a filter sees it: struct seccomp_data of seccomp(2).
struct FilteredCall {
    var number: UInt32
    /// AUDIT_ARCH_*.
    var architecture: UInt32
    var arguments: [UInt64] = []

    /// The 32 bits at an offset; this machine has the lower half of an argument first.
    func word(at offset: UInt32) -> UInt32? {
        switch offset {
        case 0: return number
        case 4: return architecture
        case 16..<64 where offset % 4 == 0:
            let index = Int(offset - 16) / 8
            let value = arguments.indices.contains(index) ? arguments[index] : 0
            return UInt32(truncatingIfNeeded: offset % 8 == 0 ? value : value >> 32)
        default: return nil
        }
    }
}

extension FilterProgram {
    /// What the program answers, as the kernel would run it; nil where it does what no filter of libseccomp's does.
    func answer(to call: FilteredCall) -> UInt32? {
        var accumulator: UInt32 = 0
        var next = 0
        while instructions.indices.contains(next) {
            let instruction = Instruction(instructions[next])
            next += 1
            let value = instruction.value
            switch instruction.code {
            case 0x20:  // BPF_LD | BPF_W | BPF_ABS
                guard let word = call.word(at: value) else { return nil }
                accumulator = word
            case 0x54: accumulator &= value  // BPF_ALU | BPF_AND
            case 0x05: next += Int(value)  // BPF_JMP | BPF_JA
            case 0x15: next += instruction.jump(if: accumulator == value)  // BPF_JEQ
            case 0x25: next += instruction.jump(if: accumulator > value)  // BPF_JGT
            case 0x35: next += instruction.jump(if: accumulator >= value)  // BPF_JGE
            case 0x45: next += instruction.jump(if: accumulator & value != 0)  // BPF_JSET
            case 0x06: return value  // BPF_RET
            default: return nil
            }
        }
        return nil
    }
}

/// struct sock_filter.
private struct Instruction {
    let code: UInt16
    let value: UInt32
    private let whereTrue: UInt8
    private let whereFalse: UInt8

    init(_ bits: UInt64) {
        var bits = bits
        (code, whereTrue, whereFalse, value) = withUnsafeBytes(of: &bits) {
            (
                $0.load(as: UInt16.self), $0[2], $0[3], $0.load(fromByteOffset: 4, as: UInt32.self)
            )
        }
    }

    func jump(if condition: Bool) -> Int { Int(condition ? whereTrue : whereFalse) }
}
