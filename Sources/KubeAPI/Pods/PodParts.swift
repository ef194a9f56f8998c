import APIMachinery

/// What of a running pod is changed by paths below it: its ephemeral containers, which are only added, and what its containers
/// ask for.
enum PodParts {
    static let all: [SubresourceName: Resource.Part] = [
        .ephemeralContainers: Resource.Part(prepare: prepareEphemeralContainers, validate: checkEphemeralContainers),
        .resize: Resource.Part(prepare: prepareResize, validate: checkResize),
    ]

    private static let mirror = "kubernetes.io/config.mirror"

    private static func keepMetadata(_ new: inout JSON, _ old: JSON) {
        new.keep("status", of: old)
        Strategy.statusAlone(&new, old)
    }

    private static func count(_ new: inout JSON, _ old: JSON) {
        Strategy.setGeneration(&new, old, isChanged: new["spec"] != old["spec"])
    }

    // MARK: Ephemeral containers

    private static func prepareEphemeralContainers(_ new: inout JSON, _ old: JSON) {
        let containers = new["spec", "ephemeralContainers"]
        keepMetadata(&new, old)
        new.update("spec") { $0["ephemeralContainers"] = containers }
        count(&new, old)
    }

    private static func checkEphemeralContainers(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        if old["metadata", "annotations"]?[mirror] != nil {
            checker.forbidden("", "static pods do not support ephemeral containers")
            return checker.errors
        }
        checker.inside("spec", new["spec"] ?? .object) { checker, spec in
            Pods.checkSpec(&checker, spec)
            let containers = spec["ephemeralContainers"]?.elements ?? []
            for before in old["spec", "ephemeralContainers"]?.elements ?? [] {
                let name = (before["name"] ?? "").text
                guard let now = containers.first(where: { $0["name"] == before["name"] }) else {
                    checker.forbidden(
                        "ephemeralContainers", "existing ephemeral containers \(name) may not be removed\n")
                    continue
                }
                if now != before {
                    checker.forbidden(
                        "ephemeralContainers",
                        "existing ephemeral containers \(name) may not be changed\n-\(before.text)\n+\(now.text)")
                }
            }
        }
        return checker.errors
    }

    // MARK: Resize

    private static let lists = ["containers", "initContainers"]

    /// Of an update what containers ask for, and how they take a change of it; what is no resize at all is left for the rules to
    /// refuse.
    private static func prepareResize(_ new: inout JSON, _ old: JSON) {
        func names(_ pod: JSON, _ list: String) -> [String] {
            (pod["spec", list]?.elements ?? []).map { $0["name"]?.string ?? "" }
        }
        guard lists.allSatisfy({ names(new, $0).count == names(old, $0).count }) else { return }
        let asked = new["spec"] ?? .object
        var spec = old["spec"] ?? .object
        spec["resources"] = asked["resources"]
        for list in lists where spec[list] != nil {
            guard names(new, list) == names(old, list) else {
                spec[list] = asked[list]
                continue
            }
            let wanted = asked[list]?.elements ?? []
            spec[list] = JSON(
                (spec[list]?.elements ?? []).enumerated().map { index, container in
                    var container = container
                    container["resources"] = wanted[index]["resources"]
                    container["resizePolicy"] = wanted[index]["resizePolicy"]
                    return container
                })
        }
        keepMetadata(&new, old)
        new["spec"] = spec
        count(&new, old)
    }

    private static func checkResize(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        if old["metadata", "annotations"]?[mirror] != nil {
            checker.forbidden("", "static pods cannot be resized")
            return checker.errors
        }
        if old["spec", "os", "name"]?.string == "windows" {
            checker.forbidden("", "windows pods cannot be resized")
            return checker.errors
        }
        let (spec, before) = (new["spec"] ?? .object, old["spec"] ?? .object)
        checker.inside("spec", spec, Pods.checkSpec)
        if QualityOfService.name(spec) != QualityOfService.name(before) {
            checker.invalid(
                "spec", new["status", "qosClass"] ?? "", "Pod QOS Class may not change as a result of resizing")
        }
        let running = (old["status", "containerStatuses"]?.elements ?? []).first { $0["state", "running"] != nil }
        if let running, running["resources"] == nil {
            checker.forbidden("spec", "Pod running on node without support for resize")
        }
        checker.inside("spec") { checkContainers(&$0, spec, before) }
        return checker.errors
    }

    private static func checkContainers(_ checker: inout FieldChecker, _ spec: JSON, _ before: JSON) {
        for (list, what) in [("containers", "containers"), ("initContainers", "initContainers")] {
            let (now, then) = (spec[list]?.elements ?? [], before[list]?.elements ?? [])
            if now.count != then.count {
                return checker.forbidden(list, "\(what) may not be added or removed on resize")
            }
            for index in now.indices where now[index]["name"] != then[index]["name"] {
                return checker.forbidden("\(list)[\(index)].name", "\(what) may not be renamed or reordered on resize")
            }
        }
        checkRemoved(&checker, "resources", spec["resources"], before["resources"])
        for list in lists {
            let (now, then) = (spec[list]?.elements ?? [], before[list]?.elements ?? [])
            for index in now.indices {
                let place = "\(list)[\(index)]"
                let restarts = (now[index]["resizePolicy"]?.elements ?? []).contains {
                    $0["restartPolicy"]?.string == "RestartContainer"
                }
                if list == "initContainers", restarts, now[index] != then[index], !PodLifecycle.isSidecar(then[index]) {
                    checker.forbidden(
                        place,
                        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized")
                }
                checkRemoved(&checker, "\(place).resources", now[index]["resources"], then[index]["resources"])
                if rest(now[index]) != rest(then[index]) {
                    checker.forbidden(
                        list == "containers" ? "" : place,
                        list == "containers"
                            ? "only cpu and memory resources are mutable"
                            : "only cpu and memory resources for init or sidecar containers are mutable")
                }
            }
        }
    }

    /// What is asked for may change and not go.
    private static func checkRemoved(_ checker: inout FieldChecker, _ place: String, _ now: JSON?, _ then: JSON?) {
        for kind in ["requests", "limits"] {
            let names = Set(now?[kind]?.members.map(\.name) ?? [])
            if !(then?[kind]?.members ?? []).allSatisfy({ names.contains($0.name) }) {
                checker.forbidden("\(place).\(kind)", "resource \(kind) cannot be removed")
            }
        }
    }

    /// A container without what a resize may change.
    private static func rest(_ container: JSON) -> JSON {
        var rest = container
        rest.update("resources") { resources in
            for kind in ["requests", "limits"] {
                resources.update(kind) { amounts in
                    for name in ["cpu", "memory"] { amounts[name] = nil }
                }
                if resources[kind]?.isEmpty == true { resources[kind] = nil }
            }
        }
        return rest
    }
}
