import APIMachinery
import Foundation
import SwiftASN1
import X509

/// What may stand in a CertificateSigningRequest, and how it may change.
enum CertificateRequestRules {
    private static let usages = [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    ]
    private static let shortestSeconds = 600
    private static let decisions = ["Approved", "Denied", "Failed"]

    static func errors(_ request: JSON, old: JSON?, mayApprove: Bool, mayIssue: Bool) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", request["spec"] ?? .object) { checkSpec(&$0, $1) }
        checker.inside("status", request["status"] ?? .object) { checker, status in
            checkConditions(&checker, status)
            let certificate = status["certificate"]?.string ?? ""
            if certificate != old?["status", "certificate"]?.string ?? "", let wrong = faultOfCertificate(certificate) {
                checker.invalid("certificate", "<certificate data>", wrong)
            }
        }
        if let old { checkChange(&checker, request, old, mayApprove: mayApprove, mayIssue: mayIssue) }
        return checker.errors
    }

    // MARK: What is asked

    private static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON) {
        if let wrong = faultOfRequest(spec["request"]?.string ?? "") {
            checker.invalid("request", spec["request"] ?? "", wrong)
        }
        if spec["usages"]?.isEmpty ?? true { checker.required("usages") }
        var seen: Set<String> = []
        checker.each("usages", of: spec) { checker, usage in
            if !usages.contains(usage.string ?? "") { checker.notSupported("", usage, usages) }
            if !seen.insert(usage.string ?? "").inserted { checker.duplicate("", usage) }
        }
        if spec["signerName"]?.string == "kubernetes.io/legacy-unknown" {
            checker.invalid(
                "signerName", spec["signerName"], "the legacy signerName is not allowed via this API version")
        } else {
            checkSigner(&checker, spec["signerName"]?.string ?? "")
        }
        if let seconds = spec["expirationSeconds"], seconds.int ?? 0 < shortestSeconds {
            checker.invalid(
                "expirationSeconds", seconds,
                "may not specify a duration less than \(shortestSeconds) seconds (10 minutes)")
        }
    }

    private static let longestDomain = 253

    private static func checkSigner(_ checker: inout FieldChecker, _ name: String) {
        if name.isEmpty { return checker.required("signerName") }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            return checker.invalid(
                "signerName", JSON(name),
                "must be a fully qualified domain and path of the form 'example.com/signer-name'")
        }
        if parts[0].utf8.count > longestDomain { checker.tooLong("signerName", longestDomain) }
        func checkLabels(_ text: String, _ rule: (String) -> [String]) -> Int {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            // The first that is wrong tells enough.
            if let label = labels.first(where: { !rule($0).isEmpty }) {
                for sentence in rule(label) {
                    checker.invalid(
                        "signerName", JSON(text), "validating label \(JSON(label).text): \(sentence)")
                }
            }
            return labels.count
        }
        if checkLabels(parts[0], Validation.isDNS1123Label) < 2 {
            checker.invalid(
                "signerName", JSON(parts[0]), "should be a domain with at least two segments separated by dots")
        }
        _ = checkLabels(parts[1], Validation.isDNS1123Subdomain)
        if name.utf8.count > longestDomain + 1 + longestDomain + 63 + 1 {
            checker.tooLong("signerName", longestDomain + 1 + longestDomain + 63 + 1)
        }
    }

    /// Why the bytes (base64) are no request that its own key has signed; nil if they are.
    private static func faultOfRequest(_ text: String) -> String? {
        guard let data = Data(base64Encoded: text),
            let document = try? PEMDocument(pemString: firstBlock(String(decoding: data, as: UTF8.self))),
            document.discriminator == "CERTIFICATE REQUEST"
        else { return "PEM block type must be CERTIFICATE REQUEST" }
        do {
            let request = try X509.CertificateSigningRequest(derEncoded: document.derBytes)
            return request.publicKey.isValidSignature(request.signature, for: request)
                ? nil : "x509: certificate request signature does not match its key"
        } catch {
            return "x509: \(error)"
        }
    }

    static func organizations(_ text: String) -> [String] {
        guard let data = Data(base64Encoded: text),
            let document = try? PEMDocument(pemString: firstBlock(String(decoding: data, as: UTF8.self))),
            let request = try? X509.CertificateSigningRequest(derEncoded: document.derBytes)
        else { return [] }
        return request.subject.flatMap { relative in
            relative.filter { $0.type == .RDNAttributeType.organizationName }.map { "\($0.value)" }
        }
    }

    /// Why the bytes (base64) are no certificates; nil if they are, and for none.
    private static func faultOfCertificate(_ text: String) -> String? {
        if text.isEmpty { return nil }
        guard let data = Data(base64Encoded: text),
            let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: data, as: UTF8.self)),
            !documents.isEmpty
        else { return "must contain at least one CERTIFICATE PEM block" }
        for document in documents {
            guard document.discriminator == "CERTIFICATE" else {
                return "only CERTIFICATE PEM blocks are allowed, found \(JSON(document.discriminator).text)"
            }
            guard (try? Certificate(derEncoded: document.derBytes)) != nil else {
                return "x509: malformed certificate"
            }
        }
        return nil
    }

    /// The first block of a PEM text; what is around it is no matter.
    private static func firstBlock(_ text: String) -> String {
        guard let start = text.range(of: "-----BEGIN "),
            let end = text.range(of: "-----END ", range: start.upperBound..<text.endIndex),
            let last = text.range(of: "-----", range: end.upperBound..<text.endIndex)
        else { return text }
        return String(text[start.lowerBound..<last.upperBound])
    }

    // MARK: What is decided

    private static func checkConditions(_ checker: inout FieldChecker, _ status: JSON) {
        var seen: Set<String> = []
        var excluded: [FieldChecker] = []
        checker.each("conditions", of: status) { checker, condition in
            let type = condition["type"]?.string ?? ""
            if type.isEmpty { checker.required("type") }
            checker.oneOf(
                "status", of: condition, decisions.contains(type) ? ["True"] : ["False", "True", "Unknown"])
            if type == "Approved" && seen.contains("Denied") || type == "Denied" && seen.contains("Approved") {
                var conflict = FieldChecker()
                conflict.invalid(
                    "conditions", JSON(type), "Approved and Denied conditions are mutually exclusive")
                excluded.append(conflict)
            }
            if !seen.insert(type).inserted { checker.duplicate("type", JSON(type)) }
        }
        for conflict in excluded {
            for error in conflict.errors { checker.add(error.reason, error.field, error.message) }
        }
    }

    private static func checkChange(
        _ checker: inout FieldChecker, _ new: JSON, _ old: JSON, mayApprove: Bool, mayIssue: Bool
    ) {
        func conditions(_ request: JSON, _ type: String) -> [JSON] {
            (request["status", "conditions"]?.elements ?? []).filter { $0["type"]?.string == type }
        }
        for type in decisions where conditions(new, type).count < conditions(old, type).count {
            checker.forbidden("status.conditions", "updates may not remove a condition of type \"\(type)\"")
        }
        if !mayApprove {
            for type in ["Approved", "Denied"] {
                let (now, before) = (conditions(new, type), conditions(old, type))
                if now.count > before.count {
                    checker.forbidden("status.conditions", "updates may not add a condition of type \"\(type)\"")
                } else if now.count == before.count, now != before {
                    checker.forbidden(
                        "status.conditions", "updates may not modify a condition of type \"\(type)\"")
                }
            }
        }
        let before = old["status", "certificate"]?.string ?? ""
        guard new["status", "certificate"]?.string ?? "" != before else { return }
        if !mayIssue {
            checker.forbidden("status.certificate", "updates may not set certificate content")
        } else if !before.isEmpty {
            checker.forbidden("status.certificate", "updates may not modify existing certificate content")
        }
    }
}
