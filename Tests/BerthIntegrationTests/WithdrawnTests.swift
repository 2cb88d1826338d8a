import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("What berth's processes beside a session keep of whoever started it") struct Withdrawn {
        @Test("no input, no output, no core file; the servers' filter is in force")
        func withdrawn() throws {
            try needRoot()
            try LiveSession.with { session in
                let status = contents(of: "/proc/\(session.process)/status")
                let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
                let supervisor = try #require(parent.flatMap { pid_t($0) })
                let servers = try session.report.servers()
                let children = contents(of: "/proc/\(supervisor)/task/\(supervisor)/children")
                let all = children.split(separator: " ").compactMap { pid_t($0) }.filter { $0 != session.process }
                // The file servers and the first process of the pid namespace.
                #expect(servers.count == 2 && all.count == 3 && Set(all).isSuperset(of: servers))
                for process in all {
                    for number in 0...1 {
                        let link = try FileManager.default.destinationOfSymbolicLink(
                            atPath: "/proc/\(process)/fd/\(number)")
                        // Named by the root it was opened below.
                        #expect(link.hasSuffix("/null"), "\(process): \(link)")
                    }
                    let core = contents(of: "/proc/\(process)/limits").split(separator: "\n").first {
                        $0.hasPrefix("Max core file size")
                    }
                    #expect(core?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(core ?? "")")
                }
                for server in servers {
                    let lines = contents(of: "/proc/\(server)/status").split(separator: "\n")
                    #expect(lines.contains("Seccomp:\t2") && lines.contains("NoNewPrivs:\t1"))
                }
            }
        }
    }
}
