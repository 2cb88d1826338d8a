import Linux

/// What no process of berth's keeps that works beside the session: the starter's input and output, and a core file, which
/// would hold what it had in memory. Standard error stays, for complaints.
///
/// Call it while /dev/null can still be reached.
func withdraw() throws(SystemError) {
    try leaveStandardInputAndOutput()
    try Resource.core.limit(to: 0)
}
