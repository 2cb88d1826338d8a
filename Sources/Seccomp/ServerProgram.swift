import Linux

/// A server's filter that was put together before there was a server: it judges signals by the process they go to, and says
/// `nobody` where the server's own number is to be.
package struct ServerProgram: Hashable, Sendable {
    package let filter: ServerFilter
    private let program: FilterProgram

    package init(_ filter: ServerFilter, _ program: FilterProgram) {
        self.filter = filter
        self.program = program
    }

    /// More than the kernel ever gives to a process, proc_sys_kernel(5), and than any other number that a filter compares.
    package static let nobody = ProcessID(0x7FFF_FFFD)

    /// The filter of this process.
    package func program(for process: ProcessID) -> FilterProgram {
        FilterProgram(
            instructions: program.instructions.map { instruction in
                guard instruction.operand == UInt32(bitPattern: Self.nobody.rawValue) else { return instruction }
                return instruction.withOperand(UInt32(bitPattern: process.rawValue))
            },
            flags: program.flags, unknownNames: program.unknownNames)
    }
}

/// The last four bytes of a struct sock_filter, in the order of this machine's memory.
extension UInt64 {
    #if _endian(big)
        fileprivate var operand: UInt32 { UInt32(truncatingIfNeeded: self) }

        fileprivate func withOperand(_ operand: UInt32) -> UInt64 { self & ~0xFFFF_FFFF | UInt64(operand) }
    #else
        fileprivate var operand: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }

        fileprivate func withOperand(_ operand: UInt32) -> UInt64 { self & 0xFFFF_FFFF | UInt64(operand) << 32 }
    #endif
}
