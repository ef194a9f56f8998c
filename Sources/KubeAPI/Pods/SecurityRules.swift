import APIMachinery

/// Security contexts of pods and containers.
enum SecurityRules {
    private static let identifiers = 0...Int(Int32.max)

    static func checkPod(_ checker: inout FieldChecker, _ context: JSON, _ spec: JSON) {
        for field in ["fsGroup", "runAsUser", "runAsGroup"] { checkIdentifier(&checker, field, context[field]) }
        checker.each("supplementalGroups", of: context) { checkIdentifier(&$0, "", $1) }
        if spec["shareProcessNamespace"]?.bool == true, spec["hostPID"]?.bool == true {
            checker.invalid(
                "shareProcessNamespace", true, "ShareProcessNamespace and HostPID cannot both be enabled")
        }
        checker.oneOf("fsGroupChangePolicy", of: context, ["Always", "OnRootMismatch"], mayBeAbsent: true)
        checkSysctls(&checker, context, spec)
        WindowsRules.checkOptions(&checker, context["windowsOptions"])
        checkProfile(&checker, "seccompProfile", "seccomp", context)
        checkProfile(&checker, "appArmorProfile", "AppArmor", context)
        checker.oneOf("supplementalGroupsPolicy", of: context, ["Merge", "Strict"], mayBeAbsent: true)
        checker.oneOf("seLinuxChangePolicy", of: context, ["Recursive"], mayBeAbsent: true)
    }

    static func checkContainer(_ checker: inout FieldChecker, _ context: JSON, usesHostUsers: Bool) {
        for field in ["runAsUser", "runAsGroup"] { checkIdentifier(&checker, field, context[field]) }
        if !context.lacks("procMount") {
            checker.oneOf("procMount", of: context, ["Default", "Unmasked"])
            if usesHostUsers, context["procMount"]?.string == "Unmasked" {
                checker.invalid("procMount", context["procMount"], "`hostUsers` must be false to use `Unmasked`")
            }
        }
        checkProfile(&checker, "seccompProfile", "seccomp", context)
        if context["allowPrivilegeEscalation"]?.bool == false {
            if context["privileged"]?.bool == true {
                checker.invalid(
                    "", context, as: "SecurityContext",
                    "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
            }
            if context["capabilities", "add"]?.strings.contains("CAP_SYS_ADMIN") == true {
                checker.invalid(
                    "", context, as: "SecurityContext",
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
            }
        }
        checkProfile(&checker, "appArmorProfile", "AppArmor", context)
        WindowsRules.checkOptions(&checker, context["windowsOptions"])
    }

    private static func checkIdentifier(_ checker: inout FieldChecker, _ field: String, _ value: JSON?) {
        guard let value, let number = value.int else { return }
        for sentence in Validation.isInRange(number, identifiers) { checker.invalid(field, value, sentence) }
    }

    /// A profile for seccomp or AppArmor, which have the same shape.
    private static func checkProfile(
        _ checker: inout FieldChecker, _ field: String, _ system: String, _ context: JSON
    ) {
        checker.inside(field, context[field]) { checker, profile in
            let types = ["Localhost", "RuntimeDefault", "Unconfined"]
            if profile.lacks("type") {
                checker.required("type", "type is required when \(field) is set")
            } else {
                checker.oneOf("type", of: profile, types)
            }
            if profile["type"]?.string == "Localhost" {
                if profile.lacks("localhostProfile") {
                    checker.required("localhostProfile", "must be set when \(system) type is Localhost")
                } else if system == "seccomp" {
                    checker.check("localhostProfile", of: profile, PathRules.descending)
                } else {
                    checkAppArmorName(&checker, profile["localhostProfile"]?.string ?? "")
                }
            } else if let path = profile["localhostProfile"] {
                let shown = system == "seccomp" ? InternalForms.of(profile, "SeccompProfile") : path
                checker.invalid("localhostProfile", shown, "can only be set when \(system) type is Localhost")
            }
        }
    }

    private static let maximumProfileBytes = 4096

    private static func checkAppArmorName(_ checker: inout FieldChecker, _ name: String) {
        let bare = name.drop { $0.isWhitespace }
        if bare.count < name.count || bare.last?.isWhitespace == true {
            checker.invalid("localhostProfile", JSON(name), "must not be padded with whitespace")
        } else if name.utf8.count > maximumProfileBytes {
            checker.tooLong("localhostProfile", maximumProfileBytes)
        }
    }

    /// Settings that a pod without a network or interprocess namespace of its own would change for the machine.
    private static func checkReach(_ checker: inout FieldChecker, _ name: String, _ spec: JSON) {
        let isOfNetwork = name.hasPrefix("net.")
        let isOfIPC =
            name.hasPrefix("fs.mqueue.") || name.hasPrefix("kernel.shm") || name.hasPrefix("kernel.msg")
            || name == "kernel.sem"
        for (isConcerned, field) in [(isOfNetwork, "hostNetwork"), (isOfIPC, "hostIPC")]
        where isConcerned && spec[field]?.bool == true {
            checker.invalid("name", JSON(name), "may not be specified when '\(field)' is true")
        }
    }

    private static func checkSysctls(_ checker: inout FieldChecker, _ context: JSON, _ spec: JSON) {
        var names: Set<String> = []
        checker.each("sysctls", of: context) { checker, sysctl in
            let name = sysctl["name"]?.string ?? ""
            if name.isEmpty {
                checker.required("name")
            } else if !isSysctlName(name) {
                checker.invalid(
                    "name", JSON(name),
                    "must have at most 253 characters and match regex "
                        + "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$")
            } else if !names.insert(name).inserted {
                checker.duplicate("name", JSON(name))
            }
            checkReach(&checker, name.replacing("/", with: "."), spec)
        }
    }

    /// Parts between dots or slashes, each of letters, digits, `-` and `_` with a letter or digit at both ends.
    private static func isSysctlName(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
        }
        guard name.utf8.count <= 253 else { return false }
        let parts = name.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/")
        }
        return parts.allSatisfy { part in
            guard let first = part.first, let last = part.last, isAlphanumeric(first), isAlphanumeric(last) else {
                return false
            }
            return part.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }
}
