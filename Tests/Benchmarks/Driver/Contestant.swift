import Glibc

/// One way to a source, whose speed is compared.
struct Contestant: Sendable {
    enum Part: String, Codable, Sendable {
        case native, home, shared, peer
    }

    /// How a source comes to be seen at a target; each closure gives the words of a command.
    enum Serving: Sendable {
        /// The source itself.
        case nothing
        /// What stands before the client's own words.
        case session(_ words: @Sendable (_ source: String, _ target: String) -> [String])
        /// A server that goes into the background once it answers. `spare` lies beside the source, and holds the
        /// empty directories `lower` and `work`.
        case mount(_ words: @Sendable (_ source: String, _ target: String, _ spare: String) -> [String])
    }

    var name: String
    var part: Part
    var serving: Serving
    /// The program that must be there.
    var program: String
    /// What brings it, for those who lack it.
    var origin = ""
    /// Only for fio's writes: the setting pays nowhere else.
    var onlyBlocks = false
}

/// Who works in berth's sessions: any account that is not root.
let sessionAccount: uid_t = 61234

extension Contestant {
    /// Everybody works on files of their own: a client that is not the owner has the kernel look for ACLs besides.
    var owner: uid_t {
        if case .session = serving { sessionAccount } else { 0 }
    }

    /// `berth` and `passthroughLL` are paths; the others are looked for in PATH.
    static func all(berth: String, passthroughLL: String) -> [Contestant] {
        [native] + berths(berth) + examples(passthroughLL) + packaged
    }

    static let native = Contestant(name: "native", part: .native, serving: .nothing, program: "true")

    private static func berths(_ berth: String) -> [Contestant] {
        func session(_ option: String) -> Serving {
            .session { source, target in
                [berth, "run", "--account", "\(sessionAccount):\(sessionAccount)", "--ownership", "off"]
                    + [option, "\(source):\(target)", "--"]
            }
        }
        func mount(_ options: String) -> Serving {
            .mount { source, target, _ in [berth, "mount", "-o", options, source, target] }
        }
        return [
            Contestant(name: "home", part: .home, serving: session("--home"), program: berth),
            Contestant(name: "home-mount", part: .home, serving: mount("rw"), program: berth),
            Contestant(name: "shared", part: .shared, serving: session("--shared"), program: berth),
            Contestant(name: "shared-mount", part: .shared, serving: mount("ro,cache=always"), program: berth),
        ]
    }

    /// libfuse's example, with a descriptor for each file that the kernel knows.
    private static func examples(_ path: String) -> [Contestant] {
        func mount(_ options: String) -> Serving {
            .mount { source, target, _ in
                [
                    "sh", "-c", "ulimit -n \"$(ulimit -H -n)\" && exec \"$@\"", "sh", path, "-o",
                    "source=\(source),\(options)", target,
                ]
            }
        }
        let origin = "packaging/benchmark compiles it"
        return [
            Contestant(
                name: "passthrough_ll", part: .peer, serving: mount("cache=always"), program: path, origin: origin),
            Contestant(
                name: "ll-writeback", part: .peer, serving: mount("cache=always,writeback"), program: path,
                origin: origin, onlyBlocks: true),
        ]
    }

    private static let packaged = [
        Contestant(
            name: "bindfs", part: .peer, serving: .mount { source, target, _ in ["bindfs", source, target] },
            program: "bindfs", origin: "the Debian package bindfs"),
        Contestant(
            name: "fuse-overlayfs", part: .peer,
            serving: .mount { source, target, spare in
                let layers = "lowerdir=\(spare)/lower,upperdir=\(source),workdir=\(spare)/work"
                return ["fuse-overlayfs", "-o", layers, target]
            },
            program: "fuse-overlayfs", origin: "the Debian package fuse-overlayfs"),
    ]

    var isHere: Bool {
        get throws { try Program("sh", "-c", "command -v \"$1\" >/dev/null", "sh", program).run().status == 0 }
    }
}
