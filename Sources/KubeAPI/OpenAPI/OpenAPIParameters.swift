import APIMachinery

/// The query parameters of the API, which are the same for all resources.
enum OpenAPIParameters {
    typealias Parameter = (name: String, type: String)

    static let pretty: [Parameter] = [("pretty", "string")]
    static let writing: [Parameter] = [
        ("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"),
    ]
    static let patching: [Parameter] = writing + [("force", "boolean")]
    static let listing: [Parameter] = [
        ("allowWatchBookmarks", "boolean"), ("continue", "string"), ("fieldSelector", "string"),
        ("labelSelector", "string"), ("limit", "integer"), ("resourceVersion", "string"),
        ("resourceVersionMatch", "string"), ("sendInitialEvents", "boolean"), ("timeoutSeconds", "integer"),
        ("watch", "boolean"),
    ]
    static let deleting: [Parameter] = [
        ("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("orphanDependents", "boolean"),
        ("propagationPolicy", "string"),
    ]

    static func query(_ parameters: [Parameter], _ dialect: OpenAPIWriter.Dialect) -> [JSON] {
        parameters.map { parameter($0, "query", dialect) }
    }
    static func path(_ names: [String], _ dialect: OpenAPIWriter.Dialect) -> [JSON] {
        names.map { name in
            var parameter = parameter((name, "string"), "path", dialect)
            parameter["required"] = true
            return parameter
        }
    }

    private static func parameter(_ parameter: Parameter, _ place: String, _ dialect: OpenAPIWriter.Dialect) -> JSON {
        var json: JSON = ["name": JSON(parameter.name), "in": JSON(place)]
        let type: JSON = ["type": JSON(parameter.type), "uniqueItems": true]
        if dialect == .v3 {
            json["schema"] = type
        } else {
            for member in type.members { json[member.name] = member.value }
        }
        return json
    }
}
