import Glibc

/// Puts /dev/null in the place of descriptors 0 and 1, as a process does that is asked nothing and answers nothing there.
package func leaveStandardInputAndOutput() throws(SystemError) {
    let null = try FileReference.workingDirectory.open("/dev/null", .readWrite)
    for number in Int32(0)...1 {
        try attempt("dup2", on: "descriptor \(number)") { dup2(null.number, number) }
    }
}
