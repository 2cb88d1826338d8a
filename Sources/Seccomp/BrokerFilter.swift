import Linux

/// The few system calls that a process needs which does nothing but registering files for another one: whatever else it
/// is brought to do fails with EPERM, for good.
///
/// seccomp(2), through libseccomp. Needs no_new_privs.
package enum BrokerFilter {
    /// Installs the filter in the calling process, which must have one thread: ioctl(2) with these requests, messages, and
    /// what memory and an orderly end take.
    package static func install(requests: [UInt64]) throws(SystemError) {
        try Filter.built(from: profile(requests: requests)).load()
    }

    package static func profile(requests: [UInt64]) -> FilterProfile {
        .onlyAllowing(
            ProcessCalls.rules + [
                FilterRule(.allow, ["recvmsg", "sendmsg", "sendto", "close"]), .control(requests),
            ])
    }
}
