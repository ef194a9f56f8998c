import APIMachinery

/// The rules against known ways out of a container.
extension SecurityCheck {
    static let baseline: [SecurityCheck] = [
        check("appArmorProfile", [.init(minor: 0, judge: appArmor)]),
        check("capabilities_baseline", [.init(minor: 0, judge: capabilities)]),
        check("hostNamespaces", [.init(minor: 0, judge: hostNamespaces)]),
        check("hostPathVolumes", [.init(minor: 0, judge: hostPaths)]),
        check("hostPorts", [.init(minor: 0, judge: hostPorts)]),
        check("hostProbesAndHostLifecycle", [.init(minor: 34, judge: probedHosts)]),
        check("privileged", [.init(minor: 0, judge: privileged)]),
        check(
            "procMount", [.init(minor: 0, judge: procMount), .init(minor: 35) { $0.hasOwnUsers ? nil : procMount($0) }]),
        check(
            "seLinuxOptions",
            [
                .init(minor: 0) { seLinux($0, types: containerTypes) },
                .init(minor: 31) { seLinux($0, types: containerTypes.union(["container_engine_t"])) },
            ]),
        check(
            "seccompProfile_baseline",
            [.init(minor: 0, judge: seccompAnnotations), .init(minor: 19) { seccomp($0, mustBeSet: false) }]),
        check(
            "sysctls",
            safeSysctls.map { minor, _ in
                let safe = safeSysctls.filter { $0.minor <= minor }.reduce(into: Set<String>()) {
                    $0.formUnion($1.names)
                }
                return .init(minor: minor) { sysctls($0, safe: safe) }
            }),
        check("windowsHostProcess", [.init(minor: 0, judge: hostProcess)]),
    ]

    private static func check(_ name: String, _ versions: [Version]) -> SecurityCheck {
        SecurityCheck(name: name, level: .baseline, versions: versions)
    }

    private static func appArmor(_ pod: JudgedPod) -> Finding? {
        var values: Set<String> = []
        let setters = pod.setters { context in
            guard let profile = context["appArmorProfile"], profile.isObject else { return false }
            let type = profile["type"]?.string ?? ""
            if ["RuntimeDefault", "Localhost"].contains(type) { return false }
            values.insert(type)
            return true
        }
        var all = setters.map { [$0] } ?? []
        var list = values.sorted()
        let annotations = pod.annotations.members.filter { member in
            let value = member.value.string ?? ""
            return member.name.hasPrefix("container.apparmor.security.beta.kubernetes.io/") && !value.isEmpty
                && value != "runtime/default" && !value.hasPrefix("localhost/")
        }
        if !annotations.isEmpty {
            list += annotations.map { "\($0.name)=\(JSON($0.value.string ?? "").text)" }.sorted()
            all.append(Words.plural("annotation", "annotations", annotations.count))
        }
        if all.isEmpty { return nil }
        return Finding(
            reason: Words.plural("forbidden AppArmor profile", "forbidden AppArmor profiles", list.count),
            detail: "\(all.joined(separator: " and ")) must not set AppArmor profile type to \(Words.quoted(list))")
    }

    private static let usualCapabilities: Set<String> = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ]
    private static func capabilities(_ pod: JudgedPod) -> Finding? {
        addedCapabilities(pod, but: usualCapabilities).map {
            Finding(reason: "non-default capabilities", detail: $0)
        }
    }
    static func addedCapabilities(_ pod: JudgedPod, but allowed: Set<String>) -> String? {
        var found: Set<String> = []
        let names = pod.names { container in
            let bad = (container["securityContext", "capabilities", "add"]?.strings ?? []).filter {
                !allowed.contains($0)
            }
            found.formUnion(bad)
            return !bad.isEmpty
        }
        if names.isEmpty { return nil }
        return "\(Words.containers(names)) must not include \(Words.quoted(found.sorted())) in "
            + "securityContext.capabilities.add"
    }

    private static func hostNamespaces(_ pod: JudgedPod) -> Finding? {
        let shared = ["hostNetwork", "hostPID", "hostIPC"].filter { pod.spec[$0]?.bool == true }.map { "\($0)=true" }
        return shared.isEmpty ? nil : Finding(reason: "host namespaces", detail: shared.joined(separator: ", "))
    }

    private static func hostPaths(_ pod: JudgedPod) -> Finding? {
        let names = (pod.spec["volumes"]?.elements ?? []).filter { $0["hostPath"]?.isObject == true }
            .map { $0["name"]?.string ?? "" }
        if names.isEmpty { return nil }
        return Finding(
            reason: "hostPath volumes",
            detail: "\(Words.plural("volume", "volumes", names.count)) \(Words.quoted(names))")
    }

    private static func hostPorts(_ pod: JudgedPod) -> Finding? {
        var ports: Set<String> = []
        let names = pod.names { container in
            let taken = (container["ports"]?.elements ?? []).compactMap { $0["hostPort"]?.int }.filter { $0 != 0 }
            ports.formUnion(taken.map(String.init))
            return !taken.isEmpty
        }
        if names.isEmpty { return nil }
        return Finding(
            reason: "hostPort",
            detail: "\(Words.containers(names)) \(Words.plural("uses", "use", names.count)) "
                + "\(Words.plural("hostPort", "hostPorts", ports.count)) \(ports.sorted().joined(separator: ", "))")
    }

    private static func probedHosts(_ pod: JudgedPod) -> Finding? {
        var hosts: Set<String> = []
        let names = pod.names { container in
            let actions = [
                container["livenessProbe"], container["readinessProbe"], container["startupProbe"],
                container["lifecycle", "postStart"], container["lifecycle", "preStop"],
            ]
            let named = actions.compactMap { $0 }.flatMap { action in
                ["httpGet", "tcpSocket"].compactMap { action[$0, "host"]?.string }.filter { !$0.isEmpty }
            }
            hosts.formUnion(named)
            return !named.isEmpty
        }
        if names.isEmpty { return nil }
        return Finding(
            reason: "probe or lifecycle host",
            detail: "\(Words.containers(Set(names).sorted())) \(Words.plural("uses", "use", Set(names).count)) "
                + "\(Words.plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.count)) "
                + Words.quoted(hosts.sorted()))
    }

    private static func privileged(_ pod: JudgedPod) -> Finding? {
        let names = pod.names { $0["securityContext", "privileged"]?.bool == true }
        if names.isEmpty { return nil }
        return Finding(
            reason: "privileged", detail: "\(Words.containers(names)) must not set securityContext.privileged=true")
    }

    static let procMount: @Sendable (JudgedPod) -> Finding? = { pod in
        var types: Set<String> = []
        let names = pod.names { container in
            guard let type = container["securityContext", "procMount"]?.string, type != "Default" else { return false }
            types.insert(type)
            return true
        }
        if names.isEmpty { return nil }
        return Finding(
            reason: "procMount",
            detail:
                "\(Words.containers(names)) must not set securityContext.procMount to \(Words.quoted(types.sorted()))")
    }

    private static let containerTypes: Set<String> = ["", "container_t", "container_init_t", "container_kvm_t"]
    private static func seLinux(_ pod: JudgedPod, types: Set<String>) -> Finding? {
        var badTypes: Set<String> = []
        var badFields: Set<String> = []
        let setters = pod.setters { context in
            guard let options = context["seLinuxOptions"], options.isObject else { return false }
            let type = options["type"]?.string ?? ""
            if !types.contains(type) { badTypes.insert(type) }
            let fields = ["user", "role"].filter { options[$0]?.string?.isEmpty == false }
            badFields.formUnion(fields)
            return !fields.isEmpty || !types.contains(type)
        }
        guard let setters else { return nil }
        var faults: [String] = []
        if !badTypes.isEmpty {
            faults.append("\(Words.plural("type", "types", badTypes.count)) \(Words.quoted(badTypes.sorted()))")
        }
        for field in ["user", "role"] where badFields.contains(field) { faults.append("\(field) may not be set") }
        return Finding(
            reason: "seLinuxOptions",
            detail: "\(setters) set forbidden securityContext.seLinuxOptions: \(faults.joined(separator: "; "))")
    }

    private static func seccompAnnotations(_ pod: JudgedPod) -> Finding? {
        let names =
            ["seccomp.security.alpha.kubernetes.io/pod"]
            + pod.containers.map { "container.seccomp.security.alpha.kubernetes.io/\($0["name"]?.string ?? "")" }
        var bad: Set<String> = []
        for name in names {
            guard let value = pod.annotations[name]?.string else { continue }
            if ["runtime/default", "docker/default"].contains(value) || value.hasPrefix("localhost/") { continue }
            bad.insert("\(name)=\(JSON(value).text)")
        }
        if bad.isEmpty { return nil }
        return Finding(
            reason: "seccompProfile",
            detail: "forbidden \(Words.plural("annotation", "annotations", bad.count)) "
                + bad.sorted().joined(separator: ", "))
    }

    static func seccomp(_ pod: JudgedPod, mustBeSet: Bool) -> Finding? {
        func isSet(_ context: JSON?) -> Bool { context?["seccompProfile"]?.isObject == true }
        func isGood(_ context: JSON?) -> Bool {
            ["RuntimeDefault", "Localhost"].contains(context?["seccompProfile", "type"]?.string ?? "")
        }
        var types: Set<String> = []
        let setters = pod.setters { context in
            guard isSet(context), !isGood(context) else { return false }
            types.insert(context["seccompProfile", "type"]?.string ?? "")
            return true
        }
        if let setters {
            return Finding(
                reason: "seccompProfile",
                detail: "\(setters) must not set securityContext.seccompProfile.type to \(Words.quoted(types.sorted()))"
            )
        }
        guard mustBeSet, !isGood(pod.spec["securityContext"]) else { return nil }
        let names = pod.names { !isSet($0["securityContext"]) }
        if names.isEmpty { return nil }
        return Finding(
            reason: "seccompProfile",
            detail: "pod or \(Words.containers(names)) must set securityContext.seccompProfile.type to "
                + "\"RuntimeDefault\" or \"Localhost\"")
    }

    /// The sysctls that touch nobody else, and since when they are known as such.
    private static let safeSysctls: [(minor: Int, names: Set<String>)] = [
        (
            0,
            [
                "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
                "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
            ]
        ),
        (27, ["net.ipv4.ip_local_reserved_ports"]),
        (
            29,
            [
                "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
                "net.ipv4.tcp_keepalive_probes",
            ]
        ),
        (32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]),
    ]
    private static func sysctls(_ pod: JudgedPod, safe: Set<String>) -> Finding? {
        let names = (pod.spec["securityContext", "sysctls"]?.elements ?? []).map { $0["name"]?.string ?? "" }
        let bad = names.filter { !safe.contains($0) }
        return bad.isEmpty ? nil : Finding(reason: "forbidden sysctls", detail: bad.joined(separator: ", "))
    }

    private static func hostProcess(_ pod: JudgedPod) -> Finding? {
        pod.setters { $0["windowsOptions", "hostProcess"]?.bool == true }.map {
            Finding(
                reason: "hostProcess", detail: "\($0) must not set securityContext.windowsOptions.hostProcess=true")
        }
    }
}
