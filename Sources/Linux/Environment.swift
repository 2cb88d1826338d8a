import Glibc

/// clearenv(3): this process's environment is empty from now on.
package func clearEnvironment() throws(SystemError) {
    try attempt("clearenv") { clearenv() }
}

/// getenv(3), as bytes: what is not UTF-8 stays what it is. nil where there is no such variable.
package func environmentBytes(_ name: String) -> [UInt8]? {
    getenv(name).map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))).map(UInt8.init(bitPattern:)) }
}

/// setenv(3), with a value of any bytes but NUL.
package func setEnvironment(_ name: String, toBytes value: [UInt8]) throws(SystemError) {
    try attempt("setenv", on: name) {
        (value + [0]).withUnsafeBytes { setenv(name, $0.bindMemory(to: CChar.self).baseAddress!, 1) }
    }
}
