/// What the kernel's security modules are to call the command when it is executed.
package struct SecurityLabels: Hashable, Sendable {
    /// A profile of AppArmor.
    package var appArmor: String?
    /// A context of SELinux.
    package var seLinux: String?

    package init(appArmor: String? = nil, seLinux: String? = nil) {
        self.appArmor = appArmor
        self.seLinux = seLinux
    }
}

/// Reads a profile's name or a context: what can be one is for the kernel to say, but for what would end a line or a field.
package func parseLabel(_ text: String) throws(Refusal) -> String {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
        throw Refusal("'\(text)': not a label", hint: "the name of a profile, or a context, without blanks")
    }
    return text
}
