/// What happened, in order: always as a fingerprint, and on request as lines for people.
public struct Trace: Sendable {
    public let keepsLines: Bool
    public private(set) var lines: [String] = []
    public private(set) var fingerprint = Fingerprint()

    public init(keepsLines: Bool) { self.keepsLines = keepsLines }

    mutating func note(_ words: UInt64...) { for word in words { fingerprint.add(word) } }

    mutating func line(at time: UInt64, _ text: @autoclosure () -> String) {
        guard keepsLines else { return }
        let milliseconds = "\(time / 1_000).\(String(1_000 + time % 1_000).dropFirst())"
        lines.append(String(repeating: " ", count: max(0, 9 - milliseconds.count)) + milliseconds + "  " + text())
    }
}
