import Basics

/// RFC 3339 text in the form Kubernetes stores: UTC, whole seconds or exactly six digits.
enum TimeText {
    static func canonical(_ text: String, microseconds: Bool) -> String? {
        guard let time = Instant(rfc3339: text) else { return nil }
        return microseconds ? time.rfc3339Micro : time.rfc3339
    }
}

/// The form of a quantity in JSON: as written if Kubernetes keeps it so, else canonical; nil if this is no quantity.
enum QuantityText {
    static func canonical(_ text: String) -> String? { try? Quantity(text).text }
}
