/// Numbers with a value each, any of which can be drawn.
struct Pool<Value> {
    private(set) var keys: [UInt64] = []
    private var places: [UInt64: (place: Int, value: Value)] = [:]

    var count: Int { keys.count }

    subscript(key: UInt64) -> Value? {
        get { places[key]?.value }
        set {
            guard let newValue else { return remove(key) }
            if let old = places[key] {
                places[key] = (old.place, newValue)
            } else {
                places[key] = (keys.count, newValue)
                keys.append(key)
            }
        }
    }

    private mutating func remove(_ key: UInt64) {
        guard let place = places.removeValue(forKey: key)?.place else { return }
        let last = keys.removeLast()
        if last == key { return }
        keys[place] = last
        places[last]!.place = place
    }
}

/// What the kernel has been told by the server, and has not given back.
struct Knowledge {
    struct Node {
        var lookups: UInt64
        var isDirectory: Bool
    }

    struct Handle {
        var node: UInt64
        var isDirectory: Bool
    }

    static let root: UInt64 = 1

    var nodes = Pool<Node>()
    var handles = Pool<Handle>()
    /// Files that were forgotten with all their lookups: their numbers lead nowhere.
    private(set) var forgotten: [UInt64] = []
    private(set) var closed: [UInt64] = []
    /// The server's own descriptors, by number.
    var own: [UInt64] = []

    mutating func found(_ number: UInt64, isDirectory: Bool) {
        let lookups = nodes[number]?.lookups ?? 0
        nodes[number] = Node(lookups: lookups + 1, isDirectory: isDirectory)
    }

    mutating func forget(_ number: UInt64, _ lookups: UInt64) {
        guard var node = nodes[number] else { return }
        if node.lookups > lookups {
            node.lookups -= lookups
            nodes[number] = node
        } else {
            nodes[number] = nil
            if !node.isDirectory { forgotten = forgotten.suffix(63) + [number] }
        }
    }

    mutating func close(_ handle: UInt64) {
        if handles[handle] == nil { return }
        handles[handle] = nil
        closed = closed.suffix(31) + [handle]
    }
}
