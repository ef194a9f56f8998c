import APIMachinery

/// What an update of a pod may change: images, the active deadline, more tolerations; while it is gated, more.
enum PodUpdateRules {
    private static let changeable = [
        "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
        "`spec.tolerations` (only additions to existing tolerations)",
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ]

    static func check(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec") { checker in
            check(&checker, new["spec"] ?? .object, old["spec"] ?? .object)
        }
        return checker.errors
    }

    private static func check(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        for list in ["containers", "initContainers"] {
            if new[list]?.count ?? 0 != old[list]?.count ?? 0 {
                return checker.forbidden(list, "pod updates may not add or remove containers")
            }
            checker.each(list, of: new) { checker, container in
                let image = container["image"]?.string ?? ""
                if image.isEmpty { checker.required("image") }
                if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
                    checker.invalid("image", JSON(image), "must not have leading or trailing whitespace")
                }
            }
        }
        if !checkDeadline(&checker, new["activeDeadlineSeconds"], old["activeDeadlineSeconds"]) { return }
        checkTolerations(&checker, new, old)
        checkGates(&checker, new, old)
        if new == old { return }
        let rest = withChangeableFields(of: old, in: new)
        if rest != old {
            let names = Set(rest.members.map(\.name)).union(old.members.map(\.name))
            let changed = names.filter { rest[$0] != old[$0] }.sorted()
            let lines = changed.map { "-\($0): \((old[$0] ?? .null).text)\n+\($0): \((rest[$0] ?? .null).text)" }
            checker.forbidden(
                "",
                "pod updates may not change fields other than \(changeable.joined(separator: ","))\n"
                    + lines.joined(separator: "\n"))
        }
    }

    /// False if nothing further should be said.
    private static func checkDeadline(_ checker: inout FieldChecker, _ new: JSON?, _ old: JSON?) -> Bool {
        guard let new else {
            if old != nil {
                checker.invalid(
                    "activeDeadlineSeconds", .null, "must not update from a positive integer to nil value")
            }
            return true
        }
        let wrong = Validation.isInRange(new.int ?? -1, 0...Int(Int32.max))
        for sentence in wrong { checker.invalid("activeDeadlineSeconds", new, sentence) }
        if !wrong.isEmpty { return false }
        if let old = old?.int, old < new.int ?? 0 {
            checker.invalid("activeDeadlineSeconds", new, "must be less than or equal to previous value")
            return false
        }
        return true
    }

    private static func checkTolerations(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        func withoutSeconds(_ toleration: JSON) -> JSON {
            JSON(members: toleration.members.filter { $0.name != "tolerationSeconds" })
        }
        let now = (new["tolerations"]?.elements ?? []).map(withoutSeconds)
        let isAnyLost = (old["tolerations"]?.elements ?? []).contains { !now.contains(withoutSeconds($0)) }
        if isAnyLost {
            checker.forbidden("tolerations", "existing toleration can not be modified except its tolerationSeconds")
        }
    }

    private static func checkGates(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        let known = Set((old["schedulingGates"]?.elements ?? []).compactMap { $0["name"]?.string })
        checker.each("schedulingGates", of: new) { checker, gate in
            let name = gate["name"]?.string ?? ""
            if !known.contains(name) {
                checker.forbidden("name", "only deletion is allowed, but found new scheduling gate '\(name)'")
            }
        }
    }

    /// The new spec with what may change as it was before.
    private static func withChangeableFields(of old: JSON, in new: JSON) -> JSON {
        var rest = new
        for list in ["containers", "initContainers"] where rest[list] != nil {
            let images = (old[list]?.elements ?? []).map { $0["image"] }
            rest[list] = JSON(
                zip(rest[list]?.elements ?? [], images).map { container, image in
                    var container = container
                    container["image"] = image
                    return container
                })
        }
        for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] { rest.keep(field, of: old) }
        if old["terminationGracePeriodSeconds"]?.int ?? 0 < 0, rest["terminationGracePeriodSeconds"]?.int == 1 {
            rest.keep("terminationGracePeriodSeconds", of: old)
        }
        if old["schedulingGates"]?.count ?? 0 > 0 { keepNarrowing(&rest, old) }
        return rest
    }

    /// A pod that waits at a scheduling gate may be narrowed to fewer nodes.
    private static func keepNarrowing(_ rest: inout JSON, _ old: JSON) {
        let now = rest["nodeSelector"]?.stringMap ?? [:]
        let isNarrower = (old["nodeSelector"]?.stringMap ?? [:]).allSatisfy { now[$0.key] == $0.value }
        if isNarrower { rest.keep("nodeSelector", of: old) }
        if old["affinity", "nodeAffinity"] == nil {
            rest.update("affinity") { $0["nodeAffinity"] = Optional.none }
            if old["affinity"] == nil, rest["affinity"]?.isEmpty == true { rest["affinity"] = Optional.none }
        }
    }
}
