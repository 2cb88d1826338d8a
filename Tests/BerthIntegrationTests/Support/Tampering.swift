import Testing

/// What root does to a session from outside, and the line that must say so.
struct Tampering: Sendable, CustomTestStringConvertible {
    let name: String
    /// For a shell; S is the session's process, A the shared source, T where it is shown, X an empty
    /// directory.
    let script: String
    let item: String
    /// The program that goes on running; nil where the script ends.
    var stays: String?
    var testDescription: String { name }

    static let all = [
        Tampering(
            name: "root enters both namespaces", script: "exec nsenter -t $S -U -m sleep 100",
            item: "effective", stays: "sleep"),
        Tampering(
            name: "a root shell in the mount namespace", script: "exec nsenter -t $S -m sleep 100",
            item: "namespace user", stays: "sleep"),
        Tampering(
            name: "the shared mount is remounted", script: "nsenter -t $S -m mount -o remount,bind,rw $T",
            item: "mount $T"),
        Tampering(
            name: "the shared source is bound elsewhere",
            script: "nsenter -t $S -m sh -c 'mount --bind $A/.. $X && mount -o remount,bind,rw $X'",
            item: "source $A at $X/shared"),
        Tampering(
            name: "what covers the shared source is taken away", script: "nsenter -t $S -m umount $A",
            item: "source $A at $A"),
        Tampering(
            name: "/dev/fuse leaks into it",
            script:
                "exec nsenter -t $S -U -m setpriv --no-new-privs --bounding-set=-all sleep 100 9<>/dev/fuse",
            item: "descriptor 9", stays: "sleep"),
        Tampering(
            name: "/dev/fuse leaks into it by another name",
            script: "mknod $A/node c 10 229; exec nsenter -t $S -U -m sleep 100 9<>$A/node",
            item: "descriptor 9",
            stays: "sleep"),
        Tampering(
            name: "a file of the shared source leaks into it, to be written",
            script: "exec nsenter -t $S -U -m sleep 100 9<>$A/file", item: "source $A open", stays: "sleep"),
        Tampering(
            name: "a file of the shared source leaks into it, to be read, and so to be opened again",
            script: "exec nsenter -t $S -U -m sleep 100 9<$A/directory/inner", item: "source $A open",
            stays: "sleep"),
        Tampering(
            name: "a directory outside leaks into it", script: "exec nsenter -t $S -U -m sleep 100 8</etc",
            item: "descriptor 8", stays: "sleep"),
        Tampering(
            name: "it is entered with a directory outside as working directory",
            script: "cd /etc; exec nsenter -t $S -U sleep 100", item: "namespace mnt", stays: "sleep"),
    ]
}
