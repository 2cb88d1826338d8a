import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--apparmor and --selinux: labels for the command") struct SecurityModules {
        private static let appArmorIsOff = !contents(of: "/sys/module/apparmor/parameters/enabled").hasPrefix("Y")
        private static let selinuxIsOff = !contents(of: "/proc/filesystems").contains("selinuxfs")

        /// Where the module is off, that is said before anything happens; where it is on, it does not know the label.
        private func expectRefused(_ options: [String], _ module: String, isOff: Bool, _ path: String) throws {
            for more in isOff ? [[], ["--dry-run"]] : [[]] {
                let outcome = try BerthRun(options + more, ["echo", "ran"]).run()
                #expect(outcome.status == 125 && outcome.output == "", "\(outcome)")
                #expect(outcome.errors.contains("\nhint: "), "\(outcome)")
                #expect(
                    outcome.errors.hasPrefix(isOff ? "berth: \(module) is not active here" : "berth: write '\(path)'"))
            }
        }

        @Test("the command does not run without the profile of AppArmor that was asked for")
        func appArmor() throws {
            try expectRefused(
                ["--apparmor", "no-such-profile-of-berth"], "AppArmor", isOff: Self.appArmorIsOff,
                "/proc/self/attr/apparmor/exec")
        }

        @Test("nor without the context of SELinux")
        func seLinux() throws {
            try expectRefused(
                ["--selinux", "no:such:context:s0"], "SELinux", isOff: Self.selinuxIsOff, "/proc/self/attr/exec")
        }

        @Test("a configuration file can ask for them as well", arguments: ["apparmor", "selinux"])
        func configured(_ key: String) throws {
            try withTree { tree in
                try make(tree.root + "/pod.toml", "\(key) = \"no:such:label\"\n", mode: 0o644)
                let outcome = try BerthRun(["--config", tree.root + "/pod.toml"], ["true"]).run()
                #expect(outcome.status == 125 && !outcome.errors.contains("unknown"), "\(outcome)")
            }
        }

        @Test("what cannot be a label is refused", arguments: ["", "a b", "a\nb", "\t"])
        func malformed(_ label: String) throws {
            for option in ["--apparmor", "--selinux"] {
                let outcome = try BerthRun([option, label], ["true"]).run()
                #expect(outcome.status == 125 && outcome.errors.contains("not a label"), "\(outcome)")
            }
        }
    }
}
