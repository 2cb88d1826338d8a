import CFuse
import Glibc

/// What a serving thread knows of the request it is at work on, beyond what libfuse tells.
///
/// Found through the thread: libfuse reads and answers a request without a word of its own for either.
struct Worker {
    /// The /dev/fuse that the thread's requests are read from, and must be answered through.
    let device: Int32
    let waits: Waits
    /// What has been agreed on with the kernel; nil in a thread that reads no requests.
    let agreement: Agreement?
    var unique: UInt64 = 0
    /// FUSE_LOOKUP and so on.
    var operation = fuse_opcode(rawValue: 0)
    /// The kernel leaves it to the file system to clear set-id bits, since the caller has no CAP_FSETID.
    var clearsSetID = false
    /// FUSE_INIT's flags: what the kernel can do.
    var kernelFlags: UInt64 = 0
    /// What is asked of the kernel beyond what libfuse asks, in the answer to FUSE_INIT.
    var greeting = Greeting()
    /// The backing file that the answer to open or create names; 0: none.
    var backing: Int32 = 0
    /// Who counts and tells what this thread does; nil where nobody wants to know.
    var watch: Watch?

    /// The calling thread's.
    static var current: UnsafeMutablePointer<Worker> {
        pthread_getspecific(workerKey)!.assumingMemoryBound(to: Worker.self)
    }

    /// Makes `worker` the calling thread's while `body` runs.
    static func serving(
        _ device: Int32, _ waits: Waits, _ agreement: Agreement?, _ watch: Watch?, _ body: () -> Void
    ) {
        var worker = Worker(device: device, waits: waits, agreement: agreement, watch: watch)
        withUnsafeMutablePointer(to: &worker) {
            pthread_setspecific(workerKey, $0)
            body()
            pthread_setspecific(workerKey, nil)
        }
    }
}

private let workerKey: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
}()
