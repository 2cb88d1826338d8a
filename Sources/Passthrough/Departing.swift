import Glibc
import Linux

/// A name that is about to go, and what the kernel still knows of its file.
///
/// A file may go on without this name: it is open, if only by O_PATH, or is being opened, it has other names, or is a
/// directory somebody may be in. A descriptor is taken before the name is gone, since afterwards nothing leads there.
struct Departing {
    private let index: UInt32?
    private let isLastName: Bool
    private let pin: Int32

    init(
        _ name: CName, in directory: FileReference, _ parent: UInt32, _ fileSystem: PassthroughFileSystem
    ) throws(Errno) {
        let attributes = try FileAttributes.of(name, in: directory)
        let isDirectory = attributes.kind == .directory
        isLastName = isDirectory || attributes.status.st_nlink <= 1
        let known = fileSystem.state.locked { nodes, _ -> (index: UInt32, lacksPin: Bool, lives: Bool)? in
            guard let index = nodes.find(FileKey(attributes)), nodes.isPlaced(index, name, in: parent) else {
                return nil
            }
            let node = nodes[index]
            let lives = node.opens > 0 || isDirectory || attributes.status.st_nlink > 1
            return (index, node.pin < 0, lives)
        }
        index = known?.index
        guard let known, known.lacksPin else {
            pin = -1
            return
        }
        do throws(Errno) { pin = try fileSystem.openSparing(directory, name, O_PATH | O_NOFOLLOW) } catch {
            // Nobody is known to use it: at worst somebody who just opens it finds it gone.
            guard known.lives else {
                pin = -1
                return
            }
            throw error
        }
    }

    /// The name is gone.
    func leaves(_ fileSystem: PassthroughFileSystem) {
        guard let index else { return }
        fileSystem.state.locked { nodes, _ in
            if isLastName { nodes.retire(index) }
            if pin >= 0 { nodes[index].pin = pin }
        }
    }

    /// The name could not be taken away after all.
    func stays(_ fileSystem: PassthroughFileSystem) {
        if pin >= 0 { close(pin) }
    }
}
