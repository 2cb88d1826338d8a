import Testing

@testable import Plan

private func mounts(_ home: String?, _ shared: [String], account: String? = nil) throws -> [MountPlan] {
    try RunPlan(resolving: request(home: home, shared: shared), in: surroundings()).mounts
}

private func shown(_ mounts: [MountPlan]) -> [String] { mounts.map { "\($0.kind) \($0.source) \($0.target)" } }

@Suite struct Mounts {
    @Test(
        arguments: [
            ("/nfs/alice", [], ["home /nfs/alice /home/alice"]),
            ("/nfs/alice:/h", [], ["home /nfs/alice /h"]),
            ("nfs//./alice/:/h/", [], ["home /work/nfs/alice /h"]),
            (nil, ["/srv"], ["shared /srv /srv"]),
            (nil, ["data"], ["shared /work/data /work/data"]),
            (nil, ["../data:/d"], ["shared /work/../data /d"]),
            ("/nfs/alice:/home/alice", ["/home"], ["shared /home /home", "home /nfs/alice /home/alice"]),
            ("/n:/h", ["/a:/h/a", "/b"], ["home /n /h", "shared /a /h/a", "shared /b /b"]),
            (
                nil, ["/1:/a/b/c", "/2:/x", "/3:/a", "/4:/a/b"],
                ["shared /3 /a", "shared /4 /a/b", "shared /1 /a/b/c", "shared /2 /x"]
            ),
            (nil, ["/scratch:/d", "/other:/scratch2"], ["shared /scratch /d", "shared /other /scratch2"]),
            ("/scratch2:/h", ["/scratch:/d"], ["home /scratch2 /h", "shared /scratch /d"]),
            (
                "/dev2:/device", ["/a:/process", "/b:/system"],
                ["home /dev2 /device", "shared /a /process", "shared /b /system"]
            ),
            (nil, ["/srv:/a", "/srv/genomes:/b"], ["shared /srv /a", "shared /srv/genomes /b"]),
        ] as [(String?, [String], [String])])
    func areAbsoluteAndOuterFirst(_ home: String?, _ shared: [String], _ expected: [String]) throws {
        #expect(shown(try mounts(home, shared)) == expected)
    }

    @Test func haveLocksAtTheSourceOnlyWhereAHomeIsToHaveThem() throws {
        func places(_ home: String?, _ locks: HomeLocks?) throws -> [HomeLocks] {
            var request = try request(home: home, shared: ["/srv"])
            request.locks = locks
            return try RunPlan(resolving: request, in: surroundings()).mounts.map(\.locks)
        }
        #expect(try places("/n:/h", .remote) == [.remote, .local])
        #expect(try places("/n:/h", nil) == [.local, .local])
        #expect(try places(nil, .local) == [.local])
        #expect(refusal { try places(nil, .remote) } == "locks 'remote' without a home")
    }

    @Test(
        arguments: [
            ("/a:b", [], "target 'b' is not absolute"),
            ("/a:/", [], "target '/' is the root directory"), ("/a:/.//", [], "target '/.//' is the root directory"),
            ("/a:/b/../c", [], "target '/b/../c' has a '..' in it"),
            (nil, ["../data"], "target '/work/../data' has a '..' in it"),
            ("/a:/proc", [], "target '/proc' lies in '/proc'"), ("/a:/sys/fs", [], "target '/sys/fs' lies in '/sys'"),
            ("/a:/dev/shm", [], "target '/dev/shm' lies in '/dev'"), (nil, ["/dev"], "target '/dev' lies in '/dev'"),
            ("/a:/x", ["/b:/x"], "two mounts on one target: '/a' and '/b' on '/x'"),
            (nil, ["/a:/x", "/b:/x/"], "two mounts on one target: '/a' and '/b' on '/x'"),
            (nil, ["/a", "/a"], "two mounts on one target: '/a' and '/a' on '/a'"),
            ("/srv/h:/h", ["/srv:/d"], "home source '/srv/h' lies in shared source '/srv'"),
            ("/srv:/h", ["/srv:/d"], "home source '/srv' lies in shared source '/srv'"),
            ("/srv:/h", ["/srv/d:/d"], "shared source '/srv/d' lies in home source '/srv'"),
            ("/a:/srv/x", ["/srv:/d"], "target '/srv/x' lies in shared source '/srv', which is covered there"),
            (nil, ["/srv:/srv/x"], "target '/srv/x' lies in shared source '/srv', which is covered there"),
            (nil, ["/srv:/d", "/b:/srv"], "target '/srv' lies in shared source '/srv', which is covered there"),
            (nil, ["/:/d"], "target '/d' lies in shared source '/', which is covered there"),
        ] as [(String?, [String], String)])
    func areRefused(_ home: String?, _ shared: [String], _ message: String) {
        #expect(refusal { try mounts(home, shared) } == message)
    }

    @Test func ofAHomeNeedATargetWherePasswdHasNone() throws {
        for text in ["homeless", "5000:5000"] {
            #expect(refusal { try RunPlan(resolving: request(home: "/a", account: text), in: root()) } != nil)
            let plan = try RunPlan(resolving: request(home: "/a:/b", account: text), in: root())
            #expect(plan.home?.target == "/b")
        }
    }

    @Test func doWithoutAWorkingDirectoryWhereAllIsAbsolute() throws {
        var lost = surroundings()
        lost.workingDirectory = nil
        #expect(refusal { try RunPlan(resolving: request(home: "a"), in: lost) } != nil)
        #expect(try RunPlan(resolving: request(home: "/a"), in: lost).mounts.count == 1)
    }
}
