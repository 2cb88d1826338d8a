import Fuse
import Linux
import Plan

/// The lines of `--trace-format json`.
extension RequestRecord {
    var record: FactValue {
        var facts = [Fact("operation", .text(operation)), Fact("node", .number(Int64(bitPattern: node)))]
        if let path {
            facts.append(Fact("path", .text(path.reversible)))
            if path.isRemoved { facts.append(Fact("removed", .flag(true))) }
        }
        if let target { facts.append(Fact("target", .text(target.reversible))) }
        facts += [
            Fact("pid", .number(Int64(caller.process))), Fact("uid", .number(Int64(caller.user))),
            Fact("gid", .number(Int64(caller.group))), Fact("arguments", .record(arguments.map(\.fact))),
        ]
        switch outcome {
        case .answered(let values): facts.append(Fact("result", .record(values.map(\.fact))))
        case .failed(let error): facts.append(Fact("error", .text(error.name)))
        case .unanswered: break
        }
        return .record(facts + [Fact("microseconds", .thousandths(nanoseconds))])
    }
}

extension NodePath {
    fileprivate var reversible: String { NameText.reversible(bytes.isEmpty ? [UInt8(ascii: ".")] : bytes) }
}

extension Detail {
    fileprivate var fact: Fact { Fact(name, value.fact) }
}

extension DetailValue {
    fileprivate var fact: FactValue {
        switch self {
        case .number(let number): .number(Int64(bitPattern: number))
        case .signed(let number): .number(number)
        case .octal(let mode): .text(octalText(mode))
        case .hexadecimal(let number): .text(hexadecimalText(number))
        case .flag(let flag): .flag(flag)
        case .word(let word): .text(word)
        case .names(let names): .list(names.map(FactValue.text))
        case .bytes(let bytes): .text(NameText.reversible(bytes))
        }
    }
}

/// The same numbers as the table, for programs: one line, told apart from a request's by its only member.
extension Statistics {
    var record: FactValue {
        .record([
            Fact(
                "statistics",
                .record([
                    Fact("seconds", .thousandths(milliseconds)),
                    Fact("operations", .list((operations + [total]).map(\.record))),
                ]))
        ])
    }
}

extension OperationStatistics {
    fileprivate var record: FactValue {
        .record([
            Fact("operation", .text(operation)), Fact("requests", .number(Int64(requests))),
            Fact("median_microseconds", .thousandths(median)),
            Fact("percentile_99_microseconds", .thousandths(percentile99)),
            Fact("maximum_microseconds", .thousandths(maximum)),
            Fact("errors", .record(errors.map { Fact($0.error.name, .number(Int64($0.count))) })),
        ])
    }
}
