import Foundation

/// Tells on standard error what a start does and how long it took, a line each; what a later start finds done already it
/// does not tell.
struct Progress: Sendable {
    private let began: ContinuousClock.Instant

    /// Steps that begin now.
    init(since began: ContinuousClock.Instant = .now) { self.began = began }

    /// "Keys and certificates made in DIR/pki (12 ms)"
    func done(_ what: String) { say("\(what) (\(elapsed))") }

    /// The time since the start, such as "66 ms".
    var elapsed: String { Self.text(ContinuousClock.now - began) }

    func say(_ line: String) {
        // Nobody may be listening any more; that is not a reason to end.
        try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
    }

    static func text(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
    }
}
