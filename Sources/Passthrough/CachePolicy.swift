/// How long the kernel may answer from its caches, as users of virtiofsd know it.
package enum CachePolicy: String, Sendable, CaseIterable {
    /// Every look asks the file server.
    case none
    /// Names and attributes for a second; data until the file is opened again and has changed.
    case auto
    /// For ever: for trees that nobody changes meanwhile.
    case always

    /// In seconds.
    var timeout: Double {
        switch self {
        case .none: 0
        case .auto: 1
        case .always: 86400
        }
    }
}
