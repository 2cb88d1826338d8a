import CRawCalls
import Glibc

/// Listens on an abstract socket and on a port of the loopback, prints the port, and waits. Who connects is queued.
func listen(asAbstract name: String) throws -> Int32 {
    let named = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    try must("bind", raw_bind_abstract(named, name))
    try must("listen", Glibc.listen(named, 8))
    let numbered = try must("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    let port = try must("bind", raw_bind_loopback(numbered))
    try must("listen", Glibc.listen(numbered, 8))
    print(port)
    fflush(stdout_stream())
    while true { pause() }
}
