/// What is asked for, by Kubernetes' word.
public enum Verb: Hashable, Sendable {
    case get, list, watch, create, update, patch, delete, deleteCollection
    /// Any other word: a method of HTTP outside of the API's resources (`head`, `post`), or what is granted beside the
    /// calls of the API (`use`, `bind`, `*`). Made by `init(rawValue:)` alone, so that each verb has one form.
    case other(String)

    public var isRead: Bool {
        switch self {
        case .get, .list, .watch: true
        default: false
        }
    }
}

extension Verb: RawRepresentable, CustomStringConvertible {
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "get": .get
            case "list": .list
            case "watch": .watch
            case "create": .create
            case "update": .update
            case "patch": .patch
            case "delete": .delete
            case "deletecollection": .deleteCollection
            default: .other(rawValue)
            }
    }
    /// The word as it is sent.
    public var rawValue: String {
        switch self {
        case .get: "get"
        case .list: "list"
        case .watch: "watch"
        case .create: "create"
        case .update: "update"
        case .patch: "patch"
        case .delete: "delete"
        case .deleteCollection: "deletecollection"
        case .other(let word): word
        }
    }
    public var description: String { rawValue }
}
