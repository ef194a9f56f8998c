import APIMachinery

/// What may stand in a claim for devices, whichever kind it is in.
enum DeviceClaimRules {
    static let mostRequests = 32
    static let mostConstraints = 32
    static let mostConfigurations = 32
    private static let mostSelectors = 32
    private static let mostAlternatives = 8
    private static let longestExpression = 10 << 10
    private static let longestParameters = 10 << 10

    static func check(_ checker: inout FieldChecker, _ devices: JSON) {
        let names = RequestNames(devices)
        checkSet(&checker, "requests", devices, most: mostRequests, { $0["name"]?.string ?? "" }, of: "name") {
            checkRequest(&$0, $1)
        }
        checkList(&checker, "constraints", devices, most: mostConstraints) { checker, constraint in
            names.check(&checker, constraint)
            if let attribute = constraint["matchAttribute"] {
                checkQualifiedAttribute(&checker, "matchAttribute", attribute)
            } else if let attribute = constraint["distinctAttribute"] {
                checkQualifiedAttribute(&checker, "distinctAttribute", attribute)
            } else {
                checker.required(
                    "",
                    "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set"
                )
            }
        }
        checkList(&checker, "config", devices, most: mostConfigurations) { checker, configuration in
            names.check(&checker, configuration)
            checkConfiguration(&checker, configuration)
        }
    }

    // MARK: Requests

    private static func checkRequest(_ checker: inout FieldChecker, _ request: JSON) {
        let sentence = "exactly one of `exactly` or `firstAvailable` is required"
        checker.check("name", request["name"]?.string ?? "", Validation.isDNS1123Label)
        let hasAlternatives = request["firstAvailable"]?.isEmpty == false
        switch (request["exactly"], hasAlternatives) {
        case (nil, false): checker.required("", sentence)
        case (.some, true): checker.invalid("", .null, "\(sentence), but multiple fields are set")
        case (let exactly?, false): checker.inside("exactly", exactly) { checkAsked(&$0, $1) }
        case (nil, true):
            checkSet(
                &checker, "firstAvailable", request, most: mostAlternatives, { $0["name"]?.string ?? "" }, of: "name"
            ) { checker, alternative in
                checker.check("name", alternative["name"]?.string ?? "", Validation.isDNS1123Label)
                checkAsked(&checker, alternative)
            }
        }
    }

    private static func checkAsked(_ checker: inout FieldChecker, _ asked: JSON) {
        checker.requireText("deviceClassName", of: asked, Validation.isDNS1123Subdomain)
        checkSelectors(&checker, asked)
        let count = asked["count"]?.int ?? 0
        switch asked["allocationMode"]?.string ?? "" {
        case "All":
            if count != 0 {
                checker.invalid("count", JSON(count), "must not be specified when allocationMode is 'All'")
            }
        case "ExactCount": if count <= 0 { checker.invalid("count", JSON(count), "must be greater than zero") }
        default: checker.notSupported("allocationMode", asked["allocationMode"] ?? "", ["All", "ExactCount"])
        }
        checker.each("tolerations", of: asked) { checkToleration(&$0, $1) }
    }

    static func checkSelectors(_ checker: inout FieldChecker, _ holder: JSON) {
        checkList(&checker, "selectors", holder, most: mostSelectors) { checker, selector in
            guard let expression = selector["cel"] else { return checker.required("cel") }
            let text = expression["expression"]?.string ?? ""
            if text.utf8.count > longestExpression { return checker.tooLong("cel.expression", longestExpression) }
            do throws(DeviceExpressionError) { _ = try DeviceExpression(text) } catch {
                checker.invalid("cel.expression", JSON(text), error.description)
            }
        }
    }

    static let taintEffects = ["NoExecute", "NoSchedule", "None"]

    private static func checkToleration(_ checker: inout FieldChecker, _ toleration: JSON) {
        checker.check("key", of: toleration, Validation.isQualifiedName)
        switch toleration["operator"]?.string ?? "" {
        case "Exists":
            if !toleration.lacks("value") {
                checker.invalid("value", toleration["value"], "must be empty for operator `Exists`")
            }
        case "Equal": checker.check("value", of: toleration, Validation.isLabelValue)
        case "": checker.required("operator")
        default: checker.notSupported("operator", toleration["operator"], ["Equal", "Exists"])
        }
        checker.oneOf("effect", of: toleration, taintEffects, mayBeAbsent: true)
    }

    // MARK: Shared

    static func checkConfiguration(_ checker: inout FieldChecker, _ configuration: JSON) {
        guard let opaque = configuration["opaque"] else { return checker.required("opaque") }
        checker.inside("opaque", opaque) { checker, opaque in
            DriverRules.checkName(&checker, "driver", opaque["driver"])
            checkRaw(&checker, "parameters", opaque["parameters"], longest: longestParameters)
        }
    }

    /// A member that is any JSON object.
    static func checkRaw(_ checker: inout FieldChecker, _ field: String, _ value: JSON?, longest: Int) {
        guard let value, !value.isNull else { return checker.required(field) }
        if value.bytes.count > longest { return checker.tooLong(field, longest) }
        if !value.isObject { checker.invalid(field, "<value omitted>", "must be a valid JSON object") }
    }

    private static func checkQualifiedAttribute(_ checker: inout FieldChecker, _ field: String, _ name: JSON) {
        let text = name.string ?? ""
        checkAttributeName(&checker, field, text)
        if !text.contains("/") {
            checker.invalid(
                field, name, "a fully qualified name must be a domain and a name separated by a slash")
        }
    }

    private static let longestIdentifier = 32

    /// The name of an attribute or a capacity: a C identifier, in a domain or in its driver's.
    static func checkAttributeName(_ checker: inout FieldChecker, _ field: String, _ name: String) {
        func identifier(_ text: String) {
            if text.utf8.count > longestIdentifier { checker.tooLong(field, longestIdentifier) }
            checker.check(field, text, Validation.isCIdentifier)
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            if parts.count == 1 { identifier(name) }
            return
        }
        if parts[0].isEmpty {
            checker.invalid(field, "", "the domain must not be empty")
        } else {
            DriverRules.checkName(&checker, field, JSON(parts[0]))
        }
        if parts[1].isEmpty { checker.invalid(field, "", "the name must not be empty") } else { identifier(parts[1]) }
    }

    /// A list of bounded length.
    static func checkList(
        _ checker: inout FieldChecker, _ field: String, _ holder: JSON, most: Int,
        _ check: (inout FieldChecker, JSON) -> Void
    ) {
        let count = holder[field]?.count ?? 0
        if count > most { return checker.tooMany(field, count, most) }
        checker.each(field, of: holder, check)
    }

    /// A list of bounded length, each element once by its key.
    static func checkSet(
        _ checker: inout FieldChecker, _ field: String, _ holder: JSON, most: Int, _ key: (JSON) -> String,
        of member: String = "", _ check: (inout FieldChecker, JSON) -> Void
    ) {
        var seen: Set<String> = []
        checkList(&checker, field, holder, most: most) { checker, element in
            check(&checker, element)
            let name = key(element)
            if !seen.insert(name).inserted { checker.duplicate("", JSON(name)) }
        }
    }
}

/// The names by which a claim's requests are referred to: "request", or "request/alternative".
struct RequestNames {
    private let alternatives: [String: Set<String>]

    init(_ devices: JSON) {
        var names: [String: Set<String>] = [:]
        for request in devices["requests"]?.elements ?? [] {
            names[request["name"]?.string ?? ""] = Set(
                (request["firstAvailable"]?.elements ?? []).compactMap { $0["name"]?.string })
        }
        alternatives = names
    }

    /// Checks `requests` of a constraint or a configuration.
    func check(_ checker: inout FieldChecker, _ holder: JSON) {
        DeviceClaimRules.checkSet(
            &checker, "requests", holder, most: DeviceClaimRules.mostRequests, { $0.string ?? "" }
        ) { check(&$0, "", $1.string ?? "") }
    }

    func check(_ checker: inout FieldChecker, _ field: String, _ name: String) {
        let sentence =
            "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 2 { return checker.invalid(field, JSON(name), sentence) }
        for part in parts { checker.check(field, part, Validation.isDNS1123Label) }
        let known = alternatives[parts[0]]
        if known == nil || parts.count == 2 && known?.contains(parts[1]) == false {
            checker.invalid(field, JSON(name), sentence)
        }
    }
}
