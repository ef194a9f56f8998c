import APIMachinery

/// What may stand in a container, whichever list of the pod it is in.
struct ContainerRules {
    /// The pod's volumes by name, those that are sound.
    let volumes: [String: JSON]
    /// The names of the pod's resource claims.
    let claimNames: Set<String>
    /// The pod's spec.
    let spec: JSON

    /// What all three lists ask of a container.
    func check(_ checker: inout FieldChecker, _ container: JSON) {
        checker.requireText("name", of: container, Validation.isDNS1123Label)
        if container.lacks("image") { checker.required("image") }
        checker.oneOf("terminationMessagePolicy", of: container, ["File", "FallbackToLogsOnError"])
        checkPorts(&checker, container)
        EnvironmentRules.check(&checker, container)
        checkMounts(&checker, container)
        checkDevices(&checker, container)
        checker.oneOf("imagePullPolicy", of: container, ["Always", "IfNotPresent", "Never"])
        checker.inside("resources", container["resources"]) { checker, resources in
            QuantityRules.checkContainer(&checker, resources, claimNames: claimNames)
        }
        checkResizePolicy(&checker, container)
        checker.inside("securityContext", container["securityContext"]) { checker, context in
            SecurityRules.checkContainer(&checker, context, usesHostUsers: spec["hostUsers"]?.bool ?? true)
        }
    }

    static let protocols = ["SCTP", "TCP", "UDP"]

    private func checkPorts(_ checker: inout FieldChecker, _ container: JSON) {
        var names: Set<String> = []
        checker.each("ports", of: container) { checker, port in
            if let name = port["name"]?.string, !name.isEmpty {
                let wrong = Validation.isPortName(name)
                for sentence in wrong { checker.invalid("name", JSON(name), sentence) }
                if wrong.isEmpty, !names.insert(name).inserted { checker.duplicate("name", JSON(name)) }
            }
            if port["containerPort"]?.int ?? 0 == 0 {
                checker.required("containerPort")
            } else {
                checker.portNumber("containerPort", port["containerPort"])
            }
            if let hostPort = port["hostPort"], hostPort.int != 0 { checker.portNumber("hostPort", hostPort) }
            checker.oneOf("protocol", of: port, Self.protocols)
        }
    }

    private func checkMounts(_ checker: inout FieldChecker, _ container: JSON) {
        let devices = (container["volumeDevices"]?.elements ?? [])
        var paths: Set<String> = []
        for (index, mount) in (container["volumeMounts"]?.elements ?? []).enumerated() {
            checker.inside("volumeMounts") { checker in
                checker.inside("[\(index)]") { checkMount(&$0, mount, devices, &paths) }
                checkSubPaths(&checker, mount, index)
                checkPropagation(&checker, mount, container)
            }
        }
    }

    private func checkMount(
        _ checker: inout FieldChecker, _ mount: JSON, _ devices: [JSON], _ paths: inout Set<String>
    ) {
        let name = mount["name"]?.string ?? ""
        let path = mount["mountPath"]?.string ?? ""
        if name.isEmpty { checker.required("name") }
        if volumes[name] == nil { checker.notFound("name", JSON(name)) }
        if path.isEmpty { checker.required("mountPath") }
        if !paths.insert(path).inserted { checker.invalid("mountPath", JSON(path), "must be unique") }
        if devices.contains(where: { $0["name"]?.string == name }) {
            checker.invalid("name", JSON(name), "must not already exist in volumeDevices")
        }
        if devices.contains(where: { $0["devicePath"]?.string == path }) {
            checker.invalid("mountPath", JSON(path), "must not already exist as a path in volumeDevices")
        }
    }

    /// What Kubernetes tells of a mount without saying which one it is, but for one sentence.
    private func checkSubPaths(_ checker: inout FieldChecker, _ mount: JSON, _ index: Int) {
        checker.check("subPath", of: mount, PathRules.descending)
        guard !mount.lacks("subPathExpr") else { return }
        if !mount.lacks("subPath") {
            checker.invalid(
                "[\(index)].subPathExpr", mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive")
        }
        checker.check("subPathExpr", of: mount, PathRules.descending)
    }

    private func checkPropagation(_ checker: inout FieldChecker, _ mount: JSON, _ container: JSON) {
        checker.oneOf(
            "mountPropagation", of: mount, ["Bidirectional", "HostToContainer", "None"], mayBeAbsent: true)
        if mount["mountPropagation"]?.string == "Bidirectional",
            container["securityContext", "privileged"]?.bool != true
        {
            checker.forbidden(
                "mountPropagation", "Bidirectional mount propagation is available only to privileged containers")
        }
        guard !mount.lacks("recursiveReadOnly") else { return }
        checker.oneOf("recursiveReadOnly", of: mount, ["Disabled", "Enabled", "IfPossible"])
        guard mount["recursiveReadOnly"]?.string != "Disabled" else { return }
        if mount["readOnly"]?.bool != true {
            checker.forbidden("recursiveReadOnly", "may only be specified when readOnly is true")
        }
        if let propagation = mount["mountPropagation"]?.string, propagation != "None" {
            checker.forbidden(
                "recursiveReadOnly", "may only be specified when mountPropagation is None or not specified")
        }
    }

    private func checkDevices(_ checker: inout FieldChecker, _ container: JSON) {
        var names: Set<String> = []
        var paths: Set<String> = []
        checker.each("volumeDevices", of: container) { checker, device in
            let name = device["name"]?.string ?? ""
            let path = device["devicePath"]?.string ?? ""
            if name.isEmpty { checker.required("name") }
            if !names.insert(name).inserted { checker.invalid("name", JSON(name), "must be unique") }
            if let volume = volumes[name] {
                if volume["persistentVolumeClaim"] == nil, volume["ephemeral"] == nil {
                    checker.invalid(
                        "name", JSON(name),
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode")
                }
            } else {
                checker.notFound("name", JSON(name))
            }
            if path.isEmpty { checker.required("devicePath") }
            if !paths.insert(path).inserted { checker.invalid("devicePath", JSON(path), "must be unique") }
            if !PathRules.noBacksteps(path).isEmpty {
                checker.invalid("devicePath", JSON(path), "can not contain backsteps ('..')")
            }
        }
    }

    private func checkResizePolicy(_ checker: inout FieldChecker, _ container: JSON) {
        var names: Set<String> = []
        let isNever = spec["restartPolicy"]?.string == "Never"
        for (index, policy) in (container["resizePolicy"]?.elements ?? []).enumerated() {
            if !names.insert(policy["resourceName"]?.string ?? "").inserted {
                checker.duplicate("resizePolicy[\(index)]", policy["resourceName"])
            }
            let choices = [
                ("resourceName", ["cpu", "memory"]), ("restartPolicy", ["NotRequired", "RestartContainer"]),
            ]
            // Kubernetes tells of these without saying which policy it is.
            for (field, known) in choices {
                if policy.lacks(field) {
                    checker.required("resizePolicy")
                } else if !known.contains(policy[field]?.string ?? "") {
                    checker.notSupported("resizePolicy", policy[field], known)
                }
            }
            if isNever, policy["restartPolicy"]?.string != "NotRequired" {
                checker.invalid(
                    "resizePolicy", policy["restartPolicy"],
                    "must be 'NotRequired' when pod `restartPolicy` is 'Never'")
            }
        }
    }
}

/// Paths inside volumes and containers.
enum PathRules {
    static func noBacksteps(_ path: String) -> [String] {
        path.split(separator: "/").contains("..") ? ["must not contain '..'"] : []
    }
    static func descending(_ path: String) -> [String] {
        (path.hasPrefix("/") ? ["must be a relative path"] : []) + noBacksteps(path)
    }
    static func descendingAndNotReserved(_ path: String) -> [String] {
        let isReserved = path.hasPrefix("..") && !path.hasPrefix("../")
        return descending(path) + (isReserved ? ["must not start with '..'"] : [])
    }
}
