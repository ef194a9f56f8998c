import APIMachinery

/// A toleration made ready for matching (core/v1 Toleration).
public struct PodToleration: Sendable {
    public var key: String
    public var matchesAnyValue: Bool
    public var value: String
    /// Empty is any.
    public var effect: String
    /// How long a NoExecute taint is tolerated; nil is for ever.
    public var seconds: Int?

    public init(_ json: JSON) {
        key = json["key"]?.string ?? ""
        matchesAnyValue = json["operator"]?.string == "Exists"
        value = json["value"]?.string ?? ""
        effect = json["effect"]?.string ?? ""
        seconds = json["tolerationSeconds"]?.int
    }

    /// No key with Exists tolerates everything; no effect means any.
    public func tolerates(key taintKey: String, value taintValue: String, effect taintEffect: String) -> Bool {
        (effect.isEmpty || effect == taintEffect) && (key.isEmpty ? matchesAnyValue : key == taintKey)
            && (matchesAnyValue || value == taintValue)
    }
    /// The same of a core/v1 Taint.
    public func tolerates(_ taint: JSON) -> Bool {
        tolerates(
            key: taint["key"]?.string ?? "", value: taint["value"]?.string ?? "",
            effect: taint["effect"]?.string ?? "")
    }
}
