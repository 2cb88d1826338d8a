/// Runs to the end or to the first difference, and says how it went. True if the file kept to the model.
func exercise(_ arguments: Arguments) -> Bool {
    do {
        var exerciser = try Exerciser(arguments)
        do { try exerciser.run() } catch {
            let last = exerciser.history.suffix(20).map { "    \($0)" }.joined(separator: "\n")
            let number = exerciser.history.count
            print("FAILED: \(arguments.words): operation \(number): \(error)\nthe last operations:\n\(last)")
            return false
        }
        print("\(exerciser.history.count) operations; no difference")
        return true
    } catch {
        print("FAILED: \(error)")
        return false
    }
}
