import APIMachinery
import Basics
import KubeAPI

/// A column that a definition describes by JSONPath.
enum CustomColumn {
    static func column(_ column: JSON) -> Resource.Column? {
        let text = column["jsonPath"]?.string ?? ""
        guard let path = JSONPath(text) else { return nil }
        let type = column["type"]?.string ?? ""
        let help = column["description"]?.string ?? ""
        return Resource.Column(
            column["name"]?.string ?? "", type, format: column["format"]?.string ?? "",
            priority: column["priority"]?.int ?? 0,
            help: help.isEmpty ? "Custom resource definition column (in JSONPath format): \(text)" : help
        ) { object, now in
            path.first(in: object).map { cell($0, type, now) } ?? .null
        }
    }

    /// What a cell of this type shows of a value; null where it is of another type.
    private static func cell(_ value: JSON, _ type: String, _ now: Instant) -> JSON {
        switch type {
        case "string": value.isNull ? .null : JSON(value.string ?? value.text)
        case "integer":
            value.int.map { JSON($0) } ?? value.double.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map {
                JSON($0)
            } ?? .null
        case "number": value.double == nil ? .null : value
        case "boolean": value.bool == nil ? .null : value
        // As an age.
        case "date":
            Instant(value).map { JSON(HumanDuration.text(seconds: Int((now - $0).components.seconds))) }
                ?? (value.string == nil ? .null : "<unknown>")
        default: .null
        }
    }
}
