import Linux
import Passthrough
import Plan

/// What `-o` asks of a mount by hand, in the words of mount(8) and mount.fuse3(8).
package struct MountOptions: Sendable {
    /// Without set-id bits and devices unless they are asked for.
    package var attributes: MountAttributes = [.noSetUserID, .noDevices]
    /// Accounts other than the one that mounts may use it; the kernel then checks permissions.
    package var allowOther = false
    package var defaultPermissions = false
    package var autoUnmount = false
    /// The kernel reads and writes files of the source by itself, where it lets us.
    package var passesOn = false
    /// Each write reaches the source's disk before it returns.
    package var synchronous = false
    /// `fsname=`: what mountinfo shows as the source; by default the source itself.
    package var name: String?
    package var subtype = "berth"
    package var cache = CachePolicy.auto
    package var locks = LockPlace.local
    /// `map=INNER:OUTER:COUNT`, for users and groups alike.
    package var identities: [IdentityMapLine] = []
    /// How many threads may serve, at most.
    package var maximumThreads = ServerSettings.usualThreads

    package init() {}

    var readOnly: Bool { attributes.contains(.readOnly) }
}

extension MountOptions {
    /// Reads what follows each `-o`, in order: a later option overrides an earlier one.
    ///
    /// Nothing is passed over: an option that is not in the manual is refused.
    package init(parsing texts: [String]) throws(Refusal) {
        self.init()
        for text in texts { try add(try splitOptions(text)) }
    }

    mutating func add(_ options: [String]) throws(Refusal) {
        for option in options { try add(option) }
        if allowOther { defaultPermissions = true }
    }

    private mutating func add(_ option: String) throws(Refusal) {
        if let flag = Self.flags[option] { return flag(&self) }
        guard let equals = option.firstIndex(of: "="), let parse = Self.values[String(option[..<equals])] else {
            if option == "remount" { throw Self.noRemount }
            throw Refusal(
                "-o \(option): no such option",
                hint: Self.values[option] == nil ? "see berth-mount(8)" : "it takes a value: \(option)=…")
        }
        let value = String(option[option.index(after: equals)...])
        do { try parse(&self, value) } catch { throw Refusal("-o \(option): \(error.message)", hint: error.hint) }
    }

    /// Whether the manual has an option of that name, whatever its value.
    static func knows(_ option: String) -> Bool {
        flags[option] != nil || values[String(option.prefix { $0 != "=" })] != nil
    }

    static let noRemount = Refusal(
        "-o remount: a mount of berth's cannot be changed",
        hint: "the file server gave up what it would need: unmount it, and mount it anew")

    private static let flags: [String: @Sendable (inout MountOptions) -> Void] = [
        "defaults": { _ in },
        "ro": { $0.attributes.insert(.readOnly) },
        "rw": { $0.attributes.remove(.readOnly) },
        "nosuid": { $0.attributes.insert(.noSetUserID) },
        "suid": { $0.attributes.remove(.noSetUserID) },
        "nodev": { $0.attributes.insert(.noDevices) },
        "dev": { $0.attributes.remove(.noDevices) },
        "noexec": { $0.attributes.insert(.noExecution) },
        "exec": { $0.attributes.remove(.noExecution) },
        "noatime": { $0.attributes.insert(.noAccessTimes) },
        "atime": { $0.attributes.remove(.noAccessTimes) },
        "sync": { $0.synchronous = true },
        "async": { $0.synchronous = false },
        "allow_other": { $0.allowOther = true },
        "default_permissions": { $0.defaultPermissions = true },
        "auto_unmount": { $0.autoUnmount = true },
        "passthrough": { $0.passesOn = true },
    ]

    private typealias ValueParser = @Sendable (inout MountOptions, String) throws(Refusal) -> Void

    private static let values: [String: ValueParser] = [
        "fsname": { (options, text) throws(Refusal) in options.name = try checkLabel(text) },
        "subtype": { (options, text) throws(Refusal) in options.subtype = try checkLabel(text) },
        "cache": { (options, text) throws(Refusal) in options.cache = try oneOf(text) },
        "locks": { (options, text) throws(Refusal) in options.locks = try oneOf(text) },
        "map": { (options, text) throws(Refusal) in
            options.identities.append(try parseMapLine(text, after: options.identities))
        },
        "max_threads": { (options, text) throws(Refusal) in
            let number = try parseID(text)
            guard (1...1024).contains(number) else { throw Refusal("not a number from 1 to 1024") }
            options.maximumThreads = Int(number)
        },
    ]
}

/// Parts `a,b=c\,d` at its commas; `\,` is a comma of a value, and `\\` a backslash.
func splitOptions(_ text: String) throws(Refusal) -> [String] {
    var options = [""]
    var rest = Substring(text)
    while let character = rest.popFirst() {
        if character == ",", options.last != "" {
            options.append("")
        } else if character == "\\", let next = rest.first, next == "," || next == "\\" {
            options[options.count - 1].append(rest.removeFirst())
        } else if character != "," {
            options[options.count - 1].append(character)
        }
    }
    if options == [""] { throw Refusal("-o '\(text)': no option") }
    return options.filter { !$0.isEmpty }
}

/// A name that stands in mountinfo: no control character, and short enough for every reader.
func checkLabel(_ text: String) throws(Refusal) -> String {
    guard !text.isEmpty, text.utf8.count <= 255, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
        throw Refusal("a name of 1 to 255 bytes without control characters is expected")
    }
    return text
}

private func oneOf<Choice: RawRepresentable & CaseIterable>(_ text: String) throws(Refusal) -> Choice
where Choice.RawValue == String {
    guard let choice = Choice(rawValue: text) else {
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal("'\(text)' is none of \(choices)")
    }
    return choice
}

/// Reads `INNER:OUTER:COUNT`. No id may be mapped twice, on either side.
private func parseMapLine(_ text: String, after lines: [IdentityMapLine]) throws(Refusal) -> IdentityMapLine {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { throw Refusal("not of the form INNER:OUTER:COUNT") }
    let line = IdentityMapLine(
        inside: try parseID(parts[0]), outside: try parseID(parts[1]), count: try parseID(parts[2]))
    let room = UInt32.max - max(line.inside, line.outside)
    guard line.count > 0, line.count <= room else { throw Refusal("a range must end before 4294967295") }
    if lines.contains(where: { $0.overlaps(line) }) { throw Refusal("an id of it is mapped already") }
    return line
}

extension IdentityMapLine {
    fileprivate func overlaps(_ other: IdentityMapLine) -> Bool {
        func meet(_ first: UInt32, _ second: UInt32) -> Bool {
            first < second ? second - first < count : first - second < other.count
        }
        return meet(inside, other.inside) || meet(outside, other.outside)
    }
}
