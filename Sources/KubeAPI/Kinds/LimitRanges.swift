import APIMachinery

/// Everything known of LimitRanges.
enum LimitRanges {
    static let resource = Resource(
        "v1", "LimitRange", plural: "limitranges", shortNames: ["limits"], columns: [.name, .createdAt],
        setDefaults: setDefaults, validate: validate, validateUpdate: { new, _ in validate(new) },
        validateName: Validation.isDNS1123Subdomain)

    /// A container's default limit is the maximum, its default request the default limit, else the minimum.
    private static func setDefaults(_ range: inout JSON) {
        range.update("spec") { spec in
            spec.updateEach("limits") { item in
                guard item["type"]?.string == "Container" else { return }
                var limits: JSON = item["default"] ?? .object
                for member in item["max"]?.members ?? [] { limits.setDefault(member.name, member.value) }
                var requests: JSON = item["defaultRequest"] ?? .object
                for member in limits.members + (item["min"]?.members ?? []) {
                    requests.setDefault(member.name, member.value)
                }
                if !limits.isEmpty { item["default"] = limits }
                if !requests.isEmpty { item["defaultRequest"] = requests }
            }
        }
    }

    private static let types = ["Pod", "Container", "PersistentVolumeClaim"]

    private static func validate(_ range: JSON) -> [FieldError] {
        var checker = FieldChecker()
        var seen: Set<String> = []
        checker.inside("spec", range["spec"] ?? .object) { checker, spec in
            checker.each("limits", of: spec) { checker, item in
                let type = item["type"]?.string ?? ""
                let wrong = Validation.isQualifiedName(type)
                for sentence in wrong { checker.invalid("type", JSON(type), sentence) }
                if wrong.isEmpty, !type.contains("/"), !types.contains(type) {
                    checker.invalid("type", JSON(type), "must be a standard limit type or fully qualified")
                }
                if !seen.insert(type).inserted { checker.duplicate("type", JSON(type)) }
                checkItem(&checker, item, type)
            }
        }
        return checker.errors
    }

    private static func checkItem(_ checker: inout FieldChecker, _ item: JSON, _ type: String) {
        let isContainers = type == "Pod" || type == "Container"
        var lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]
        if type == "Pod" {
            for field in ["default", "defaultRequest"] where item[field]?.isEmpty == false {
                checker.forbidden(field, "may not be specified when `type` is 'Pod'")
            }
            lists = ["max", "min", "maxLimitRequestRatio"]
        }
        var names: [String] = []
        for list in lists {
            for member in item[list]?.members ?? [] {
                checker.inside("\(list)[\(member.name)]") { checker in
                    if isContainers {
                        QuantityRules.checkContainerResourceName(&checker, member.name)
                    } else {
                        QuantityRules.checkResourceName(&checker, member.name)
                    }
                }
                if !names.contains(member.name) { names.append(member.name) }
            }
        }
        if type == "PersistentVolumeClaim", item["min", "storage"] == nil, item["max", "storage"] == nil {
            checker.required("limits", "either minimum or maximum storage value is required, but neither was provided")
        }
        for name in names { checkAmounts(&checker, item, name) }
    }

    private static func checkAmounts(_ checker: inout FieldChecker, _ item: JSON, _ name: String) {
        func amount(_ list: String) -> Quantity? { item[list, name].map { QuantityRules.quantity($0) } }
        let (least, most) = (amount("min"), amount("max"))
        let (limit, request) = (amount("default"), amount("defaultRequest"))
        // Of the default limit Kubernetes shows what it is measured by.
        func check(
            _ field: String, _ low: Quantity?, _ high: Quantity?, _ lowWord: String, _ highWord: String,
            shown: String? = nil
        ) {
            guard let low, let high, low > high else { return }
            checker.invalid(
                "\(field)[\(name)]",
                JSON((item[shown ?? field, name].map { QuantityRules.quantity($0) } ?? .zero).text),
                "\(lowWord) value \(low.text) is greater than \(highWord) value \(high.text)")
        }
        check("min", least, most, "min", "max")
        check("defaultRequest", least, request, "min", "default request")
        check("defaultRequest", request, most, "default request", "max")
        check("defaultRequest", request, limit, "default request", "default limit")
        check("default", least, limit, "min", "default", shown: "min")
        check("default", limit, most, "default", "max", shown: "max")
        if let ratio = amount("maxLimitRequestRatio") {
            let field = "maxLimitRequestRatio[\(name)]"
            if ratio < QuantityRules.quantity(1) {
                checker.invalid(field, item["maxLimitRequestRatio", name], "ratio \(ratio.text) is less than 1")
            }
            let greatestRatio = least.flatMap { least in
                most.map { Double($0.milliValue) / Double(least.milliValue) }
            }
            if let greatestRatio, greatestRatio.isFinite, Double(ratio.milliValue) / 1000 > greatestRatio {
                let greatest = Decimals.sixPlaces(greatestRatio)
                checker.invalid(
                    field, item["maxLimitRequestRatio", name],
                    "ratio \(ratio.text) is greater than max/min = \(greatest)")
            }
        }
        if !QuantityRules.mayBeOvercommitted(name), let limit, let request, limit != request {
            checker.invalid(
                "defaultRequest[\(name)]", item["defaultRequest", name],
                "default value \(limit.text) must equal to defaultRequest value \(request.text) in \(name)")
        }
    }

    /// A number as Go's `%f` has it.
    private enum Decimals {
        static func sixPlaces(_ value: Double) -> String {
            let millionths = Int((value * 1_000_000).rounded())
            return "\(millionths / 1_000_000)." + String("\(1_000_000 + millionths % 1_000_000)".dropFirst())
        }
    }
}
