import APIMachinery

/// What a pod's operating system forbids it to say, and what it says to Windows.
enum WindowsRules {
    private static let maximumCredentialBytes = 64 << 10
    private static let maximumDomainCharacters = 256
    private static let maximumUserCharacters = 104

    /// The options for Windows in a security context.
    static func checkOptions(_ checker: inout FieldChecker, _ options: JSON?) {
        checker.inside("windowsOptions", options) { checker, options in
            if let name = options["gmsaCredentialSpecName"]?.string {
                checker.check("gmsaCredentialSpecName", name, Validation.isDNS1123Subdomain)
            }
            if let credentials = options["gmsaCredentialSpec"]?.string {
                let wrong =
                    credentials.isEmpty
                    ? "gmsaCredentialSpec cannot be an empty string"
                    : credentials.utf8.count > maximumCredentialBytes
                        ? "gmsaCredentialSpec size must be under 64 KiB" : nil
                if let wrong { checker.invalid("gmsaCredentialSpec", JSON(credentials), wrong) }
            }
            if let name = options["runAsUserName"]?.string {
                for sentence in wrongs(ofUser: name) { checker.invalid("runAsUserName", JSON(name), sentence) }
            }
        }
    }

    /// `[DOMAIN\]USER`.
    private static func wrongs(ofUser name: String) -> [String] {
        if name.isEmpty { return ["runAsUserName cannot be an empty string"] }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return ["runAsUserName cannot contain control characters"]
        }
        let parts = name.split(separator: "\\", omittingEmptySubsequences: false)
        if parts.count > 2 { return ["runAsUserName cannot contain more than one backslash"] }
        let user = parts[parts.count - 1]
        var wrong: [String] = []
        if parts.count == 2 {
            if parts[0].count >= maximumDomainCharacters {
                wrong.append("runAsUserName's Domain length must be under \(maximumDomainCharacters) characters")
            }
            if !isDomain(parts[0]) {
                wrong.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
            }
        }
        if user.isEmpty {
            wrong.append("runAsUserName's User cannot be empty")
        } else if user.count > maximumUserCharacters {
            wrong.append("runAsUserName's User length must not be longer than \(maximumUserCharacters) characters")
        }
        if !user.isEmpty, user.allSatisfy({ $0 == "." || $0 == " " }) {
            wrong.append("runAsUserName's User cannot contain only periods or spaces")
        }
        if user.contains(where: { "\"/\\:;|=,+*?<>@[]".contains($0) }) {
            wrong.append(
                #"runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"#)
        }
        return wrong
    }

    /// A NetBIOS name, or DNS labels with dots between.
    private static func isDomain(_ name: Substring) -> Bool {
        let isShort = 1...15 ~= name.count && name.first != "." && !name.contains { "\\/:*?\"<>|".contains($0) }
        return isShort
            || name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                Validation.isDNS1123Label(label.lowercased()).isEmpty
            }
    }

    private static let lists = ["initContainers", "containers", "ephemeralContainers"]

    /// Containers that are processes of a Windows host: all of a pod's or none.
    static func checkHostProcesses(_ checker: inout FieldChecker, _ spec: JSON) {
        let ofPod = spec["securityContext", "windowsOptions", "hostProcess"]?.bool
        var (all, ofHost) = (0, 0)
        for list in lists {
            checker.each(list, of: spec) { checker, container in
                all += 1
                let own = container["securityContext", "windowsOptions", "hostProcess"]?.bool
                if let ofPod, let own, own != ofPod {
                    checker.invalid(
                        "securityContext.windowsOptions.hostProcess", JSON(own),
                        "pod hostProcess value must be identical if both are specified, was \(ofPod)")
                }
                if own ?? ofPod ?? false { ofHost += 1 }
            }
        }
        guard ofHost > 0 else { return }
        if ofHost != all {
            checker.invalid(
                "", "", "If pod contains any hostProcess containers then all containers must be HostProcess containers")
        }
        if spec["hostNetwork"]?.bool != true {
            checker.invalid(
                "hostNetwork", false, "hostNetwork must be true if pod contains any hostProcess containers")
        }
    }

    /// The operating system, and what goes with none but the other.
    static func checkSystem(_ checker: inout FieldChecker, _ spec: JSON) {
        guard let system = spec["os"], !system.isNull else { return }
        switch system["name"]?.string ?? "" {
        case "": checker.required("os.name")
        case "linux": checkLinux(&checker, spec)
        case "windows": checkWindows(&checker, spec)
        default: checker.notSupported("os", system["name"], ["linux", "windows"])
        }
    }

    private static func checkLinux(_ checker: inout FieldChecker, _ spec: JSON) {
        func check(_ checker: inout FieldChecker, _ holder: JSON) {
            guard holder["securityContext", "windowsOptions"]?.isObject == true else { return }
            checker.forbidden("securityContext.windowsOptions", "windows options cannot be set for a linux pod")
        }
        check(&checker, spec)
        for list in lists { checker.each(list, of: spec) { check(&$0, $1) } }
    }

    private static let podFields = [
        "securityContext.appArmorProfile", "securityContext.seLinuxOptions", "hostUsers", "hostPID", "hostIPC",
        "securityContext.seccompProfile", "securityContext.fsGroup", "securityContext.fsGroupChangePolicy",
        "securityContext.sysctls", "shareProcessNamespace", "securityContext.runAsUser", "securityContext.runAsGroup",
        "securityContext.supplementalGroups", "securityContext.supplementalGroupsPolicy",
        "securityContext.seLinuxChangePolicy",
    ]
    private static let containerFields = [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
        "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
    ]

    private static func checkWindows(_ checker: inout FieldChecker, _ spec: JSON) {
        for field in podFields {
            let path = field.split(separator: ".").map(String.init)
            let value = path.count == 2 ? spec[path[0], path[1]] : spec[field]
            // Of pids and IPC the zero is the same as nothing.
            guard let value, !value.isNull,
                value.bool != false || field == "hostUsers" || field == "shareProcessNamespace"
            else { continue }
            checker.forbidden(field, "cannot be set for a windows pod")
        }
        for list in lists {
            checker.each(list, of: spec) { checker, container in
                for field in containerFields {
                    guard let value = container["securityContext"]?[field], !value.isNull else { continue }
                    checker.forbidden("securityContext.\(field)", "cannot be set for a windows pod")
                }
            }
        }
    }
}
