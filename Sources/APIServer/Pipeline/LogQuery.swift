import APIMachinery
import Basics

/// Reads `GET …/log`'s query (v1 PodLogOptions).
enum LogQuery {
    static func options(_ query: Query, _ pod: JSON, name: String) throws -> LogOptions {
        var options = LogOptions(container: try container(query.text("container"), pod, name))
        options.follow = query.flag("follow")
        options.previous = query.flag("previous")
        options.timestamps = query.flag("timestamps")
        options.sinceSeconds = try query.number("sinceSeconds")
        options.tailLines = try query.number("tailLines")
        options.limitBytes = try query.number("limitBytes")
        if let time = query["sinceTime"], !time.isEmpty {
            guard Instant(rfc3339: time) != nil else {
                throw StatusError.badRequest("sinceTime: \"\(time)\" is not a time as RFC 3339 writes it")
            }
            options.sinceTime = time
        }
        try check(options, name)
        return options
    }

    private static func check(_ options: LogOptions, _ name: String) throws {
        var errors: [FieldError] = []
        if options.sinceSeconds != nil, options.sinceTime != nil {
            errors.append(
                .init(.forbidden, "", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"))
        }
        if let lines = options.tailLines, lines < 0 {
            errors.append(
                .init(.invalid, "tailLines", "Invalid value: \(lines): must be greater than or equal to 0"))
        }
        if let bytes = options.limitBytes, bytes < 1 {
            errors.append(.init(.invalid, "limitBytes", "Invalid value: \(bytes): must be greater than 0"))
        }
        if let seconds = options.sinceSeconds, seconds < 1 {
            errors.append(.init(.invalid, "sinceSeconds", "Invalid value: \(seconds): must be greater than 0"))
        }
        if !errors.isEmpty {
            throw StatusError.invalid(GroupVersionKind(group: "", version: "v1", kind: "PodLogOptions"), name, errors)
        }
    }

    private static func container(_ asked: String, _ pod: JSON, _ name: String) throws -> String {
        let spec: JSON = pod["spec"] ?? .object
        func names(_ field: String) -> [String] { spec[field]?.elements.compactMap { $0["name"]?.string } ?? [] }
        let main = names("containers")
        let all = main + names("initContainers") + names("ephemeralContainers")
        if !asked.isEmpty {
            guard all.contains(asked) else {
                throw StatusError.badRequest("container \(asked) is not valid for pod \(name)")
            }
            return asked
        }
        if main.count == 1, let only = main.first { return only }
        let annotation = "kubectl.kubernetes.io/default-container"
        if let marked = pod["metadata", "annotations", annotation]?.string, all.contains(marked) { return marked }
        let initial = names("initContainers")
        let others = initial.isEmpty ? "" : " or one of the init containers: [\(initial.joined(separator: " "))]"
        throw StatusError.badRequest(
            "a container name must be specified for pod \(name), choose one of: [\(main.joined(separator: " "))]\(others)"
        )
    }
}
