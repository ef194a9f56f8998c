import APIMachinery
import Basics

/// ConfigMaps and Secrets: keys, sizes, what a Secret's type asks for, immutability.
enum DataRules {
    /// The most bytes that all values may have together.
    static let maximumBytes = 1024 * 1024

    static func checkConfigMap(_ map: JSON) -> [FieldError] {
        var checker = FieldChecker()
        var bytes = 0
        let binary = map["binaryData"] ?? .object
        for member in map["data"]?.members ?? [] {
            let field = "data[\(member.name)]"
            checker.check(field, member.name, Validation.isConfigMapKey)
            if binary[member.name] != nil {
                checker.invalid(field, JSON(member.name), "duplicate of key present in binaryData")
            }
            bytes += member.value.string?.utf8.count ?? 0
        }
        for member in binary.members {
            checker.check("binaryData[\(member.name)]", member.name, Validation.isConfigMapKey)
            bytes += decodedBytes(member.value)
        }
        if bytes > maximumBytes { checker.tooLong("", maximumBytes) }
        return checker.errors
    }

    static func checkSecret(_ secret: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let data = secret["data"] ?? .object
        var bytes = 0
        for member in data.members {
            checker.check("data[\(member.name)]", member.name, Validation.isConfigMapKey)
            bytes += decodedBytes(member.value)
        }
        if bytes > maximumBytes { checker.tooLong("data", maximumBytes) }
        checkType(&checker, secret, data)
        return checker.errors
    }

    private static func checkType(_ checker: inout FieldChecker, _ secret: JSON, _ data: JSON) {
        func requireKeys(_ keys: String...) {
            for key in keys where data[key] == nil { checker.required("data[\(key)]") }
        }
        switch secret["type"]?.string {
        case "kubernetes.io/service-account-token":
            let name = "kubernetes.io/service-account.name"
            if (secret["metadata", "annotations"] ?? .object).lacks(name) {
                checker.required("metadata.annotations[\(name)]")
            }
        case "kubernetes.io/dockercfg": checkJSON(&checker, ".dockercfg", data)
        case "kubernetes.io/dockerconfigjson": checkJSON(&checker, ".dockerconfigjson", data)
        case "kubernetes.io/basic-auth":
            if data["username"] == nil, data["password"] == nil { requireKeys("username", "password") }
        case "kubernetes.io/ssh-auth":
            if data.lacks("ssh-privatekey") { checker.required("data[ssh-privatekey]") }
        case "kubernetes.io/tls": requireKeys("tls.crt", "tls.key")
        default: break
        }
    }

    private static func checkJSON(_ checker: inout FieldChecker, _ key: String, _ data: JSON) {
        guard let text = data[key]?.string else { return checker.required("data[\(key)]") }
        let bytes = Base64.decode(text) ?? []
        do {
            if try !JSON(parsing: bytes).isObject {
                checker.invalid(
                    "data[\(key)]", "<secret contents redacted>",
                    "json: cannot unmarshal into Go value of type map[string]interface {}")
            }
        } catch {
            checker.invalid("data[\(key)]", "<secret contents redacted>", error.reason)
        }
    }

    /// How many bytes a base64 text stands for.
    private static func decodedBytes(_ value: JSON) -> Int {
        let text = value.string ?? ""
        let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
        return text.utf8.count / 4 * 3 - padding
    }

    /// What may not change once `immutable` is set.
    static func checkImmutability(_ new: JSON, _ old: JSON) -> [FieldError] {
        guard old["immutable"]?.bool == true else { return [] }
        var checker = FieldChecker()
        if new["immutable"]?.bool != true {
            checker.forbidden("immutable", "field is immutable when `immutable` is set")
        }
        for field in ["data", "binaryData"] where new[field] != old[field] {
            checker.forbidden(field, "field is immutable when `immutable` is set")
        }
        return checker.errors
    }
}
