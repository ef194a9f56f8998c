import APIMachinery

/// Rules that the kinds of storage and device drivers share.
enum DriverRules {
    private static let maximumNameBytes = 63
    private static let maximumParameters = 512
    private static let maximumParameterBytes = 256 << 10

    /// The name of a driver: a DNS subdomain in any case.
    static func checkName(_ checker: inout FieldChecker, _ field: String, _ value: JSON?) {
        let name = value?.string ?? ""
        if name.isEmpty { return checker.required(field) }
        if name.utf8.count > maximumNameBytes { checker.tooLong(field, maximumNameBytes) }
        for sentence in Validation.isDNS1123Subdomain(name.lowercased()) {
            checker.invalid(field, JSON(name), sentence)
        }
    }

    /// What makes the volumes of a class: a qualified name in any case, of which Kubernetes tells in lower case.
    static func checkProvisioner(_ checker: inout FieldChecker, _ field: String, _ holder: JSON) {
        let name = holder[field]?.string ?? ""
        if name.isEmpty { return checker.required(field) }
        checker.check(field, name.lowercased(), Validation.isQualifiedName)
    }

    /// Parameters as a class hands them to its driver.
    static func checkParameters(_ checker: inout FieldChecker, _ field: String, _ parameters: JSON?, mayBeEmpty: Bool) {
        let members = parameters?.members ?? []
        if members.count > maximumParameters { return checker.tooLong(field, maximumParameters) }
        for member in members where member.name.isEmpty {
            checker.invalid(field, JSON(member.name), "field can not be empty.")
        }
        if bytes(of: members) > maximumParameterBytes { checker.tooLong(field, maximumParameterBytes) }
        if members.isEmpty, !mayBeEmpty { checker.required(field, "must contain at least one key/value pair") }
    }

    static func bytes(of members: [JSON.Member]) -> Int {
        members.reduce(0) { $0 + $1.name.utf8.count + ($1.value.string?.utf8.count ?? 0) }
    }
}
