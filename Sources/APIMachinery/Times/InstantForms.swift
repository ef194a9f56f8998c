import Basics

extension Instant {
    /// A string of RFC 3339; nil for anything else.
    public init?(_ json: JSON?) {
        guard let text = json?.string else { return nil }
        self.init(rfc3339: text)
    }
    /// As metav1.Time, to the second.
    public var json: JSON { JSON(rfc3339) }
}
