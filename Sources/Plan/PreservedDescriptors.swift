/// Reads the numbers of descriptors that a session is to have beside 0 to 2: `3` or `3,4,7`.
package func parseDescriptorNumbers(_ text: String) throws(Refusal) -> [Int32] {
    var numbers: [Int32] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        numbers.append(try parseDescriptorNumber(String(word)))
    }
    return numbers
}
