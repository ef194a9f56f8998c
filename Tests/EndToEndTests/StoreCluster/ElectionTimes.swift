/// How long elections took, as a list of them tells it.
struct ElectionTimes: CustomStringConvertible {
    private let milliseconds: [Int]

    init(_ durations: [Duration]) { milliseconds = durations.map { Int($0 / .milliseconds(1)) }.sorted() }

    var longest: Int? { milliseconds.last }

    /// The time that this share of the elections did not exceed; nil if there was none.
    func within(_ share: Double) -> Int? {
        milliseconds.isEmpty ? nil : milliseconds[min(milliseconds.count - 1, Int(Double(milliseconds.count) * share))]
    }

    var description: String {
        let figures = [("least", 0), ("median", 0.5), ("90 %", 0.9), ("most", 1)].map { name, share in
            "\(name) \(within(share).map { "\($0)" } ?? "none")"
        }
        return "elections: \(milliseconds.count), milliseconds: \(figures.joined(separator: ", "))"
    }
}
