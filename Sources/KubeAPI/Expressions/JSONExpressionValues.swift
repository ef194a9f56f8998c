import APIMachinery
import CEL

extension Value {
    /// JSON as expressions see it; members of objects are looked at when they are asked for.
    public init(_ json: JSON) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .bool(json.bool ?? false)
        case .string: self = .string(json.string ?? "")
        case .array: self = .list(json.elements.map { Value($0) })
        case .object: self = .map(JSONMap(json: json))
        case .number:
            if let whole = json.number.flatMap({ Int64($0) }) {
                self = .int(whole)
            } else {
                self = .double(json.double ?? .nan)
            }
        }
    }
}

private struct JSONMap: MapSource {
    let json: JSON
    var keys: [Value] { json.members.map { .string($0.name) } }
    var count: Int { json.count }
    func value(_ key: Value) -> Value? { key.string.flatMap { json[$0] }.map { Value($0) } }
}
