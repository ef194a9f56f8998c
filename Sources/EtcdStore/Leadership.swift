/// Who leads, as one member sees it.
public struct Leadership: Sendable, Equatable {
    public var term: UInt64 = 0
    /// The leader's number; nil while nobody is known to lead.
    public var leader: UInt64?
    /// Whether the member that says this leads, and has applied everything that was committed before. What it
    /// proposes with this `term` is refused once another leads.
    public var isLeading = false
}
