import Linux
import Plan

/// What is known about /dev/fuse and the kernel's FUSE.
struct FuseFacts: Sendable {
    /// nil where nothing is there.
    var device: FuseDevice?
    var trial: Trial

    var findings: [DoctorFinding] {
        [deviceFinding, mountFinding].compactMap { $0 } + protocolFindings
    }

    private var deviceFinding: DoctorFinding? {
        guard let device else { return .problem(Gate.noDevice, "there is no /dev/fuse") }
        if !device.isRight {
            let what =
                device.isCharacterDevice
                ? "the character device \(device.major):\(device.minor)" : "no character device"
            return .problem(Gate.otherDevice, "/dev/fuse is \(what)")
        }
        return .attempt(
            "fuse-device", trial[.device], "/dev/fuse can be opened in a user namespace",
            facts: [
                Fact("mode", .text("0" + String(device.mode, radix: 8))), Fact("user", .number(Int64(device.user))),
                Fact("group", .number(Int64(device.group))),
            ])
    }

    private var mountFinding: DoctorFinding? {
        if let device, !device.isRight { return nil }
        return .attempt("fuse-mount", trial[.fuseMount], "a FUSE mount can be made in a user namespace")
    }

    private var protocolFindings: [DoctorFinding] {
        guard case .worked(let answer) = trial[.fuseInit], let request = FuseInit(text: answer) else {
            return [DoctorFinding.attempt("fuse-init", trial[.fuseInit], "")].compactMap { $0 }
        }
        var list = [
            DoctorFinding.ok(
                "fuse-protocol", "the kernel speaks FUSE \(request.major).\(request.minor)",
                facts: [
                    Fact("major", .number(Int64(request.major))), Fact("minor", .number(Int64(request.minor))),
                    Fact("resend", .flag(request.canResend)), Fact("idmapped", .flag(request.canMapIdentities)),
                    Fact("io_uring", .flag(request.canUseRings)),
                ])
        ]
        if !request.canResend {
            list.append(
                .note(
                    "fuse-resend", "the kernel has no FUSE_RESEND: what a file server has not answered is lost with it",
                    cure: "Linux 6.9 or later"))
        }
        if !request.canMapIdentities {
            list.append(
                .note(
                    "fuse-idmapped", "the kernel has no idmapped FUSE mounts: berth maps ids in its file server",
                    cure: "Linux 6.12 or later"))
        }
        return list
    }
}
