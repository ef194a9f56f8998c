/// A path below an object, by its name in the API.
public enum SubresourceName: Hashable, Sendable {
    case approval, attach, binding, ephemeralContainers, eviction, exec, finalize, log, portForward, proxy, resize,
        scale, status,
        token
    /// One that no built-in kind has. Made by `init(rawValue:)` alone, so that each name has one form.
    case other(String)

    /// Whether it joins the client with something else, and is not about an object.
    public var isConnection: Bool {
        switch self {
        case .attach, .exec, .portForward, .proxy: true
        default: false
        }
    }
}

extension SubresourceName: RawRepresentable, CustomStringConvertible {
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "approval": .approval
            case "attach": .attach
            case "binding": .binding
            case "ephemeralcontainers": .ephemeralContainers
            case "eviction": .eviction
            case "exec": .exec
            case "finalize": .finalize
            case "log": .log
            case "portforward": .portForward
            case "proxy": .proxy
            case "resize": .resize
            case "scale": .scale
            case "status": .status
            case "token": .token
            default: .other(rawValue)
            }
    }
    /// The name as it is in paths.
    public var rawValue: String {
        switch self {
        case .approval: "approval"
        case .attach: "attach"
        case .binding: "binding"
        case .ephemeralContainers: "ephemeralcontainers"
        case .eviction: "eviction"
        case .exec: "exec"
        case .finalize: "finalize"
        case .log: "log"
        case .portForward: "portforward"
        case .proxy: "proxy"
        case .resize: "resize"
        case .scale: "scale"
        case .status: "status"
        case .token: "token"
        case .other(let name): name
        }
    }
    public var description: String { rawValue }
}
