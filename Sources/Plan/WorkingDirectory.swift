/// Reads the path inside at which the command is to start.
package func parseWorkingDirectory(_ text: String) throws(Refusal) -> String {
    if text.isAbsolutePath { return text }
    throw Refusal("'\(text)': not absolute", hint: "a path as the session sees it, from / on")
}
